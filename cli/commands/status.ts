import { existsSync } from "node:fs";
import { readConfig } from "../../lib/config.ts";
import { daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import {
  type FleetDay,
  type PbxNotExported,
  readFleet,
  statusOfDays,
} from "../../lib/history/days/fleet-status.ts";
import { exportDefaults } from "../../lib/history/export/export-job.ts";
import { localRegistry } from "../../lib/local/ports.ts";
import type { Context } from "../context/context.ts";
import { type FleetOptions, fleetOf, latestToday, openFleet } from "../context/history-places.ts";
import { misplacedLines, readMisplaced } from "../days/misplaced.ts";
import { rewriteAdvice } from "../days/rewrite-advice.ts";
import { tableFormatOf } from "../days/table-format.ts";
import { paint, table, UsageError } from "../terminal/output.ts";
import { readCount } from "../typed/whole-number.ts";
import { type StageStatusOptions, stageStatus } from "./stage-status.ts";

type StatusOptions = Omit<StageStatusOptions, "stage"> & Pick<FleetOptions, "stage">;

/** How far the last days are, of all PBXs or those that are named, and why something is missing. */
export const statusCommand = async (
  context: Context,
  { stage, ...options }: StatusOptions,
): Promise<number> => {
  if (stage !== undefined) return stageStatus(context, { ...options, stage });
  const { output } = context;
  const only = (["watch", "html"] as const).find((name) => options[name] !== undefined);
  if (only !== undefined) throw new UsageError(`\`--${only}\` must be used with \`--stage\`.`);
  const back = readCount(options.days, "--days", 6);
  const { out = "exports" } = options;
  if (!existsSync(out)) await refuseMissing(context, options, out);
  const ports = await openFleet(context, options);
  const { places, unplanned } = await fleetOf(ports, options.pbx);
  const last = latestToday(places, ports.clock.now());
  const range = daysBetween(shiftDay(last, -back), shiftDay(last, -1));
  const wanted =
    ports.config.startDate === undefined
      ? places.map((place) => ({ ...place, first: range[0] ?? place.first }))
      : places;
  const read = await readFleet(ports, wanted, range);
  const format = tableFormatOf(read.toReversed().flatMap(({ manifests }) => [...manifests.values()]));
  const days = sinceFirst(statusOfDays(read, ports.clock.now(), format));
  const misplaced = misplacedLines(await readMisplaced(ports.store, places));
  const warn = (line: string): string => `${paint(output, "yellow", "!")} ${line}`;
  const complete =
    days.every(({ waiting }) => waiting.length === 0) && unplanned.every((one) => one.export !== "invalid");
  const left = unplanned.map(({ pbx, reason }) => `${pbx} is not exported: ${reason}.`);
  if (options.json) {
    output.out(JSON.stringify(days));
    for (const line of [...left, ...misplaced]) output.err(warn(line));
  } else {
    if (places.length + unplanned.length === 0) output.out("No PBX is registered.");
    if (days.length > 0) output.out(table(output, ["day", "PBXs", "exported", "missing"], days.map(lineOf)));
    for (const { day, waiting } of days)
      for (const one of waiting) {
        const { pbx, reason, code, next_try } = one;
        const why = reason === undefined ? "" : `: ${reason} (${code})`;
        const next = next_try === undefined ? "" : `; next try ${next_try}`;
        output.out(`${paint(output, "red", "✗")} ${day} ${pbx}: ${stateOf(one)}${why}${next}`);
      }
    const advice = rewriteAdvice(days, format ?? exportDefaults.format, `--out ${out}`);
    for (const line of [...left, ...misplaced, ...advice]) output.out(warn(line));
  }
  return complete ? 0 : 1;
};

/**
 * Opening a directory makes it, so a name with a typing error would be an empty export. If no PBX can be exported, the status says why.
 * Throws UsageError.
 */
const refuseMissing = async (
  { env, clock }: Context,
  { pbx, pbxs }: Pick<FleetOptions, "pbx" | "pbxs">,
  out: string,
): Promise<void> => {
  const ports = { registry: localRegistry(env, pbxs), config: readConfig(env), clock };
  const { places } = await fleetOf(ports, pbx);
  if (places.length > 0)
    throw new UsageError(
      `There is no directory ${out}. Check \`--out\`. To export days into it, run \`wildix export --out ${out}\`.`,
    );
};

/** This machine does not know since when a PBX is exported: since the first day of which it knows anything. */
const sinceFirst = (days: readonly FleetDay[]): FleetDay[] => {
  const known = days.findLastIndex(
    ({ exported, waiting }) => exported > 0 || waiting.some(({ state }) => state !== "not planned"),
  );
  return days.slice(0, Math.max(1, known + 1));
};

/** On this machine nothing is planned or queued. */
const stateOf = ({ reason }: PbxNotExported): string => (reason === undefined ? "not exported" : "failed");

const lineOf = ({ day, pbxs, exported, waiting }: FleetDay): readonly unknown[] => [
  day,
  pbxs,
  exported,
  waiting.length,
];
