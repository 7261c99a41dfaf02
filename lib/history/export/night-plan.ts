import { checkCustomer } from "../../pbxs/customer.ts";
import type { PbxEntry } from "../../pbxs/registry.ts";
import { checkOver, checkZone, type Day, dayAt } from "../calendar/local-days.ts";

export interface PlannedDay {
  readonly pbx: string;
  readonly zone: string;
  readonly day: Day;
}

export interface NightPlan {
  readonly days: readonly PlannedDay[];
  /** PBXs whose day cannot be exported. `error` is INPUT_INVALID and names the field. */
  readonly refused: readonly { readonly pbx: string; readonly error: unknown }[];
}

/**
 * The day of each PBX whose history is exported: the day asked for, or yesterday in the PBX's time zone. A PBX with a wrong time
 * zone, or in whose zone the day is not over, stops no other PBX. `now` is epoch ms.
 */
export const planNight = (entries: readonly PbxEntry[], day: Day | undefined, now: number): NightPlan => {
  const days: PlannedDay[] = [];
  const refused: { pbx: string; error: unknown }[] = [];
  for (const { id: pbx, timezone, exported, customer } of entries) {
    if (!exported || timezone === undefined) continue;
    try {
      const zone = checkZone(timezone, `timezone of ${pbx}`);
      if (customer !== undefined) checkCustomer(customer, `customer of ${pbx}`);
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
