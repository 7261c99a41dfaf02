import { checkDefaults, checkPbxs, entryProblem, expectedZone } from "../../lib/pbxs/check-pbxs.ts";
import { diagnosePbx } from "../../lib/pbxs/diagnose-pbx.ts";
import { type Check, resolveName } from "../../lib/wms/diagnose.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import { type Context, openRegistry, ownSecret, type PbxOptions } from "../context/context.ts";
import { Bar } from "../terminal/bar.ts";
import { counted, paint, UsageError } from "../terminal/output.ts";

const ports = ({ clock, signal }: Context) => ({
  transport: nodeTransport(),
  clock,
  random: Math.random,
  resolve: resolveName,
  signal,
});

/** Checks a PBX step by step; exit code 1 if a check fails. */
export const doctorCommand = async (
  context: Context,
  options: PbxOptions & { all?: boolean },
): Promise<number> => {
  if (options.all && options.pbx !== undefined) throw new UsageError("Give `--pbx` or `--all`, not both.");
  if (options.all) return doctorAll(context, options);
  const { secret, entry } = await ownSecret(context, options);
  const unfit = entry && entryProblem(entry);
  const checks: readonly (Omit<Check, "name"> & { readonly name: string })[] = [
    ...(await diagnosePbx(ports(context), secret, expectedZone(secret, entry?.timezone))),
    ...(unfit === undefined ? [] : [{ ...unfit, name: unfit.check, ok: false }]),
  ];
  const healthy = checks.every(({ ok }) => ok);
  if (options.json) {
    context.output.out(JSON.stringify(checks));
    return healthy ? 0 : 1;
  }
  const { output } = context;
  for (const { name, ok, detail, cure } of checks) {
    output.out(
      `${ok ? paint(output, "green", "✓") : paint(output, "red", "✗")} ${name.padEnd(12)} ${detail}`,
    );
    if (cure !== undefined) output.out(`  ${"".padEnd(12)} ${paint(output, "bold", "Fix:")} ${cure}`);
  }
  output.out(healthy ? "Every check passed." : "Fix the failed checks, then run the same command again.");
  return healthy ? 0 : 1;
};

/** One line for each PBX of the file. */
const doctorAll = async (context: Context, options: PbxOptions): Promise<number> => {
  const { output, signal, clock } = context;
  const bar = new Bar(output, "  {bar} {value}/{total} PBXs, {left} left", clock.now);
  const healths = await checkPbxs({
    ...ports(context),
    registry: await openRegistry(context, options),
    diagnose: (secret, expected) => diagnosePbx(ports(context), secret, expected),
    // after Ctrl-C, no check of another PBX begins
    timeLeft: () => (signal.aborted ? 0 : Number.POSITIVE_INFINITY),
    progress: (checked, pbxs) => bar.show(checked, pbxs),
  }).finally(() => bar.stop());
  signal.throwIfAborted();
  const healthy = healths.every(({ problem }) => problem === undefined);
  if (options.json) {
    output.out(
      JSON.stringify(
        healths.map(({ pbx, problem, daysLeft }) => {
          const { check: name, ...rest } = problem ?? {};
          return { pbx, ok: problem === undefined, name, ...rest, daysLeft };
        }),
      ),
    );
    return healthy ? 0 : 1;
  }
  if (healths.length === 0) output.out("No PBX is registered.");
  for (const { pbx, problem, daysLeft } of healths) {
    const ends = daysLeft === undefined ? "" : `  credentials end in ${counted(daysLeft, "day")}`;
    output.out(
      problem === undefined
        ? `${paint(output, "green", "✓")} ${pbx}${paint(output, isSoon(daysLeft) ? "yellow" : "dim", ends)}`
        : `${paint(output, "red", "✗")} ${pbx}: ${problem.check}: ${problem.detail}`,
    );
  }
  return healthy ? 0 : 1;
};

const isSoon = (daysLeft: number | undefined): boolean =>
  daysLeft !== undefined && daysLeft <= checkDefaults.warnDays;
