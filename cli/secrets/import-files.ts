import { refuseBeside, unusable } from "../../lib/pbxs/pbx-list.ts";
import { readTextFile } from "../../lib/text-file.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import { readWrittenJson } from "../../lib/written-json.ts";
import type { Context } from "../context/context.ts";
import { fileName } from "../context/typed-json.ts";
import { applicationRows, applicationsIn } from "./application-rows.ts";
import { csvRows } from "./csv-rows.ts";
import { arrayRows, isEntry, isPbxArray, jsonRows } from "./json-rows.ts";
import type { FileRows, RefusedRow } from "./rows.ts";

/** The rows of files of PBXs, in their order. `appName` names one of several applications. Throws REGISTRY_UNAVAILABLE or UsageError if a file cannot be read as a whole. */
export const readFiles = async (
  context: Context,
  files: readonly string[],
  appName: string | undefined,
): Promise<FileRows> => {
  const read: FileRows[] = [];
  for (const file of files) read.push(await readOne(context, file, appName));
  return withoutTwice({
    rows: read.flatMap(({ rows }) => rows),
    refused: read.flatMap(({ refused }) => refused),
  });
};

/** The first characters of .xlsx and .ods, and of .xls, read as UTF-8. */
const workbook = /^(?:PK\u0003\u0004|\uFFFD\uFFFD\u0011)/;

const readOne = async (context: Context, path: string, appName: string | undefined): Promise<FileRows> => {
  const file = fileName(path);
  const text = path === "-" ? await context.stdin() : await readText(path);
  if (workbook.test(text))
    throw unusable(file, 'must be CSV or JSON, not a workbook. In the spreadsheet, save it as "CSV UTF-8".');
  if (text.includes("\u0000"))
    throw unusable(file, "must be UTF-8, or UTF-16 with a byte order mark. Save the file as UTF-8.");
  if (!/^\uFEFF?\s*[[{]/.test(text) && !/\.json$/i.test(path))
    return csvRows(file, text, context.clock.now());
  const value = readWrittenJson(text, (why) => unusable(file, why), isEntry);
  const pbxs = isJsonObject(value) ? value["pbxs"] : undefined;
  if (isJsonObject(value) && isJsonObject(pbxs)) {
    refuseBeside(file, value);
    return jsonRows(file, text, { pbxs });
  }
  const list = Array.isArray(pbxs) ? pbxs : value;
  if (isPbxArray(list)) return arrayRows(file, text, list);
  const applications = applicationsIn(value);
  if (applications !== undefined) return applicationRows(file, applications, appName);
  throw unusable(
    file,
    'must have an object "pbxs" or an array of PBXs, or be a list of S2S applications from WMS, or a table in CSV.',
  );
};

const readText = async (path: string): Promise<string> => {
  try {
    return await readTextFile(path);
  } catch (cause) {
    throw unusable(path, "cannot be read. Check the path and the permissions of this user.", cause);
  }
};

/** A PBX can be in one row only: it is not known which of two is meant. */
const withoutTwice = ({ rows, refused }: FileRows): FileRows => {
  const first = new Map<string, string>();
  const twice: RefusedRow[] = [];
  const single = rows.filter(({ pbx, file, line }) => {
    const known = first.get(pbx);
    if (known === undefined) {
      first.set(pbx, `line ${line} of ${file}`);
      return true;
    }
    twice.push({ file, line, pbx, reason: `The PBX is in ${known} too. Keep one of the two.` });
    return false;
  });
  return { rows: single, refused: [...refused, ...twice] };
};
