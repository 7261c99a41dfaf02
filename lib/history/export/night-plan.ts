import type { PbxEntry } from "../../pbxs/registry.ts";
import { checkOver, checkZone, type Day, dayAt } from "../calendar/local-days.ts";

export interface PlannedDay {
  readonly pbx: string;
  readonly zone: string;
  readonly day: Day;
}

export interface NightPlan {
  readonly days: readonly PlannedDay[];
  /** PBXs whose day cannot be planned; `error` is INPUT_INVALID and names the field. */
  readonly refused: readonly { readonly pbx: string; readonly error: unknown }[];
}

/**
 * The day of every PBX whose history is exported, each on its own calendar: the one that is asked for, or yesterday. A PBX
 * whose zone is wrong, or where the day is not over, stops no other. `now` is epoch ms.
 */
export const planNight = (entries: readonly PbxEntry[], day: Day | undefined, now: number): NightPlan => {
  const days: PlannedDay[] = [];
  const refused: { pbx: string; error: unknown }[] = [];
  for (const { id: pbx, timezone, exported } of entries) {
    if (!exported || timezone === undefined) continue;
    try {
      const zone = checkZone(timezone, `timezone of ${pbx}`);
      days.push({
        pbx,
        zone,
        day: day === undefined ? dayAt(zone, now, -1) : checkOver(day, zone, now, "day"),
      });
    } catch (error) {
      refused.push({ pbx, error });
    }
  }
  return { days, refused };
};
