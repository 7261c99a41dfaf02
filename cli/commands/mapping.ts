import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { type Caller, scopes } from "../../lib/callers/caller.ts";
import { type Mapping, mapCall, readMapping } from "../../lib/callers/mapping.ts";
import { pickPbx } from "../../lib/callers/pick-pbx.ts";
import { createCalls } from "../../lib/calls/calls.ts";
import { readCallKey } from "../../lib/calls/dial/call-key.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import type { Context, PbxOptions } from "../context.ts";
import { paint, UsageError } from "../output.ts";
import { readJson } from "../spec.ts";

export interface MappingTestOptions extends PbxOptions {
  readonly mapping: string;
  readonly body: string;
  readonly out: string;
}

/** May do all that a mapping can ask for; the PBX's own settings still decide. */
const tester: Caller = { id: "mapping-test", scopes: new Set(scopes), pbxs: "all", extensions: "all" };

/** `wildix mapping test`: the call that a CRM's body asks for. Sends nothing. */
export const testMappingCommand = async (context: Context, options: MappingTestOptions): Promise<number> => {
  const mapping = readMapping(await readJson(context, options.mapping));
  const { body, idempotencyKey } = mapCall(mapping, await readJson(context, options.body));
  const wanted = readCall({ ...body, dry_run: true });
  const key = idempotencyKey === undefined ? undefined : readCallKey(idempotencyKey);
  const dialled = await dryRun(context, options, wanted, key);
  const { output } = context;
  if (options.json) {
    output.out(JSON.stringify({ body, idempotency_key: idempotencyKey ?? null, dialled: dialled ?? null }));
    return 0;
  }
  output.out(`${paint(output, "bold", "The call")} as POST /calls takes it:`);
  output.out(JSON.stringify(body, null, 2));
  output.out(
    `${paint(output, "bold", "Idempotency key:")} ${idempotencyKey ?? "none: equal calls within 10 s ring once"}`,
  );
  if (dialled === undefined)
    output.out("The PBX's rules were not checked: no PBX is registered here (--pbxs FILE or WILDIX_HOST).");
  else output.out(`${paint(output, "bold", "Sent to the PBX:")}\n${JSON.stringify(dialled, null, 2)}`);
  return 0;
};

/** What the PBX would be sent; undefined if no PBX is registered on this machine. */
const dryRun = async (
  context: Context,
  options: MappingTestOptions,
  wanted: ReturnType<typeof readCall>,
  key: string | undefined,
): Promise<unknown> => {
  const { env, clock } = context;
  if (!hasPbx(context, options)) return undefined;
  const ports = await localPorts({
    env,
    directory: options.out,
    clock,
    log: silentLog,
    pbxFile: options.pbxs,
  });
  const result = await createCalls(ports).place({
    wanted,
    caller: tester,
    pbx: await pickPbx(ports, tester, options.pbx ?? wanted.pbx),
    key,
    requestId: randomUUID(),
    receivedAt: clock.now(),
    timeLeft: Number.POSITIVE_INFINITY,
  });
  return "wouldSend" in result ? result.wouldSend : undefined;
};

const hasPbx = ({ env }: Context, { pbxs }: PbxOptions): boolean =>
  pbxs !== undefined || Boolean(env["WILDIX_PBXS"] || env["WILDIX_HOST"]) || existsSync("pbxs.json");

/** Refuses a mapping that asks for what its key is not for. */
export const checkMappingFits = (
  { pointers, values = {} }: Mapping,
  pbxs: readonly string[] | "all",
  extensions: readonly string[] | "all",
): void => {
  if (values.pbx !== undefined && pbxs !== "all" && !pbxs.includes(values.pbx))
    throw new UsageError(
      `\`--mapping\`: values.pbx must be one of --pbx (${pbxs.join(", ")}); got ${values.pbx}.`,
    );
  if (pbxs !== "all" && pbxs.length > 1 && values.pbx === undefined && pointers.pbx === undefined)
    throw new UsageError(
      `\`--mapping\` must name the PBX, because the key is for ${pbxs.length}. Add pointers.pbx or values.pbx.`,
    );
  if (values.extension !== undefined && extensions !== "all" && !extensions.includes(values.extension))
    throw new UsageError(
      `\`--mapping\`: values.extension must be one of --extension (${extensions.join(", ")}); got ${values.extension}.`,
    );
};
