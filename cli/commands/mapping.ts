import { type Caller, scopes } from "../../lib/callers/caller.ts";
import { type Mapping, mapCall, readMapping } from "../../lib/callers/mapping.ts";
import { readCallKey } from "../../lib/calls/dial/call-key.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import { defined } from "../../lib/defined.ts";
import { pbxFileOf } from "../../lib/local/ports.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import type { Context } from "../context/context.ts";
import { type PlaceOptions, placeCallHere } from "../context/place-call.ts";
import { readJson } from "../context/spec.ts";
import { paint, UsageError } from "../terminal/output.ts";

export interface MappingTestOptions extends PlaceOptions {
  readonly mapping: string;
  readonly body: string;
}

/** May do all that a mapping can ask for; the PBX's own settings still decide. */
const tester: Caller = { id: "mapping-test", scopes: new Set(scopes), pbxs: "all", extensions: "all" };

/** `wildix mapping test`: the call that a CRM's body asks for. Sends nothing. */
export const testMappingCommand = async (context: Context, options: MappingTestOptions): Promise<number> => {
  const mapping = readMapping(await readJson(context, options.mapping));
  const { body, idempotencyKey } = mapCall(mapping, await readJson(context, options.body));
  const wanted = readCall({ ...body, dry_run: true });
  if (idempotencyKey !== undefined) readCallKey(idempotencyKey);
  const dialled = await dryRun(context, options, wanted, idempotencyKey);
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
  idempotencyKey: string | undefined,
): Promise<unknown> => {
  const { env } = context;
  if (pbxFileOf(env, options.pbxs) === undefined && !env["WILDIX_HOST"]) return undefined;
  const named = { ...options, ...defined({ pbx: options.pbx ?? wanted.pbx }) };
  const result = await placeCallHere(context, named, tester, wanted, idempotencyKey);
  return "wouldSend" in result ? result.wouldSend : undefined;
};

/** Refuses values with which every call would be refused. The body supplies the others. */
const checkValues = (values: NonNullable<Mapping["values"]>): void => {
  const phone = values.extension === undefined && values.agent === undefined ? { extension: "1" } : {};
  try {
    readCall({ ...phone, ...values, to: "1" });
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new UsageError(`\`--mapping\`: in values, ${error.message}`);
  }
};

/** Refuses a mapping that asks for what its key is not for. */
export const checkMappingFits = (
  { pointers, values = {} }: Mapping,
  pbxs: readonly string[] | "all",
  extensions: readonly string[] | "all",
): void => {
  checkValues(values);
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
