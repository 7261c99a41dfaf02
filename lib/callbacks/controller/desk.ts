import type { Alarms } from "../../alarms.ts";
import { type CallPorts, createCalls } from "../../calls/calls.ts";
import { errorFields } from "../../log.ts";
import type { Pbxs } from "../../pbxs/pbxs.ts";
import type { PbxRegistry } from "../../pbxs/registry.ts";
import { createDoNotCall } from "../do-not-call.ts";
import { createNames } from "../names.ts";
import type { CallbackRecord } from "../record.ts";
import { type CallbackView, viewOf } from "../view.ts";
import { createIndex } from "./index.ts";
import { createNumberRecords } from "./number-record.ts";
import { createTargets } from "./targets.ts";

/** Events of a callback for other systems. */
export type CallbackEvent = "opened" | "joined" | "rang" | "closed";

/** What callbacks work with. */
export interface CallbackPorts extends CallPorts {
  readonly pbxs: Pick<Pbxs, "get">;
  readonly registry: Pick<PbxRegistry, "list">;
  readonly alarms: Alarms;
  /** Passes a change of a callback on. It happens at most once: who must not miss one asks for the list. */
  readonly announce: (event: CallbackEvent, callback: CallbackView) => Promise<void>;
}

/** The ports, with the records that all parts of the controller share. */
export const createDesk = (ports: CallbackPorts) => {
  const { state, clock, newId, log } = ports;
  const names = createNames(state, newId);
  const index = createIndex(state);
  /** What goes outside must not stop a callback. */
  const outside = async (what: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      log.warn(`${what} failed`, errorFields(error));
    }
  };
  const announce = (event: CallbackEvent, record: CallbackRecord): Promise<void> =>
    outside("sending a change of a callback to the event bus", () =>
      ports.announce(event, viewOf(record, clock.now())),
    );
  return {
    ...ports,
    names,
    index,
    numbers: createNumberRecords(state, clock, names),
    targets: createTargets(state, clock, index),
    doNotCall: createDoNotCall(state, clock, names),
    calls: createCalls(ports),
    announce,
    /** Announces and counts a callback that was written and that opened, opened again or closed. Returns which. */
    noteChange: async (
      before: CallbackRecord | undefined,
      after: CallbackRecord,
    ): Promise<"opened" | "closed" | undefined> => {
      const { state: is, reason } = after;
      if (is === "closed") {
        if (before === undefined || before.state === "closed") return undefined;
        ports.metrics.put({
          callbacks_closed: 1,
          ...(reason === "talked" ? { callbacks_talked: 1 } : {}),
          ...(reason === "no_agent" ? { callbacks_no_agent: 1 } : {}),
          ...(reason === "outcome_unknown" ? { callbacks_unknown: 1 } : {}),
        });
        await announce("closed", after);
        return "closed";
      }
      if (before?.round === after.round) return undefined;
      ports.metrics.put({ callbacks_opened: 1 });
      await announce("opened", after);
      return "opened";
    },
    notify: (subject: string, text: string): Promise<void> =>
      outside("a notification", () => ports.alarms.notify(subject, text)),
  };
};

export type Desk = ReturnType<typeof createDesk>;
