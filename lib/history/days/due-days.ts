import { defined } from "../../defined.ts";
import { errorFields, type Log } from "../../log.ts";
import { checkCustomer } from "../../pbxs/customer.ts";
import type { PbxEntry } from "../../pbxs/registry.ts";
import type { Clock } from "../../wms/clock.ts";
import { checkZone, type Day, dayAt, shiftDay } from "../calendar/local-days.ts";
import { oldestKept } from "../calendar/retention.ts";
import { isUnderWay, type PbxDay, statusOf } from "./pbx-day.ts";

export interface PlanSettings {
  /** Days before yesterday that are read again once a day, because rows come late and change. */
  readonly lookbackDays: number;
  /** How many days back missing days are backfilled. */
  readonly catchUpDays: number;
  /** Replaces the registration date of the PBXs. */
  readonly startDate: Day | undefined;
  /** Days that the bucket keeps an export; 0: for ever. @default 0 */
  readonly retentionDays?: number;
}

/** A PBX whose history is exported, and its dates at one moment. */
export interface PlannedPbx {
  readonly pbx: string;
  readonly zone: string;
  /** The PBX's own date. */
  readonly today: Day;
  /** The planner does not backfill days before this one. */
  readonly first: Day;
  /** Days from this one to yesterday are read again. */
  readonly again: Day;
  /** Older days are deleted, and are not exported. Undefined: no day is. */
  readonly kept?: Day;
  /** As the registry has it. */
  readonly customer?: string;
}

/** The PBXs whose history is exported. A PBX with a wrong time zone is logged and left out. */
export const plannedPbxs = (
  entries: readonly PbxEntry[],
  settings: PlanSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): PlannedPbx[] =>
  entries.flatMap((entry) => {
    try {
      return plannedPbx(entry, settings, clock.now()) ?? [];
    } catch (error) {
      log.error("PBX not planned", { pbx: entry.id, ...errorFields(error) });
      return [];
    }
  });

/** Undefined if the PBX's history is not exported. `now` is epoch ms. Throws INPUT_INVALID for a wrong time zone. */
export const plannedPbx = (entry: PbxEntry, settings: PlanSettings, now: number): PlannedPbx | undefined => {
  if (!entry.exported || entry.timezone === undefined) return undefined;
  const zone = checkZone(entry.timezone, `timezone of ${entry.id}`);
  if (entry.customer !== undefined) checkCustomer(entry.customer, `customer of ${entry.id}`);
  const today = dayAt(zone, now);
  const begin =
    settings.startDate ?? dayAt(zone, entry.registeredAt ?? now, entry.registeredAt === undefined ? -1 : 0);
  const kept = oldestKept(today, settings.retentionDays ?? 0);
  const withinKept = (day: Day): Day => (kept === undefined ? day : latest(day, kept));
  return {
    pbx: entry.id,
    zone,
    today,
    first: withinKept(latest(begin, shiftDay(today, -settings.catchUpDays))),
    again: withinKept(shiftDay(today, -1 - settings.lookbackDays)),
    ...defined({ kept, customer: entry.customer }),
  };
};

/** Whether a day is not too old for the retention. */
export const isKept = ({ kept }: Pick<PlannedPbx, "kept">, day: Day): boolean =>
  kept === undefined || day >= kept;

const latest = (a: Day, b: Day): Day => (a > b ? a : b);

/** Whether the planner should queue the day now. `now` is epoch seconds. */
export const isDue = (
  { today, first, again }: PlannedPbx,
  day: Day,
  hasManifest: boolean,
  record: PbxDay | undefined,
  now: number,
): boolean => {
  // the day is not over, or is before everything that is wanted
  if (day >= today || !(hasManifest ? day >= again : day >= first)) return false;
  if (record === undefined) return true;
  if (isUnderWay(statusOf(record, now))) return false;
  if (record.state === "done") return !hasManifest || record.round < today;
  return record.state !== "waiting" || record.retryAt <= now;
};
