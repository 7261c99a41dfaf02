import { scopes as allScopes, type Caller, type Scope } from "../../lib/callers/caller.ts";
import { type Mapping, mapCall, readMapping } from "../../lib/callers/mapping.ts";
import { readCallKey } from "../../lib/calls/dial/call-key.ts";
import { readCall } from "../../lib/calls/dial/dial.ts";
import { defined } from "../../lib/defined.ts";
import { sentAs } from "../../lib/http/sent-as.ts";
import { pbxFileOf } from "../../lib/local/ports.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import type { Context } from "../context/context.ts";
import { type PlaceOptions, placeCallHere } from "../context/place-call.ts";
import { readJson, type TypedJson } from "../context/typed-json.ts";
import { paint, UsageError } from "../terminal/output.ts";
import { type Source, withSource } from "../typed/sources.ts";

export interface MappingTestOptions extends PlaceOptions {
  readonly mapping: string;
  readonly body: string;
}

/** May do all that a mapping can ask for; the PBX's own settings still decide. */
const tester: Caller = { id: "mapping-test", scopes: new Set(allScopes), pbxs: "all", extensions: "all" };

interface TypedMapping {
  readonly value: Mapping;
  readonly source: Source;
}

/** The mapping of `--mapping`. Errors name its fields. */
export const readTypedMapping = async (context: Context, typed: string): Promise<TypedMapping> => {
  const json = await readJson(context, "--mapping", typed);
  const source = json.source("mapping");
  return { value: await withSource(source, () => readMapping(json.value)), source };
};

/** `wildix mapping test`: the call that a CRM's body asks for. Sends nothing. */
export const testMappingCommand = async (context: Context, options: MappingTestOptions): Promise<number> => {
  const mapping = await readTypedMapping(context, options.mapping);
  const crm = await readJson(context, "--body", options.body);
  const { body, idempotencyKey } = mapCall(mapping.value, crm.value);
  const dialled = await withSource(callSource(mapping, crm, options), () => {
    const wanted = readCall({ ...body, dry_run: true });
    if (idempotencyKey !== undefined) readCallKey(idempotencyKey);
    return dryRun(context, options, wanted, idempotencyKey);
  });
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

/** Where each value of a mapped call came from: the CRM's body, the mapping, or `--pbx`. */
const callSource =
  (mapping: TypedMapping, crm: TypedJson, { pbx }: MappingTestOptions): Source =>
  (field) => {
    if (field === "pbx" && pbx !== undefined) return undefined;
    const name = sentAs(field, { body: {}, mapping: mapping.value, hasIdempotencyKey: false });
    if (name.startsWith("/")) return { name, place: crm.place };
    const [value = ""] = field.split(".");
    return Object.hasOwn(mapping.value.values ?? {}, value) ? mapping.source(name) : undefined;
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
  return placeCallHere(context, named, tester, wanted, idempotencyKey, (result) =>
    "wouldSend" in result ? result.wouldSend : undefined,
  );
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
  scopes: readonly Scope[],
  pbxs: readonly string[] | "all",
  extensions: readonly string[] | "all",
): void => {
  if (!scopes.includes("calls:create"))
    throw new UsageError(
      `\`--mapping\` must be used with \`--scope calls:create\`; got ${scopes.join(", ")}. Add the scope, or leave out the mapping.`,
    );
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
