import { readPbxList } from "../../lib/pbxs/pbx-list.ts";
import { checkPbxId } from "../../lib/pbxs/registry.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { type FileRow, type FileRows, type RefusedRow, reasonWithout } from "./rows.ts";

interface Entry {
  readonly key: string;
  readonly line: number;
}

const textToken = /"(?:[^"\\]|\\[\s\S])*"/y;

/** The keys directly inside the object `pbxs` of a JSON text, with their lines. A parser keeps only the last of two that are equal. */
const entriesOf = (json: string): Entry[] => {
  const entries: Entry[] = [];
  let [depth, line, top] = [0, 1, ""];
  for (let at = 0; at < json.length; at++) {
    const sign = json[at];
    if (sign === "\n") line++;
    else if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    else if (sign === '"') {
      textToken.lastIndex = at;
      const token = textToken.exec(json)?.[0] ?? '"';
      at += token.length - 1;
      if (depth > 2 || !/^\s*:/.test(json.slice(at + 1, at + 100))) continue;
      const key: string = JSON.parse(token);
      if (depth === 1) top = key;
      else if (depth === 2 && top === "pbxs") entries.push({ key, line });
    }
  }
  return entries;
};

/** The PBXs of a file of PBXs, which is JSON. `value` is its parsed text. */
export const jsonRows = (file: string, text: string, value: { readonly pbxs: object }): FileRows => {
  const rows: FileRow[] = [];
  const refused: RefusedRow[] = [];
  for (const { key, line } of entriesOf(text)) {
    const entry: unknown = Reflect.get(value.pbxs, key);
    try {
      const pbx = checkPbxId(key);
      const { [pbx]: listed = {} } = readPbxList(file, JSON.stringify({ pbxs: { [pbx]: entry } }));
      rows.push({ file, line, pbx, listed, whole: true });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const id = error.code === "PBX_UNKNOWN" ? {} : { pbx: key };
      refused.push({ file, line, ...id, reason: reasonWithout(error.message, { entry }) });
    }
  }
  return { rows, refused };
};
