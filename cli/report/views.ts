import type { FormatName } from "../../lib/format-names.ts";
import type { FieldDoc } from "../../lib/history/rows/field-doc.ts";

export type Fields = Readonly<Record<string, FieldDoc>>;

/** Types of DuckDB. Times are without a zone: `…_utc` in UTC, the others on the PBX's wall clock. */
const types = {
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

/** A text in SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The rows of files as DuckDB reads them, with the column `filename`. `files` is SQL of a list. */
export const readerOf = (format: FormatName, fields: Fields, files: string): string => {
  switch (format) {
    case "ndjson": {
      const columns = Object.keys(fields).map((name) => `"${name}": 'VARCHAR'`);
      return `read_json(${files}, format = 'newline_delimited', filename = true, hive_partitioning = false, columns = {${columns.join(", ")}})`;
    }
    case "parquet":
      return `read_parquet(${files}, filename = true, union_by_name = true, hive_partitioning = false)`;
    case "csv":
    case "csv-plain":
      return `read_csv(${files}, filename = true, union_by_name = true, hive_partitioning = false, header = true, all_varchar = true)`;
  }
};

/** The columns of `fields` from a reader's rows. `available` are the columns that the files have. */
export const columnsOf = (
  fields: Fields,
  available: (name: string) => boolean,
  protectedText: boolean,
): string[] =>
  Object.entries(fields).map((entry) => {
    const [name] = entry;
    if (!available(name)) return column(entry, "NULL");
    // CSV has an apostrophe before texts that a spreadsheet would run as a formula
    return column(entry, protectedText ? `regexp_replace("${name}", '^''([-+=@])', '\\1')` : `"${name}"`);
  });

/** Whether the text is a number: a hidden number is a word or empty. */
const numberOf = (side: "caller" | "called"): string =>
  `coalesce(${side}_e164, CASE WHEN regexp_matches(${side}, '[0-9]') THEN ${side} END) AS ${side}_number`;

/** Columns that the questions use beside the fields of a call. docs/athena.md has the same for Athena. */
export const derivedColumns = [
  "coalesce(direction = 'inbound' AND outcome IN ('abandoned', 'no_answer', 'busy', 'failed'), false) AS missed",
  numberOf("caller"),
  numberOf("called"),
];
