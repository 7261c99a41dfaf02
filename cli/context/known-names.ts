import { localRegistry, pbxFileOf } from "../../lib/local/ports.ts";
import { unknownPbx } from "../../lib/pbxs/registry.ts";
import { paint } from "../terminal/output.ts";
import { type Context, checkStage, regionOf } from "./context.ts";

/** Where the PBXs are registered: a deployment, or this machine. */
export interface PbxList {
  readonly stage?: string;
  readonly region?: string;
  readonly pbxs?: string;
  readonly json?: boolean;
}

/**
 * Refuses an id that is not a PBX's, and names a near one. A list that cannot be read refuses nothing, because the kill
 * switch must work then too. `more`: other ids that are accepted. Throws PBX_UNKNOWN.
 */
export const checkPbxs = async (
  context: Context,
  list: PbxList,
  named: readonly string[],
  more: readonly string[] = [],
): Promise<void> => {
  const known = await knownPbxs(context, list);
  if (known === undefined) {
    const { output } = context;
    if (!list.json && named.length > 0)
      output.err(
        `${paint(output, "yellow", "!")} \`--pbx\` ${named.join(", ")} is not checked: the list of PBXs cannot be read.`,
      );
    return;
  }
  const unknown = named.find((id) => !known.includes(id) && !more.includes(id));
  if (unknown !== undefined) throw unknownPbx(unknown, known);
};

/** Undefined: no PBX is configured, or the list cannot be read. */
const knownPbxs = async (context: Context, list: PbxList): Promise<readonly string[] | undefined> => {
  try {
    if (list.stage !== undefined) {
      // loaded here, so that no other command waits for the SDK
      const { awsSecrets } = await import("../../lib/aws/pbx-secrets.ts");
      const prefix = `/wildix/${checkStage(list.stage)}/pbx/`;
      const { registry } = awsSecrets(prefix, regionOf(context, list.region), context.clock);
      return (await registry.list()).map(({ id }) => id);
    }
    const { env } = context;
    if (pbxFileOf(env, list.pbxs) === undefined && !env["WILDIX_HOST"]) return undefined;
    return (await localRegistry(env, list.pbxs).list()).map(({ id }) => id);
  } catch {
    return undefined;
  }
};
