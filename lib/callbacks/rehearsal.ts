import { randomUUID } from "node:crypto";
import { type CallPorts, createCalls } from "../calls/calls.ts";
import type { Pbx, Pbxs } from "../pbxs/pbxs.ts";
import type { CallRecord } from "../wms/operations/history-page.ts";
import { readListed } from "./asked-callback.ts";
import { type NumberRecord, noNumber } from "./record.ts";
import { ringRequest } from "./ring-request.ts";
import { legsAround } from "./rows/history.ts";
import { type AskedRing, type Read, readOutcome } from "./rows/outcome.ts";

/** A call that was placed as a callback places it. */
export interface RehearsedCall extends AskedRing {
  /** Id of the call. */
  readonly id: string;
}

/** What call history says of it so far. */
export interface RehearsedRows {
  readonly rows: readonly CallRecord[];
  /** How a callback would read these rows; undefined: it would wait. */
  readonly outcome: Read["outcome"] | undefined;
}

/** Places calls as callbacks do, and reads their rows as callbacks do, so that a person can compare both with what happened. */
export const createRehearsal = (ports: CallPorts & { readonly pbxs: Pick<Pbxs, "get"> }) => {
  const calls = createCalls(ports);
  const { clock } = ports;
  return {
    /** Throws what placing a call throws. */
    place: async (pbx: Pbx, extension: string, to: string): Promise<RehearsedCall> => {
      const number = readListed(to, pbx.settings);
      const key = `rehearsal/${randomUUID()}`;
      const at = clock.now();
      const placed = await calls.place(
        ringRequest(
          pbx,
          { target: extension, number, shown: "Callback rehearsal" },
          { caller: "rehearsal", key, requestId: key, receivedAt: at },
        ),
      );
      const record = "record" in placed ? placed.record : undefined;
      return { id: record?.id ?? key, number, mark: record?.mark, dial: { key, at, target: extension } };
    },
    /** Throws WmsError. */
    read: async (pbx: Pbx, call: RehearsedCall): Promise<RehearsedRows> => {
      const legs = await legsAround(pbx, call.dial.at);
      const unknown: NumberRecord = noNumber;
      const read = readOutcome(legs, call, pbx.settings, unknown, clock.now(), false);
      const ends = [call.dial.target, call.number.slice(-6)];
      const own = legs.filter(
        ({ row, startedAt }) =>
          startedAt >= call.dial.at - 10_000 && ends.some((end) => JSON.stringify(row.record).includes(end)),
      );
      return { rows: own.map(({ row }) => row.record), outcome: read?.outcome };
    },
  };
};
