import type { FormatName } from "../../lib/format-names.ts";
import type { FieldDoc } from "../../lib/history/rows/field-doc.ts";

export type Fields = Readonly<Record<string, FieldDoc>>;

/** Types of DuckDB. Times are without a zone: `…_utc` in UTC, the others on the PBX's wall clock. */
export const types = {
  text: "VARCHAR",
  json: "VARCHAR",
  time: "TIMESTAMP",
  local: "TIMESTAMP",
  integer: "INTEGER",
  flag: "BOOLEAN",
} as const satisfies Record<FieldDoc["type"], string>;

/** A field with the type of its column. Values of another type become null. */
const column = ([name, { type }]: readonly [string, FieldDoc], source: string): string =>
  `TRY_CAST(${source} AS ${types[type]}) AS "${name}"`;

/** A string in SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How files are compressed. `auto`: DuckDB looks at their names, of which it reads no more than up to a question mark. */
type Compression = "auto" | "gzip" | "none";

/**
 * The rows of files as DuckDB reads them, with the column `filename`. `files` is SQL of a list. Of CSV it finds only the separator
 * itself: from the first rows, it would take an apostrophe for a quote, and lines with `#` for comments.
 */
export const readerOf = (
  format: FormatName,
  fields: Fields,
  files: string,
  compression: Compression = "auto",
): string => {
  const named = compression === "auto" ? "" : `compression = '${compression}', `;
  switch (format) {
    case "ndjson": {
      const columns = Object.keys(fields).map((name) => `"${name}": 'VARCHAR'`);
      return `read_json(${files}, ${named}format = 'newline_delimited', filename = true, hive_partitioning = false, columns = {${columns.join(", ")}})`;
    }
    case "parquet":
      return `read_parquet(${files}, filename = true, union_by_name = true, hive_partitioning = false)`;
    case "csv":
    case "csv-plain":
      return `read_csv(${files}, ${named}filename = true, union_by_name = true, hive_partitioning = false, header = true, all_varchar = true, quote = '"', escape = '"', comment = '')`;
  }
};

const isText = ({ type }: FieldDoc): boolean => types[type] === "VARCHAR";

/** The end of a cell with its apostrophe, and what is skipped before a formula: the white space of JavaScript. */
const mark = `([,;\\t\\r\\n])''(["\\s\\v\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}]*)`;
/** Up to four behind each other: DuckDB has nine groups. */
const marks = `${mark}${`(?:${mark})?`.repeat(3)}([-=+@＝＠＋－])`;
const withoutMarks = (cell: string): string =>
  `regexp_replace(${cell}, '${marks}', '\\1\\2\\3\\4\\5\\6\\7\\8\\9', 'g')`;

/**
 * A macro for the texts of CSV. They have an apostrophe before a string that a spreadsheet would run as a formula, and after
 * characters that separate cells: see lib/history/parts/csv.ts. It removes up to eight before one formula.
 */
export const csvTextMacro = `CREATE OR REPLACE TEMP MACRO csv_text(cell) AS
CASE WHEN contains(cell, '''')
THEN ${withoutMarks(withoutMarks("regexp_replace(cell, '^''([-=+@＝＠＋－\\t\\r\\n])', '\\1')"))}
ELSE cell END`;

/** The columns of `fields` from a reader's rows. `available` are the columns that the files have. */
export const columnsOf = (
  fields: Fields,
  available: (name: string) => boolean,
  protectedText: boolean,
): string[] =>
  Object.entries(fields).map((entry) => {
    const [name] = entry;
    if (!available(name)) return column(entry, "NULL");
    return column(entry, protectedText && isText(entry[1]) ? `csv_text("${name}")` : `"${name}"`);
  });

/** Null if the number is hidden, by the rule of `isHidden`. */
const numberOf = (side: "caller" | "called"): string =>
  `coalesce(${side}_e164, CASE WHEN regexp_matches(${side}, '[1-9]') AND ${side} NOT LIKE '-%' THEN ${side} END) AS ${side}_number`;

/** Columns that the questions use beside the fields of a call. docs/athena.md has the same for Athena. */
export const derivedColumns = [
  "coalesce(direction = 'inbound' AND outcome IN ('abandoned', 'no_answer', 'busy', 'failed'), false) AS missed",
  numberOf("caller"),
  numberOf("called"),
];
