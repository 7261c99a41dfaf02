import type { FormatName } from "../../lib/format-names.ts";
import { daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import type { Context } from "../context/context.ts";
import { type FleetOptions, fleetOf, latestToday, openFleet } from "../context/history-places.ts";
import { type FleetView, viewFleet } from "../days/fleet-view.ts";
import { rewriteAdvice } from "../days/rewrite-advice.ts";
import {
  cellsOf,
  misplacedIn,
  needsLook,
  statusHeadings,
  statusPage,
  totalsOf,
} from "../days/status-page.ts";
import { writePage } from "../days/write-page.ts";
import { clearScreen } from "../terminal/clean-text.ts";
import { isStop, paint, printError, table, UsageError } from "../terminal/output.ts";
import { readCount } from "../typed/whole-number.ts";

export interface StageStatusOptions extends FleetOptions {
  readonly stage: string;
  readonly days: string;
  readonly watch?: boolean;
  readonly html?: string;
}

/** Between two looks of `--watch`, ms. */
const watchMs = 60_000;

/** A line for each PBX of a deployment, and totals. Exit code 1 if a day is missing, or if a PBX cannot be planned. */
export const stageStatus = async (context: Context, options: StageStatusOptions): Promise<number> => {
  const { output, signal, clock } = context;
  if (options.watch && options.json) throw new UsageError("Give `--watch` or `--json`, not both.");
  const back = readCount(options.days, "--days", 6);
  const look = async (): Promise<number> => {
    const ports = await openFleet(context, options);
    const fleet = await fleetOf(ports, options.pbx);
    const last = latestToday(fleet.places, clock.now());
    const view = await viewFleet(ports, fleet, daysBetween(shiftDay(last, -back), shiftDay(last, -1)));
    if (options.html !== undefined) await writePage(options.html, "--html", statusPage(view, options.stage));
    if (options.json) output.out(JSON.stringify(view));
    else show(context, options, view, ports.config.format);
    return view.totals.missing_days === 0 && view.pbxs.every((pbx) => pbx.export !== "invalid") ? 0 : 1;
  };
  const code = await look();
  if (!options.watch) return code;
  // until Ctrl-C, or until the reader of the output ends; neither is a failure
  for (;;) {
    await clock.sleep(watchMs, signal).catch(() => undefined);
    if (signal.aborted || output.isClosed?.() === true) return 0;
    try {
      await look();
    } catch (error) {
      // a service that does not answer now can answer in a minute
      if (!(error instanceof CodedError || isStop(error))) throw error;
      if (!isStop(error)) printError(output, error, false);
    }
  }
};

/** Of a table whose first row has the headings. */
const withoutEmptyColumns = (rows: readonly (readonly string[])[]): string[][] => {
  const [, ...cells] = rows;
  const isUsed = (at: number): boolean => cells.some((row) => (row[at] ?? "") !== "");
  return rows.map((row) => row.filter((_, at) => isUsed(at)));
};

const show = (
  { output }: Context,
  { stage, watch, html }: StageStatusOptions,
  view: FleetView,
  format: FormatName,
): void => {
  if (watch && output.colours) output.out(clearScreen);
  if (view.pbxs.length === 0)
    output.out(`No PBX is registered. To register one, run \`wildix secret put ID --stage ${stage}\`.`);
  else if (html === undefined) {
    const [heads, ...rows] = withoutEmptyColumns([statusHeadings, ...view.pbxs.map(cellsOf)]);
    const looks = view.pbxs.map(needsLook);
    output.out(table(output, heads ?? [], rows, (row) => looks[row] === true));
  }
  const days = view.days.map(({ day, pbxs, exported, waiting }) => [day, pbxs, exported, waiting.length]);
  if (days.length > 0) output.out(table(output, ["day", "PBXs", "exported", "missing"], days));
  output.out(`${totalsOf(view)} (${view.at.slice(0, 19).replace("T", " ")} UTC)`);
  for (const advice of [...misplacedIn(view), ...rewriteAdvice(view.days, format, `--stage ${stage}`)])
    output.out(`${paint(output, "yellow", "!")} ${advice}`);
};
