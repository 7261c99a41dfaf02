import { didYouMean } from "../../lib/did-you-mean.ts";
import { listedTags } from "../../lib/pbxs/pbx-list.ts";
import { checkPbxId } from "../../lib/pbxs/registry.ts";
import { cellOf, secretKeys, settingKeys } from "../../lib/pbxs/secret.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { isJsonObject, parseJson } from "../../lib/wms/json.ts";
import { readWrittenJson } from "../../lib/written-json.ts";
import { UsageError } from "../terminal/output.ts";
import { readInstant } from "../typed/times.ts";
import { type FileRow, type FileRows, reasonWithout } from "./rows.ts";

/** The columns of a table of PBXs. */
const columns: readonly string[] = [
  "pbx",
  ...secretKeys,
  ...listedTags.filter((tag) => tag !== "registered"),
  ...settingKeys.map((key) => `settings.${key}`),
];
/** What tables of other programs call a column. */
const others: Readonly<Record<string, string>> = {
  id: "pbx",
  secret: "secret_key",
  url: "host",
  zone: "timezone",
};

/** In any case, with blanks, hyphens, underscores or nothing between words. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");
const byName: ReadonlyMap<string, string> = new Map([
  ...Object.entries(others),
  ...columns.map((name) => [plain(name), name] as const),
]);

interface Line {
  readonly cells: readonly string[];
  readonly number: number;
}

/** `text` has a line feed at the end of each line. Throws UsageError that names the line, and nothing of it. */
const readLines = async (file: string, text: string, delimiter: string): Promise<Line[]> => {
  // loaded here, so that no other command waits for it
  const { parse, CsvError } = await import("csv-parse/sync");
  try {
    const records: unknown[] = parse(text, {
      delimiter,
      relax_column_count: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
    });
    return (records as { record: string[]; info: { lines: number } }[]).map(({ record: cells, info }) => ({
      cells,
      // a record's own number of lines is that of its last one
      number: info.lines - cells.join("").split("\n").length + 1,
    }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const at = typeof cause["lines"] === "number" ? cause["lines"] : 1;
    throw new UsageError(
      `\`${file}\` must be a table in CSV. A quote in line ${at}, or in a line before it, is missing or not doubled. Write a field that contains a quote as "a""b".`,
    );
  }
};

/** A first line `sep=;`, which gives Excel the delimiter. */
const excelLine = /^sep=(.)\n/i;

/** Rows of a table whose first line names the columns: CSV with commas, semicolons or tabs. Throws UsageError. */
export const csvRows = async (file: string, source: string, now: number): Promise<FileRows> => {
  const all = source.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
  const told = excelLine.exec(all)?.[1];
  const text = told === undefined ? all : all.replace(excelLine, "\n");
  const delimiter = told ?? (await likelyDelimiter(file, text));
  const [head, ...lines] = await readLines(file, text, delimiter);
  const names = readHead(file, head);
  if (lines.length === 0)
    throw new UsageError(`\`${file}\` must have a row for each PBX. It has only the names of the columns.`);
  const rows: FileRow[] = [];
  const refused: FileRows["refused"][number][] = [];
  for (const { cells, number: line } of lines) {
    const listed = Object.fromEntries(cells.map((cell, at) => [String(at), cell]));
    let pbx: string | undefined;
    try {
      pbx = idOf(names, cells);
      rows.push({ file, line, pbx, listed: listedOf(names, cells, now), whole: false });
    } catch (error) {
      if (!(error instanceof CodedError || error instanceof UsageError)) throw error;
      const id = pbx === undefined ? {} : { pbx };
      refused.push({ file, line, ...id, reason: reasonWithout(error.message, listed) });
    }
  }
  return { rows, refused };
};

/** The one by which the first line has most known columns. */
const likelyDelimiter = async (file: string, text: string): Promise<string> => {
  const [first = ""] = /^.*\S.*$/m.exec(text) ?? [];
  const known = async (delimiter: string): Promise<number> => {
    // quotes do not fit if it is not the delimiter
    const [head] = await readLines(file, first, delimiter).catch(() => []);
    return head?.cells.filter((cell) => byName.has(plain(cell))).length ?? 0;
  };
  let best = { delimiter: ",", known: await known(",") };
  for (const delimiter of [";", "\t"]) {
    const columnsBy = await known(delimiter);
    if (columnsBy > best.known) best = { delimiter, known: columnsBy };
  }
  return best.delimiter;
};

/** The names of the columns; undefined for one without a name. */
const readHead = (file: string, head: Line | undefined): (string | undefined)[] => {
  const names = (head?.cells ?? []).map((cell) =>
    cell === "" ? undefined : (byName.get(plain(cell)) ?? cell),
  );
  // a file without such a line has secrets where the names are expected
  if (!names.includes("pbx"))
    throw new UsageError(
      `\`${file}\` must have the names of the columns in its first line, one of them \`pbx\`. The others are ${columns.slice(1).join(", ")}.`,
    );
  const unknown = names.findIndex((name) => name !== undefined && !columns.includes(name));
  if (unknown >= 0) {
    const near = didYouMean(names[unknown] ?? "", columns);
    throw new UsageError(
      `\`${file}\` must have known columns only. Column ${unknown + 1} has an unknown name.${near === undefined ? " Remove it." : ` Did you mean ${near}?`}`,
    );
  }
  const twice = names.find((name, at) => name !== undefined && names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new UsageError(`\`${file}\` must have each column once. It has two columns \`${twice}\`.`);
  return names;
};

/** Long texts of letters and digits without a word. An id is shown in messages, and is a part of the secret's name. */
const isLikeSecret = (text: string): boolean =>
  /^(?:wsk-v1-|eyJ)/.test(text) || /^(?=\D*\d)(?=[^a-z]*[a-z])[a-z\d]{24,}$/i.test(text);

const idOf = (names: readonly (string | undefined)[], cells: readonly string[]): string => {
  const id = cells[names.indexOf("pbx")] ?? "";
  if (id === "") throw new UsageError("`pbx` must have the id of the PBX.");
  if (isLikeSecret(id))
    throw new UsageError("`pbx` must have the id of the PBX, not a secret. Check the order of the columns.");
  refuseSpoiled("pbx", [id]);
  return checkPbxId(id);
};

/** The keys of a row, as a file of PBXs has them. An empty cell gives nothing. */
const listedOf = (
  names: readonly (string | undefined)[],
  cells: readonly string[],
  now: number,
): Readonly<Record<string, unknown>> => {
  const extra = cells.findIndex((cell, at) => cell !== "" && names[at] === undefined);
  if (extra >= 0)
    throw new UsageError(
      `Column ${extra + 1} has no name in the first line. Quote a field that contains the delimiter.`,
    );
  if (cells.length < names.findLastIndex((name) => name !== undefined) + 1)
    throw new UsageError(
      `The row must have as many fields as the first line, ${names.length}. It has ${cells.length}.`,
    );
  if (cells.some((cell) => cell.includes("\uFFFD")))
    throw new UsageError("The row has characters that are not UTF-8. Save the file as CSV UTF-8.");
  const given = names.flatMap((name, at) => {
    const cell = cells[at] ?? "";
    return name === undefined || name === "pbx" || cell === ""
      ? []
      : [[name, readCell(name, cell, now)] as const];
  });
  const { settings, ...keys } = Object.fromEntries(given.filter(([name]) => !name.startsWith("settings.")));
  const single = given.flatMap(([name, value]) =>
    name.startsWith("settings.") ? [[name.slice("settings.".length), value]] : [],
  );
  const all = { ...(isJsonObject(settings) ? settings : {}), ...Object.fromEntries(single) };
  return Object.keys(all).length === 0 ? keys : { ...keys, settings: all };
};

/** What spreadsheets write in place of a value that was typed, and how to get the value back. */
const spoiled: readonly (readonly [RegExp, string])[] = [
  [
    /^-?\d(?:[.,]\d+)?E[+-]\d{2,3}$/i,
    "a number that the spreadsheet rounded. Format the column as text, and type the value again.",
  ],
  // also as a German or an Italian spreadsheet has it: #NV, #WERT!, #NOME?
  [
    /^#(?:\p{Lu}[\p{Lu}\d/]*[!?]|N\/[AD]|NV|#+)$/u,
    "an error of the spreadsheet. Correct the cell, and save the file again.",
  ],
  [/^=\s*"/, "a formula. Write only its value."],
];

const refuseSpoiled = (name: string, texts: readonly string[]): void => {
  const found = spoiled.find(([pattern]) => texts.some((text) => pattern.test(text)));
  if (found !== undefined) throw new UsageError(`\`${name}\` must not be ${found[1]}`);
};

const readCell = (name: string, cell: string, now: number): unknown => {
  refuseSpoiled(name, [cell, ...listIn(cell)]);
  if (name === "expires_at")
    return new Date(readInstant(cell, name, now)).toISOString().replace(".000Z", "Z");
  if (name === "export") {
    const word = cell.toLowerCase();
    if (word === "on" || word === "off") return word;
    throw new UsageError("`export` must be on or off.");
  }
  if (name === "webhook_secrets") return listIn(cell);
  if (name === "sqs_signing_key") {
    const keys = listIn(cell);
    return keys.length === 1 ? keys[0] : keys;
  }
  if (name === "settings") return jsonIn(name, cell, isJsonObject);
  if (!name.startsWith("settings.")) return cell;
  switch (cellOf(name.slice("settings.".length))) {
    case "text":
      return cell;
    case "list":
      return cell.startsWith("[") ? jsonIn(name, cell, Array.isArray) : listIn(cell);
    case "scalar":
      return scalarIn(cell);
    case "json":
      return jsonIn(name, cell, () => true);
  }
};

const listIn = (cell: string): string[] =>
  cell
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");

/** A number or a switch. Other text is refused with the rule of its setting, when the whole PBX is checked. */
const scalarIn = (cell: string): unknown => {
  try {
    // spreadsheets write TRUE and FALSE
    return parseJson(cell.toLowerCase());
  } catch {
    return cell;
  }
};

const jsonIn = (name: string, cell: string, fits: (value: unknown) => boolean): unknown => {
  const wrong = (): UsageError =>
    new UsageError(
      `\`${name}\` must be JSON with each field once${name === "settings" ? ', an object such as {"country":"IT"}' : ""}.`,
    );
  const value = readWrittenJson(cell, wrong);
  if (fits(value)) return value;
  throw wrong();
};
