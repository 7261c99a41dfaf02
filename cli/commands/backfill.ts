import { defined } from "../../lib/defined.ts";
import type { FormatName } from "../../lib/format-names.ts";
import { type Day, daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import { isKept, type PlannedPbx } from "../../lib/history/days/due-days.ts";
import {
  type Again,
  type BackfillPlan,
  type BackfillProgress,
  backfill,
  planBackfill,
  redrive,
} from "../../lib/history/planning/backfill.ts";
import { takeDeadLetters } from "../../lib/history/planning/plan-exports.ts";
import type { Context } from "../context/context.ts";
import { type FleetOptions, latestToday, openFleet, placesOf } from "../context/history-places.ts";
import { Bar } from "../terminal/bar.ts";
import { counted, number, paint, UsageError } from "../terminal/output.ts";
import { readDays } from "../typed/times.ts";
import { readCount } from "../typed/whole-number.ts";
import { exportCommand } from "./export.ts";

export interface BackfillOptions extends FleetOptions {
  /** Directory of this machine's exports. */
  readonly out: string;
  readonly from: string;
  readonly to: string;
  readonly atOnce?: string;
  readonly force?: boolean;
  readonly format?: FormatName;
  readonly dryRun?: boolean;
}

/**
 * Exports the days of a range that have no manifest, and with `--force` exported days again. Of a deployment, queues a few at a time
 * and shows the progress; on this machine, exports them itself. Another run continues.
 */
export const backfillCommand = async (context: Context, options: BackfillOptions): Promise<number> => {
  const { output, signal } = context;
  const { force, format, stage } = options;
  if (format !== undefined && !force)
    throw new UsageError("`--format` must be used with `--force`: without it, exported days are kept.");
  if (stage === undefined && options.atOnce !== undefined)
    throw new UsageError("`--at-once` must be used with `--stage`.");
  const daysIn = readDays(options, context.clock.now());
  const atOnce = options.atOnce === undefined ? undefined : readCount(options.atOnce, "--at-once", 6);
  if (stage === undefined && !options.dryRun)
    return exportCommand(context, { ...options, ...defined({ unlessFormat: format }) });
  const ports = await openFleet(context, options, !options.dryRun);
  const again = againOf(options, ports.config.format);
  const places = await placesOf(context, ports, options.pbx);
  const typed = [...new Set(places.flatMap(({ zone }) => daysIn(zone)))].sort();
  // no record of a day is read that is over nowhere: the range can end in another year by mistake
  const days = typed.filter((day) => places.some(({ today }) => day < today));
  const count = (all: readonly Day[], matches: (place: PlannedPbx, day: Day) => boolean): number =>
    all.reduce((sum, day) => sum + places.filter((place) => matches(place, day)).length, 0);
  const tooOld = count(days, (place, day) => !isKept(place, day));
  const notOver = count(typed, ({ today }, day) => day >= today);
  if (notOver > 0 && !options.json)
    output.err(
      `${paint(output, "yellow", "!")} ${counted(notOver, "PBX day")} of the range ${notOver === 1 ? "is" : "are"} not over, and ${notOver === 1 ? "is" : "are"} skipped.`,
    );
  if (tooOld > 0 && !options.json)
    output.err(
      `${paint(output, "yellow", "!")} ${counted(tooOld, "PBX day")} of the range are older than the retention of ${counted(ports.config.retentionDays, "day")} (\`exportRetentionDays\`), and are skipped.`,
    );
  if (options.dryRun) return showPlan(context, options, await planBackfill(ports, places, days, again));
  const bar = reporter(context, options.json === true);
  const result = await backfill(
    ports,
    places,
    days,
    { signal, ...defined({ atOnce, again }) },
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

/**
 * The deployment writes one format. So a table has one format when a backfill with it is done. A dry run may be for a format that is
 * deployed later.
 */
const againOf = (
  { force, format, stage, dryRun }: BackfillOptions,
  deployed: FormatName,
): Again | undefined => {
  if (stage !== undefined && format !== undefined && format !== deployed && !dryRun)
    throw new UsageError(
      `\`--format\` must be the format of the deployment; got ${format}, and ${stage} writes ${deployed}. Set \`exportFormat: ${format}\` for the stage, and deploy it first with \`--change-format\`. With \`--dry-run\` the command shows the days before that.`,
    );
  if (!force) return undefined;
  return format === undefined ? "all" : { unlessFormat: format };
};

const showPlan = ({ output }: Context, options: BackfillOptions, plan: BackfillPlan): number => {
  if (options.json) output.out(JSON.stringify(plan));
  else {
    output.out(`${counted(plan.days, "PBX day")} in the range`);
    output.out(`${counted(plan.missing, "PBX day")} without a manifest would be exported`);
    for (const [format, count] of Object.entries(plan.rewritten))
      output.out(`${counted(count, "PBX day")} in the format ${format} would be exported again`);
    output.out(`${counted(plan.kept, "PBX day")} would be kept`);
  }
  return 0;
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
  const back = readCount(options.days, "--days", 6);
  const ports = await openFleet(context, options);
  const places = await placesOf(context, ports, options.pbx);
  const last = latestToday(places, ports.clock.now());
  const buried = await takeDeadLetters(ports);
  const queued = await redrive(ports, places, daysBetween(shiftDay(last, -back), last));
  if (options.json) context.output.out(JSON.stringify({ buried, queued }));
  else {
    for (const { pbx, day } of queued) context.output.out(`${pbx} ${day}`);
    context.output.out(`${counted(queued.length, "PBX day")} queued`);
  }
  return 0;
};
