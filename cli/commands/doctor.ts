import { localRegistry } from "../../lib/local/ports.ts";
import { readPbx } from "../../lib/pbxs/registry.ts";
import { diagnose, resolveName } from "../../lib/wms/diagnose.ts";
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
  const registry = localRegistry(context.env, options.pbxs);
  let wrong = 0;
  for (const { id } of await registry.list()) {
    const fault = await firstFault(registry, id);
    if (fault !== undefined) wrong++;
    context.output.out(
      fault === undefined
        ? `${paint(context.output, "green", "✓")} ${id}`
        : `${paint(context.output, "red", "✗")} ${id}: ${fault}`,
    );
  }
  return wrong === 0 ? 0 : 1;
};

const firstFault = async (
  registry: ReturnType<typeof localRegistry>,
  id: string,
): Promise<string | undefined> => {
  try {
    const checks = await diagnose(ports(), (await readPbx(registry, id)).connection);
    const fault = checks.find(({ ok }) => !ok);
    return fault && `${fault.name}: ${fault.detail}`;
  } catch (error) {
    return errorObject(error).message;
  }
};
