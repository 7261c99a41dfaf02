import { readPbxList } from "../../lib/pbxs/pbx-list.ts";
import { checkPbxId } from "../../lib/pbxs/registry.ts";
import { authFields } from "../../lib/wms/auth-kinds.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import { type JsonPath, visitJson } from "../../lib/written-json.ts";
import { isApplication } from "./application-rows.ts";
import { type FileRow, type FileRows, type RefusedRow, reasonWithout } from "./rows.ts";

/** Whether a path leads to a PBX in an object of PBXs. One that is there twice is refused as a row. */
export const isEntry = (path: JsonPath): boolean => path.length === 2 && path[0] === "pbxs";

/** The lines in which values begin, with the last steps of their paths. A parser gives neither lines nor repeated fields. */
const linesOf = (json: string, isMeant: (path: JsonPath) => boolean) => {
  const found: { readonly key: string; readonly line: number }[] = [];
  visitJson(json, (path, line) => {
    if (isMeant(path)) found.push({ key: path.at(-1) ?? "", line });
  });
  return found;
};

/** The PBXs of a file of PBXs, which is JSON. `value` is its parsed text. */
export const jsonRows = (file: string, text: string, value: { readonly pbxs: object }): FileRows => {
  const rows: FileRow[] = [];
  const refused: RefusedRow[] = [];
  for (const { key, line } of linesOf(text, isEntry)) {
    const row = rowOf(file, line, key, Reflect.get(value.pbxs, key));
    if ("reason" in row) refused.push(row);
    else rows.push(row);
  }
  return { rows, refused };
};

const rowOf = (file: string, line: number, key: string, entry: unknown): FileRow | RefusedRow => {
  try {
    const pbx = checkPbxId(key);
    const { [pbx]: listed = {} } = readPbxList(file, JSON.stringify({ pbxs: { [pbx]: entry } }));
    return { file, line, pbx, listed, whole: true };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const id = error.code === "PBX_UNKNOWN" ? {} : { pbx: key };
    return { file, line, ...id, reason: reasonWithout(error.message, { entry }) };
  }
};

type JsonObject = Readonly<Record<string, unknown>>;

/** An entry without `pbx` is a PBX too, if it has a host: an application has an id and a name, and no host beside credentials. */
const isPbx = (entry: JsonObject): boolean =>
  "pbx" in entry ||
  ("host" in entry && (authFields.some((field) => field in entry) || !isApplication(entry)));

/** An array of PBXs, not a list of S2S applications from WMS. */
export const isPbxArray = (value: unknown): value is readonly JsonObject[] =>
  Array.isArray(value) && value.length > 0 && value.every(isJsonObject) && value.some(isPbx);

/** The PBXs of an array, each with its id as `pbx` or `id`. `text` is the JSON text with the array. */
export const arrayRows = (file: string, text: string, entries: readonly JsonObject[]): FileRows => {
  const isArray = /^\uFEFF?\s*\[/.test(text);
  const lines = linesOf(text, isArray ? (path) => path.length === 1 : isEntry);
  const rows: FileRow[] = [];
  const refused: RefusedRow[] = [];
  for (const [at, { id, pbx = id, ...entry }] of entries.entries()) {
    const { line = 1 } = lines[at] ?? {};
    const row =
      typeof pbx === "string"
        ? rowOf(file, line, pbx, entry)
        : { file, line, reason: "`pbx` must have the id of the PBX, as text." };
    if ("reason" in row) refused.push(row);
    else rows.push(row);
  }
  return { rows, refused };
};
