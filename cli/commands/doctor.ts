import { localRegistry } from "../../lib/local/ports.ts";
import { readPbx } from "../../lib/pbxs/registry.ts";
import { type Check, diagnose, resolveName } from "../../lib/wms/diagnose.ts";
import { nodeTransport } from "../../lib/wms/node-transport.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { type Context, ownConnection, type PbxOptions } from "../context.ts";
import { errorObject, paint } from "../output.ts";

const ports = () => ({ transport: nodeTransport(), clock: systemClock, resolve: resolveName });

/** Why does this PBX refuse me? Exit code 1 where something is wrong. */
export const doctorCommand = async (
  context: Context,
  options: PbxOptions & { all?: boolean },
): Promise<number> => {
  if (options.all) return doctorAll(context, options);
  const checks = await diagnose(ports(), await ownConnection(context, options));
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
    if (cure !== undefined) output.out(`  ${"".padEnd(12)} ${paint(output, "bold", "Cure:")} ${cure}`);
  }
  output.out(healthy ? "All is well." : "Mend this and run `wildix doctor` again.");
  return healthy ? 0 : 1;
};

/** One line for each PBX of the file. */
const doctorAll = async (context: Context, options: PbxOptions): Promise<number> => {
  const { output } = context;
  const registry = localRegistry(context.env, options.pbxs);
  const verdicts: Verdict[] = [];
  for (const { id } of await registry.list()) {
    const verdict = await examine(registry, id);
    verdicts.push(verdict);
    if (options.json) continue;
    output.out(
      verdict.ok
        ? `${paint(output, "green", "✓")} ${id}`
        : `${paint(output, "red", "✗")} ${id}: ${verdict.name === undefined ? "" : `${verdict.name}: `}${verdict.detail}`,
    );
  }
  if (options.json) output.out(JSON.stringify(verdicts));
  return verdicts.every(({ ok }) => ok) ? 0 : 1;
};

/** The first thing that is wrong with a PBX, if any; without a name where its entry cannot be used. */
interface Verdict extends Partial<Omit<Check, "ok">> {
  readonly pbx: string;
  readonly ok: boolean;
}

const examine = async (registry: ReturnType<typeof localRegistry>, id: string): Promise<Verdict> => {
  try {
    const checks = await diagnose(ports(), (await readPbx(registry, id)).connection);
    return { pbx: id, ok: true, ...checks.find(({ ok }) => !ok) };
  } catch (error) {
    const { message, cure } = errorObject(error);
    return { pbx: id, ok: false, detail: message, cure };
  }
};
