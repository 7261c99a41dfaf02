import { ProductError } from "../errors.ts";
import { isJsonObject } from "../wms/json.ts";
import { readWrittenJson } from "../written-json.ts";
import { isPbxId, type PbxEntry, shownId } from "./registry.ts";
import { refuseUnknown, secretKeys } from "./secret.ts";

/** A PBX of a list: the keys of its secret, and what a separate secret has as tags. */
export type ListedPbx = Readonly<Record<string, unknown>>;

/** PBXs by id. */
export type PbxList = Readonly<Record<string, ListedPbx>>;

/** What a separate secret has as tags `wildix:…`, or as its date. */
export const listedTags = ["timezone", "export", "customer", "registered"] as const;

/**
 * Reads the JSON text of several PBXs: `{"pbxs": {"<id>": {…the secret's keys…, "timezone": "Europe/Rome", "export": "off"}}}`. A
 * laptop's file has this form, and a secret that holds several PBXs. Throws REGISTRY_UNAVAILABLE that names `source`, and no value.
 */
export const readPbxList = (source: string, text: string): PbxList => {
  const value = readWrittenJson(text, (why) => unusable(source, why));
  const pbxs = isJsonObject(value) ? value["pbxs"] : undefined;
  if (!isJsonObject(value) || !isJsonObject(pbxs)) throw unusable(source, 'must have an object "pbxs".');
  refuseBeside(source, value);
  const misnamed = Object.keys(pbxs).find((id) => !isPbxId(id));
  if (misnamed !== undefined)
    throw unusable(
      source,
      `must have ids of 1 to 63 letters, digits, dots, underscores or hyphens that begin with a letter or digit; got "${shownId(misnamed)}". Rename the PBX.`,
    );
  const wrong = Object.entries(pbxs).find(([, entry]) => !isJsonObject(entry));
  if (wrong !== undefined) throw unusable(source, `must have an object for the PBX "${wrong[0]}".`);
  const unclear = Object.entries(pbxs as PbxList).find(([, entry]) => !isSwitch(entry["export"]));
  if (unclear !== undefined)
    throw unusable(source, `must have "on" or "off" as \`export\` of the PBX "${unclear[0]}".`);
  const zoneless = Object.entries(pbxs as PbxList).find(
    ([, { timezone }]) => timezone !== undefined && typeof timezone !== "string",
  );
  if (zoneless !== undefined)
    throw unusable(
      source,
      `must have a string as \`timezone\` of the PBX "${zoneless[0]}", for example Europe/Rome.`,
    );
  const nameless = Object.entries(pbxs as PbxList).find(
    ([, { customer }]) => customer !== undefined && typeof customer !== "string",
  );
  if (nameless !== undefined)
    throw unusable(source, `must have a string as \`customer\` of the PBX "${nameless[0]}".`);
  return pbxs as PbxList;
};

/** A field beside `pbxs` has no effect, for example settings that were meant for every PBX. Throws REGISTRY_UNAVAILABLE. */
export const refuseBeside = (source: string, list: Readonly<Record<string, unknown>>): void => {
  const beside = Object.keys(list).find((name) => name !== "pbxs");
  if (beside !== undefined)
    throw unusable(source, `must have only "pbxs"; got "${beside}". Move it into a PBX, or remove it.`);
};

/** Any other word would export a PBX whose owner meant the opposite. */
const isSwitch = (value: unknown): boolean => value === undefined || value === "on" || value === "off";

/** REGISTRY_UNAVAILABLE for a list that cannot be used. */
export const unusable = (source: string, detail: string, cause?: unknown): ProductError =>
  new ProductError("REGISTRY_UNAVAILABLE", { field: source, detail: `\`${source}\` ${detail}`, cause });

export const listedPbx = (list: PbxList, id: string): ListedPbx | undefined =>
  Object.hasOwn(list, id) ? list[id] : undefined;

/** The JSON text of the secret of a PBX in a list. Throws PBX_SECRET_INVALID if it has a field that a list does not know. */
export const listedSecretText = (pbx: string, listed: ListedPbx): string => {
  const known = [...secretKeys, ...listedTags];
  const unknown = Object.keys(listed).find((key) => !known.includes(key));
  return unknown === undefined ? secretTextOf(listed) : refuseUnknown(pbx, [], unknown, listedTags);
};

/** What a registry says of a PBX. */
export const entryOf = (id: string, listed: ListedPbx): PbxEntry => {
  const { timezone: zone, registered, customer } = listed;
  const timezone = typeof zone === "string" && zone !== "" ? zone : undefined;
  const at = typeof registered === "string" ? Date.parse(registered) : Number.NaN;
  return {
    id,
    timezone,
    exported: timezone !== undefined && listed["export"] !== "off",
    registeredAt: Number.isNaN(at) ? undefined : at,
    ...(typeof customer === "string" && customer !== "" ? { customer } : {}),
  };
};

/** The JSON text of the PBX's secret: its keys without those that a separate secret has as tags. */
export const secretTextOf = (listed: ListedPbx): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(listed).filter(([key]) => !(listedTags as readonly string[]).includes(key)),
    ),
  );

/** A secret has at most 65,536 bytes. The rest is room for later changes of its PBXs. */
export const mostListBytes = 60_000;

const bytesOf = (list: PbxList): number => Buffer.byteLength(JSON.stringify({ pbxs: list }));

/**
 * The lists with other PBXs in them. A PBX that a list has stays in that list; a new one goes into the first list with room. Only
 * the last lists of the result can be new.
 */
export const intoLists = (lists: readonly PbxList[], changes: PbxList, most = mostListBytes): PbxList[] => {
  const result: Record<string, ListedPbx>[] = lists.map((list) => ({ ...list }));
  const sizes = result.map(bytesOf);
  for (const [id, listed] of Object.entries(changes)) {
    const bytes = bytesOf({ [id]: listed });
    const known = result.findIndex((list) => Object.hasOwn(list, id));
    const roomy = sizes.findIndex((size) => size + bytes <= most);
    const at = known >= 0 ? known : roomy >= 0 ? roomy : result.length;
    result[at] = { ...result[at], [id]: listed };
    sizes[at] = bytesOf(result[at]);
  }
  return result;
};
