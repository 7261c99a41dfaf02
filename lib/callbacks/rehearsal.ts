import { randomUUID } from "node:crypto";
import { type CallPorts, createCalls, refusalOf } from "../calls/calls.ts";
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
  const requestFor = (pbx: Pbx, target: string, to: string) => {
    const number = readListed(to, pbx.settings);
    const key = `rehearsal/${randomUUID()}`;
    const at = clock.now();
    const names = { caller: "rehearsal", key, requestId: key, receivedAt: at };
    const request = ringRequest(pbx, { target, number, shown: "Callback rehearsal" }, names);
    return { request, number, dial: { key, at, target } };
  };
  return {
    /** Throws what placing a call throws before it is sent. No phone rings. */
    check: async (pbx: Pbx, extension: string, to: string): Promise<void> => {
      const { request } = requestFor(pbx, extension, to);
      await calls.place({ ...request, wanted: { ...request.wanted, dryRun: true } });
    },
    /** Throws what placing a call throws, and PBX_REFUSED and the like if no phone rings. */
    place: async (pbx: Pbx, extension: string, to: string): Promise<RehearsedCall> => {
      const { request, number, dial } = requestFor(pbx, extension, to);
      const placed = await calls.place(request);
      const record = "record" in placed ? placed.record : undefined;
      const refusal = record && refusalOf(record);
      if (refusal !== undefined) throw refusal;
      return { id: record?.id ?? dial.key, number, mark: record?.mark, dial };
    },
    /** Throws WmsError; WMS_ABORTED if `signal` aborts. */
    read: async (pbx: Pbx, call: RehearsedCall, signal?: AbortSignal): Promise<RehearsedRows> => {
      const legs = await legsAround(pbx, call.dial.at, signal);
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
