import { localRegistry } from "../../lib/local/ports.ts";
import type { PbxRegistry } from "../../lib/pbxs/registry.ts";
import { type Context, regionOf } from "../context/context.ts";
import { findEndings } from "../secrets/endings.ts";
import { openSecrets, type StageOptions } from "../secrets/open-secrets.ts";
import { table, UsageError } from "../terminal/output.ts";
import { showEndings } from "./show-endings.ts";

export interface ListOptions extends Omit<StageOptions, "stage"> {
  readonly stage?: string;
  /** True: the PBXs and keys of this machine. */
  readonly local?: boolean;
  readonly pbxs?: string;
  readonly keys?: string;
  readonly ending?: boolean;
}

/** `wildix secret list`: the PBXs of a deployment or of this machine, or credentials and keys by their end. */
export const listSecretsCommand = async (context: Context, options: ListOptions): Promise<number> => {
  const { stage, local, pbxs, keys } = options;
  const here = local === true || pbxs !== undefined || keys !== undefined;
  if (!here) {
    const staged = { ...options, stage: stage ?? "dev" };
    const { registry, prefix } = await openSecrets(context, staged);
    const region = regionOf(context, options.region);
    return listSecrets(context, registry, `under ${prefix} in ${region}`, staged);
  }
  const typed = local === true ? "--local" : pbxs === undefined ? "--keys" : "--pbxs";
  if (stage !== undefined) throw new UsageError(`Give \`--stage\` or \`${typed}\`, not both.`);
  return listSecrets(context, localRegistry(context.env, pbxs), "on this machine", options);
};

export const listSecrets = async (
  context: Context,
  registry: PbxRegistry,
  where: string,
  options: ListOptions,
): Promise<number> => {
  if (options.ending === true) {
    const endings = await findEndings(context, registry, options);
    showEndings(context, endings, options);
    return endings.some(({ problem }) => problem !== undefined) ? 1 : 0;
  }
  const entries = await registry.list();
  const rows = entries.map(({ id, timezone, exported, registeredAt }) => ({
    id,
    timezone,
    export: timezone === undefined ? "no zone" : exported ? "on" : "off",
    registered: registeredAt === undefined ? undefined : new Date(registeredAt).toISOString(),
  }));
  if (options.json) context.output.out(JSON.stringify(rows));
  else if (rows.length === 0) context.output.out(`There is no PBX ${where}.`);
  else
    context.output.out(
      table(
        context.output,
        ["pbx", "zone", "export", "registered"],
        rows.map((row) => [row.id, row.timezone, row.export, row.registered]),
      ),
    );
  return 0;
};
