import { writeFile } from "node:fs/promises";
import { daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import type { Context } from "../context.ts";
import { type FleetView, viewFleet } from "../fleet-view.ts";
import { type FleetOptions, latestToday, openFleet, placesOf } from "../history-places.ts";
import { paint, table, UsageError, whole } from "../output.ts";
import { rewriteAdvice } from "../rewrite-advice.ts";
import { cellsOf, needsLook, statusHeadings, statusPage, totalsOf } from "../status-page.ts";

export interface StageStatusOptions extends FleetOptions {
  readonly stage: string;
  readonly days: string;
  readonly watch?: boolean;
  readonly html?: string;
}

/** Between two looks of `--watch`, ms. */
const watchMs = 60_000;

/** A line for each PBX of a deployment, and totals. Exit code 1 if a day is missing. */
export const stageStatus = async (context: Context, options: StageStatusOptions): Promise<number> => {
  const { output, signal, clock } = context;
  if (options.watch && options.json) throw new UsageError("Give `--watch` or `--json`, not both.");
  const back = whole(options.days, "--days");
  const ports = await openFleet(context, options);
  for (;;) {
    const places = await placesOf(ports, options.pbx);
    const last = latestToday(places);
    const view = await viewFleet(ports, places, daysBetween(shiftDay(last, -back), shiftDay(last, -1)));
    if (options.html !== undefined) await writeFile(options.html, statusPage(view, options.stage));
    if (options.json) output.out(JSON.stringify(view));
    else show(context, options, view, ports.config.format);
    if (!options.watch) return view.totals.missing_days === 0 ? 0 : 1;
    await clock.sleep(watchMs, signal);
  }
};

const show = (
  { output }: Context,
  { stage, watch, html }: StageStatusOptions,
  view: FleetView,
  format: string,
): void => {
  if (watch && output.colours) output.out("\u001b[2J\u001b[H");
  if (html === undefined) {
    const lines = view.pbxs.map((pbx) => {
      const [id = "", ...cells] = cellsOf(pbx);
      return [needsLook(pbx) ? paint(output, "red", id) : id, ...cells];
    });
    output.out(table(output, statusHeadings, lines));
  }
  const days = view.days.map(({ day, pbxs, exported, waiting }) => [day, pbxs, exported, waiting.length]);
  output.out(table(output, ["day", "PBXs", "exported", "missing"], days));
  output.out(`${totalsOf(view)} (${view.at.slice(0, 19).replace("T", " ")} UTC)`);
  for (const advice of rewriteAdvice(view.days, format, `--stage ${stage}`))
    output.out(`${paint(output, "yellow", "!")} ${advice}`);
};
