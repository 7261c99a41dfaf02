import { createDayLedger, dayKey, type PbxDayName } from "../../lib/history/days/day-ledger.ts";
import {
  type FailureReason,
  failed,
  finished,
  type OpenPbxDay,
  type PbxDay,
  planned,
  type QueuedDay,
  serializePbxDay,
  started,
} from "../../lib/history/days/pbx-day.ts";
import type { StateStore } from "../../lib/state.ts";
import type { Clock } from "../../lib/wms/clock.ts";

export type DayChange<Kind extends PbxDay = PbxDay> = (day: OpenPbxDay) => Kind;

/** Writes a change of a day's record. A day without a record is changed from one whose message is over. */
export const changeDay = async (
  ports: { readonly state: StateStore; readonly clock: Clock },
  name: PbxDayName,
  act: DayChange,
): Promise<void> => {
  const seen = await createDayLedger(ports).read(name);
  const before = seen?.value ?? queuedUntil(0)(planned(undefined, "t", "2026-11-24", 0));
  if (before.state === "done") throw new Error(`${name.pbx} ${name.day} is done`);
  const expect = seen === undefined ? { absent: true as const } : { version: seen.version };
  await ports.state.write(dayKey(name.day, name.pbx), serializePbxDay(act(before)), expect);
};

export const queuedUntil =
  (messageUntil: number): DayChange<QueuedDay> =>
  (day) => ({ ...planned(day, day.token, day.round, 0), messageUntil });

export const failure: FailureReason = { code: "WMS_UNREACHABLE", detail: "nothing answers" };
/** A worker tries the day and fails. */
export const fails: DayChange<QueuedDay> = (day) => failed(started(day, 0), failure);
/** A worker exports the day. */
export const finishes: DayChange = (day) => finished(started(day, 0), { rows: 1, seconds: 1 }, false);
