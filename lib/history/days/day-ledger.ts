import { asRead, type StateItem, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import type { Day } from "../calendar/local-days.ts";
import {
  announced,
  continued,
  type DoneDay,
  dayDefaults,
  deadLettered,
  type ExportResult,
  type FailureReason,
  failed,
  finished,
  type OpenPbxDay,
  type PbxDay,
  parsePbxDay,
  planned,
  type QueuedDay,
  type RunningDay,
  type StoredDay,
  sent,
  serializePbxDay,
  started,
} from "./pbx-day.ts";

/** A PBX day that was read or written, with the version that its next transition needs. */
export interface HeldDay<Kind extends PbxDay = PbxDay> {
  readonly pbx: string;
  readonly day: Day;
  readonly value: Kind;
  readonly version: string;
}

/** Names a PBX day. */
export type PbxDayName = Pick<HeldDay, "pbx" | "day">;

/** Whether a message for the day was announced, and nothing is known of its end. */
export const hasMessage = (seen: HeldDay): seen is HeldDay<QueuedDay | RunningDay> =>
  seen.value.state === "queued" || seen.value.state === "running";

/** Whether the day is not exported. */
export const isOpen = (seen: HeldDay): seen is HeldDay<OpenPbxDay> => seen.value.state !== "done";

const partitionOf = (day: Day): string => `days/${day}`;
export const dayKey = (day: Day, pbx: string): StateKey => ({ partition: partitionOf(day), id: pbx });

const held = (day: Day, { id, value, version }: StateItem<StoredDay>): HeldDay => ({
  pbx: id,
  day,
  value: parsePbxDay(value),
  version,
});

/** The records of a day by PBX. Throws STATE_UNAVAILABLE. */
export const readPbxDays = async (
  state: Pick<StateStore, "list">,
  day: Day,
): Promise<Map<string, HeldDay>> => {
  const days = new Map<string, HeldDay>();
  for await (const item of state.list<StoredDay>(partitionOf(day))) days.set(item.id, held(day, item));
  return days;
};

export interface LedgerPorts {
  readonly state: Pick<StateStore, "read" | "write">;
  readonly clock: Pick<Clock, "now">;
}

/**
 * The states of PBX days. Each transition is one conditional write; undefined means that another writer was faster, and
 * nothing was changed. Throws STATE_UNAVAILABLE.
 */
export const createDayLedger = ({ state, clock }: LedgerPorts) => {
  const now = (): number => stateSeconds(clock.now());

  const write = async <Kind extends PbxDay>(
    { pbx, day }: PbxDayName,
    value: Kind,
    seen: HeldDay | undefined,
  ): Promise<HeldDay<Kind> | undefined> => {
    const item = await state.write(
      dayKey(day, pbx),
      serializePbxDay(value),
      asRead(seen),
      now() + dayDefaults.keptSeconds,
    );
    return item && { pbx, day, value, version: item.version };
  };

  return {
    read: async ({ pbx, day }: PbxDayName): Promise<HeldDay | undefined> => {
      const item = await state.read<StoredDay>(dayKey(day, pbx));
      return item && held(day, item);
    },

    /** Announces a message for the day. `seen`: the record when the day was found due. */
    plan: (name: PbxDayName, seen: HeldDay | undefined, token: string, round: Day) =>
      write(name, planned(seen?.value, token, round, now()), seen),

    /** Notes that the announced message is in the queue. */
    send: (seen: HeldDay<QueuedDay>) => write(seen, sent(seen.value, now()), seen),

    /** Gives the day to a worker until `leaseUntil`, epoch seconds. */
    start: (seen: HeldDay<OpenPbxDay>, leaseUntil: number) =>
      write(seen, started(seen.value, leaseUntil), seen),

    /** Announces a continuation. `seconds`: what the parts of this invocation took. */
    continue: (seen: HeldDay<RunningDay>, token: string, seconds: number) =>
      write(seen, continued(seen.value, token, now(), seconds), seen),

    fail: (seen: HeldDay<RunningDay>, reason: FailureReason) => write(seen, failed(seen.value, reason), seen),

    deadLetter: (seen: HeldDay<QueuedDay | RunningDay>) => write(seen, deadLettered(seen.value, now()), seen),

    /** `seconds`: what this invocation took. `changed`: an event about the day is due. */
    finish: (seen: HeldDay<RunningDay>, result: ExportResult, changed = true) =>
      write(seen, finished(seen.value, result, changed), seen),

    /** Notes that the event about the day is sent. */
    announce: (seen: HeldDay<DoneDay>) => write(seen, announced(seen.value), seen),
  };
};

export type DayLedger = ReturnType<typeof createDayLedger>;
