import type { FormatName } from "../../lib/format-names.ts";
import { readFleet, statusOfDays } from "../../lib/history/days/fleet-status.ts";

/** The status of days, newest first. */
export const fleetStatus = async (
  ports: Parameters<typeof readFleet>[0],
  pbxs: Parameters<typeof readFleet>[1],
  days: readonly string[],
  now: number,
  format?: FormatName,
) => statusOfDays(await readFleet(ports, pbxs, days), now, format);
