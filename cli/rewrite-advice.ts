import type { FleetDay } from "../lib/history/days/fleet-status.ts";
import { counted, number } from "./output.ts";

/** How many days have another format or the old layout, and how to rewrite them. `place`: for example `--stage prod`. */
export const rewriteAdvice = (days: readonly FleetDay[], format: string, place: string): string[] => {
  const sum = (count: (day: FleetDay) => number): number =>
    days.reduce((total, day) => total + count(day), 0);
  const other = sum(({ other_format = 0 }) => other_format);
  const old = sum(({ old_layout = 0 }) => old_layout);
  const exported = sum((day) => day.exported);
  const [from, to] = [days.at(-1)?.day, days[0]?.day];
  const run = `\`wildix backfill ${place} --force --format ${format} --from ${from} --to ${to}\``;
  const advice: string[] = [];
  if (other > 0)
    advice.push(
      `${number(exported - other)} of ${counted(exported, "PBX day")} have the format ${format}. To rewrite the others, run ${run}.`,
    );
  if (old > 0)
    advice.push(
      `Old layout, with legs under calls/: ${counted(old, "PBX day")}. To rewrite them, run ${run}.`,
    );
  return advice;
};
