import { type FormatName, formats } from "../../lib/format-names.ts";
import type { Day } from "../../lib/history/calendar/local-days.ts";
import type { FleetDay } from "../../lib/history/days/fleet-status.ts";
import { counted, number } from "../terminal/output.ts";

/** The command that exports days again in a format. `place`: for example `--stage prod`. `backfill` writes no CSV. */
export const rewriteRun = (
  format: FormatName,
  place: string,
  from: Day | undefined,
  to: Day | undefined,
): string => {
  const command = formats[format].table ? "backfill" : "export";
  return `wildix ${command} ${place} --force ${formats[format].options} --from ${from} --to ${to}`;
};

/** How many days have another format or the old layout, and how to rewrite them. `place`: for example `--stage prod`. */
export const rewriteAdvice = (days: readonly FleetDay[], format: FormatName, place: string): string[] => {
  const sum = (count: (day: FleetDay) => number): number =>
    days.reduce((total, day) => total + count(day), 0);
  const other = sum(({ other_format = 0 }) => other_format);
  const old = sum(({ old_layout = 0 }) => old_layout);
  const exported = sum((day) => day.exported);
  const [from, to] = [days.at(-1)?.day, days[0]?.day];
  const run = `\`${rewriteRun(format, place, from, to)}\``;
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
