import { readPbxList } from "../../lib/pbxs/pbx-list.ts";
import { checkPbxId } from "../../lib/pbxs/registry.ts";
import { authFields } from "../../lib/wms/auth-kinds.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import { type FileRow, type FileRows, type RefusedRow, reasonWithout } from "./rows.ts";

interface Entry {
  readonly key: string;
  readonly line: number;
}

const textToken = /"(?:[^"\\]|\\[\s\S])*"/y;

interface Token {
  /** Undefined for the start of an object. */
  readonly key: string | undefined;
  /** Objects and arrays around it. */
  readonly depth: number;
  readonly line: number;
}

/** The keys of a JSON text, and where objects begin, in their order. A parser keeps only the last of two equal keys, and no lines. */
function* tokensOf(json: string): Generator<Token> {
  let [depth, line] = [0, 1];
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === "\n") line++;
    else if (sign === "{" || sign === "[") {
      if (sign === "{") yield { key: undefined, depth, line };
      depth++;
    } else if (sign === "}" || sign === "]") depth--;
    else if (sign === '"') {
      textToken.lastIndex = at;
      const token = textToken.exec(json)?.[0] ?? '"';
      at += token.length - 1;
      if (/^\s*:/.test(json.slice(at + 1, at + 100))) yield { key: JSON.parse(token), depth, line };
    }
  }
}

/** The keys directly inside the object `pbxs` of a JSON text, with their lines. */
const entriesOf = (json: string): Entry[] => {
  const entries: Entry[] = [];
  let top: string | undefined;
  for (const { key, depth, line } of tokensOf(json)) {
    if (key === undefined) continue;
    if (depth === 1) top = key;
    else if (depth === 2 && top === "pbxs") entries.push({ key, line });
  }
  return entries;
};

/** The lines in which the objects of an array begin: of the array that the text is, or of the array `pbxs` in it. */
const elementLinesOf = (json: string): number[] => {
  const lines: number[] = [];
  let top: string | undefined;
  for (const { key, depth, line } of tokensOf(json)) {
    if (key !== undefined && depth === 1) top = key;
    if (key === undefined && (top === undefined ? depth === 1 : depth === 2 && top === "pbxs"))
      lines.push(line);
  }
  return lines;
};

/** The PBXs of a file of PBXs, which is JSON. `value` is its parsed text. */
export const jsonRows = (file: string, text: string, value: { readonly pbxs: object }): FileRows => {
  const rows: FileRow[] = [];
  const refused: RefusedRow[] = [];
  for (const { key, line } of entriesOf(text)) {
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

/** An array of PBXs, not a list of S2S applications from WMS, which has no `pbx` and no host beside credentials. */
export const isPbxArray = (value: unknown): value is readonly JsonObject[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(isJsonObject) &&
  value.some((entry) => "pbx" in entry || ("host" in entry && authFields.some((field) => field in entry)));

/** The PBXs of an array, each with its id as `pbx` or `id`. `text` is the JSON text with the array. */
export const arrayRows = (file: string, text: string, entries: readonly JsonObject[]): FileRows => {
  const lines = elementLinesOf(text);
  const rows: FileRow[] = [];
  const refused: RefusedRow[] = [];
  for (const [at, { id, pbx = id, ...entry }] of entries.entries()) {
    const line = lines[at] ?? 1;
    const row =
      typeof pbx === "string"
        ? rowOf(file, line, pbx, entry)
        : { file, line, reason: "`pbx` must have the id of the PBX, as text." };
    if ("reason" in row) refused.push(row);
    else rows.push(row);
  }
  return { rows, refused };
};
