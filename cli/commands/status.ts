import { daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import { type FleetDay, fleetStatus } from "../../lib/history/days/fleet-status.ts";
import type { Context } from "../context.ts";
import { type FleetOptions, latestToday, openFleet, placesOf } from "../history-places.ts";
import { paint, table, whole } from "../output.ts";

/** How far the last days are, of all PBXs or those that are named, and why something is missing. */
export const statusCommand = async (
  context: Context,
  options: FleetOptions & { readonly days: string },
): Promise<number> => {
  const { output } = context;
  const back = whole(options.days, "--days");
  const ports = await openFleet(context, options);
  const places = await placesOf(ports, options.pbx);
  const last = latestToday(places);
  const range = daysBetween(shiftDay(last, -back), shiftDay(last, -1));
  const days = await fleetStatus(ports, places, range, ports.clock.now());
  const complete = days.every(({ waiting }) => waiting.length === 0);
  if (options.json) output.out(JSON.stringify(days));
  else {
    output.out(table(output, ["day", "PBXs", "exported", "missing"], days.map(lineOf)));
    for (const { day, waiting } of days)
      for (const { pbx, state, reason, code, next_try } of waiting)
        output.out(
          `${paint(output, "red", "✗")} ${day} ${pbx}: ${state}${reason === undefined ? "" : `: ${reason} (${code})`}${next_try === undefined ? "" : `; next try ${next_try}`}`,
        );
  }
  return complete ? 0 : 1;
};

const lineOf = ({ day, pbxs, exported, waiting }: FleetDay): readonly unknown[] => [
  day,
  pbxs,
  exported,
  waiting.length,
];
