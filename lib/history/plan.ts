import type { PbxEntry } from "../pbxs/registry.ts";
import { checkZone, type Day, dayAt } from "./local-days.ts";

export interface PlannedDay {
  readonly pbx: string;
  readonly zone: string;
  readonly day: Day;
}

/** Yesterday of every PBX whose history is exported, each on its own calendar. `now` is epoch ms. */
export const planYesterday = (entries: readonly PbxEntry[], now: number): PlannedDay[] =>
  entries.flatMap(({ id, timezone, exported }) => {
    if (!exported || timezone === undefined) return [];
    const zone = checkZone(timezone, `timezone of ${id}`);
    return [{ pbx: id, zone, day: dayAt(zone, now, -1) }];
  });
