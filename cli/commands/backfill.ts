import { defined } from "../../lib/defined.ts";
import { daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import { type BackfillProgress, backfill, redrive } from "../../lib/history/planning/backfill.ts";
import { takeDeadLetters } from "../../lib/history/planning/plan-exports.ts";
import { Bar } from "../bar.ts";
import type { Context } from "../context.ts";
import { type FleetOptions, latestToday, openFleet, placesOf } from "../history-places.ts";
import { counted, number, paint, whole } from "../output.ts";
import { readDays } from "../times.ts";

export interface BackfillOptions extends FleetOptions {
  readonly from: string;
  readonly to: string;
  readonly atOnce?: string;
}

/** Queues the days of a range that have no manifest, a few at a time, and shows the progress. Another run continues. */
export const backfillCommand = async (context: Context, options: BackfillOptions): Promise<number> => {
  const { output, signal } = context;
  const daysIn = readDays(options, context.clock.now());
  const atOnce = options.atOnce === undefined ? undefined : whole(options.atOnce, "--at-once");
  const ports = await openFleet(context, options);
  const places = await placesOf(ports, options.pbx);
  const bar = reporter(context, options.json === true);
  const result = await backfill(
    ports,
    places,
    [...new Set(places.flatMap(({ zone }) => daysIn(zone)))].sort(),
    { signal, ...defined({ atOnce }) },
    bar.progress,
  ).finally(bar.stop);
  signal.throwIfAborted();
  if (options.json) output.out(JSON.stringify(result));
  else {
    for (const { pbx, day, reason, code } of result.failures)
      output.out(`${paint(output, "red", "✗")} ${pbx} ${day}: ${reason} (${code})`);
    const mark = result.failures.length === 0 ? paint(output, "green", "✓") : paint(output, "yellow", "!");
    output.out(`${mark} ${number(result.there)} of ${counted(result.days, "PBX day")} are exported`);
  }
  return result.failures.length === 0 ? 0 : 1;
};

/** A bar, on a terminal. */
const reporter = ({ output, clock }: Context, json: boolean) => {
  const bar = new Bar(
    output,
    "  {bar} {value}/{total} PBX days, {underWay} running, {failed} failed, {left} left",
    clock.now,
  );
  return {
    progress: ({ days, there, underWay, failed }: BackfillProgress): void => {
      if (!json) bar.show(there, days, { underWay, failed });
    },
    stop: (): void => bar.stop(),
  };
};

/** Retries failed days now, after their cause is fixed. */
export const redriveCommand = async (
  context: Context,
  options: FleetOptions & { readonly days: string },
): Promise<number> => {
  const back = whole(options.days, "--days");
  const ports = await openFleet(context, options);
  const places = await placesOf(ports, options.pbx);
  const last = latestToday(places);
  const buried = await takeDeadLetters(ports);
  const queued = await redrive(ports, places, daysBetween(shiftDay(last, -back), last));
  if (options.json) context.output.out(JSON.stringify({ buried, queued }));
  else {
    for (const { pbx, day } of queued) context.output.out(`${pbx} ${day}`);
    context.output.out(`${counted(queued.length, "PBX day")} queued`);
  }
  return 0;
};
