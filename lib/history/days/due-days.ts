import { errorFields, type Log } from "../../log.ts";
import type { PbxEntry } from "../../pbxs/registry.ts";
import type { Clock } from "../../wms/clock.ts";
import { checkZone, type Day, dayAt, shiftDay } from "../calendar/local-days.ts";
import type { DayRecord } from "./day-record.ts";

export interface PlanSettings {
  /** Days before yesterday that are read again once a day, because rows come late and change. */
  readonly lookbackDays: number;
  /** How far back missing days are made up for. */
  readonly catchUpDays: number;
  /** Takes the place of the PBXs' registration. */
  readonly startDate: Day | undefined;
}

/** A PBX as the planner sees it at one moment. */
export interface PlannedPbx {
  readonly pbx: string;
  readonly zone: string;
  /** Its own date. */
  readonly today: Day;
  /** Days before this are not made up for. */
  readonly first: Day;
  /** Days from here to yesterday are read again. */
  readonly again: Day;
}

/** Where the PBXs stand whose history is exported. One whose zone is wrong is said in the log, and stops nobody else. */
export const placePbxs = (
  entries: readonly PbxEntry[],
  settings: PlanSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): PlannedPbx[] =>
  entries.flatMap((entry) => {
    try {
      return placePbx(entry, settings, clock.now()) ?? [];
    } catch (error) {
      log.error("PBX not planned", { pbx: entry.id, ...errorFields(error) });
      return [];
    }
  });

/** Where a PBX stands; undefined where its history is not exported. `now` is epoch ms. Throws INPUT_INVALID for its zone. */
const placePbx = (entry: PbxEntry, settings: PlanSettings, now: number): PlannedPbx | undefined => {
  if (!entry.exported || entry.timezone === undefined) return undefined;
  const zone = checkZone(entry.timezone, `timezone of ${entry.id}`);
  const today = dayAt(zone, now);
  const begin =
    settings.startDate ?? dayAt(zone, entry.registeredAt ?? now, entry.registeredAt === undefined ? -1 : 0);
  return {
    pbx: entry.id,
    zone,
    today,
    first: latest(begin, shiftDay(today, -settings.catchUpDays)),
    again: shiftDay(today, -1 - settings.lookbackDays),
  };
};

const latest = (a: Day, b: Day): Day => (a > b ? a : b);

/** Whether a message for the day is to be sent now. `now` is epoch seconds. */
export const isDue = (
  place: PlannedPbx,
  day: Day,
  hasManifest: boolean,
  record: DayRecord | undefined,
  now: number,
): boolean => {
  // its day is not over, or lies before everything that is wanted
  if (day >= place.today || !(hasManifest ? day >= place.again : day >= place.first)) return false;
  if (record === undefined) return true;
  // a message for it exists
  if (record.messageUntil > now) return false;
  if (record.done) return !hasManifest || record.round < place.today;
  return record.nextTry <= now;
};
