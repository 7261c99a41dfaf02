import { type Day, dayAt, shiftDay } from "./local-days.ts";

/** The oldest day that is kept on this date. Undefined: every day. `retentionDays` 0 keeps for ever. */
export const oldestKept = (today: Day, retentionDays: number): Day | undefined =>
  retentionDays === 0 ? undefined : shiftDay(today, -retentionDays);

/** The same for PBXs of all zones, by the zone in which days go first. `now` is epoch ms. */
export const oldestKeptAnywhere = (now: number, retentionDays: number): Day | undefined =>
  oldestKept(dayAt("Pacific/Kiritimati", now), retentionDays);
