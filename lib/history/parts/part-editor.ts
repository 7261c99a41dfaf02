import { gunzipSync } from "node:zlib";
import type { FormatName } from "../../format-names.ts";
import type { ExportStore } from "../../store/store.ts";
import { formatLocal } from "../../wms/local-time.ts";
import type { FieldDoc } from "../rows/field-doc.ts";
import { jsonText } from "../rows/json-text.ts";
import { type CsvSeparator, csvLine, csvRecords, csvSeparators } from "./csv.ts";
import { EncodedPart } from "./encoded-part.ts";
import { othersOf, partFormats, plainEncoder } from "./formats.ts";
import { GzipPart } from "./gzip-part.ts";
import { otherColumn } from "./parquet.ts";
import { readLines, readParquet } from "./part-reader.ts";
import type { OpenPart } from "./parts.ts";
import type { RowShape } from "./row-shape.ts";

type Row = Readonly<Record<string, unknown>>;

/** A row of a part that is edited. */
interface EditedRow<Kept> {
  /** All fields of the row. */
  readonly row: Row;
  /** The row as in the part. */
  readonly kept: Kept;
}

/** A part whose rows are written again, some of them changed. A row that is kept keeps its bytes. */
export interface PartEditor<Kept> {
  readonly rows: AsyncIterable<EditedRow<Kept>> | Iterable<EditedRow<Kept>>;
  /** A changed row in the form of the part. */
  readonly encode: (row: Row) => Kept;
  /** Begins the part that replaces it. */
  readonly open: (store: ExportStore, key: string) => OpenPart<Kept>;
}

/** Acts on the editor of a part. Parts of Parquet and CSV are in memory. */
export const editPart = <T>(
  format: FormatName,
  fields: Readonly<Record<string, FieldDoc>>,
  bytes: AsyncIterable<Uint8Array>,
  act: <Kept>(editor: PartEditor<Kept>) => Promise<T>,
): Promise<T> => {
  switch (format) {
    case "ndjson":
      return act(editLines(bytes));
    case "parquet":
      return editParquet(fields, bytes).then(act);
    case "csv":
    case "csv-plain":
      return editCsv(format, fields, bytes).then(act);
  }
};

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<EditedRow<string>> {
  for await (const { row, text } of readLines(bytes)) yield { row, kept: text };
}

const editLines = (bytes: AsyncIterable<Uint8Array>): PartEditor<string> => ({
  rows: linesOf(bytes),
  encode: jsonText,
  open: (store, key) => new GzipPart(store, key, (line: string) => [line, "\n"]),
});

const editParquet = async (
  fields: Readonly<Record<string, FieldDoc>>,
  bytes: AsyncIterable<Uint8Array>,
): Promise<PartEditor<Row>> => {
  const rows = (await Array.fromAsync(readParquet(bytes))).map(({ row }) => row);
  const columns = Object.keys(rows[0] ?? {});
  const hasOthers = columns.includes(otherColumn);
  const shape: RowShape<Row> = {
    name: hasOthers ? "leg" : "call",
    fields,
    hasOthers,
    toObject: (row) => row,
    toLine: (row) => [jsonText(row)],
  };
  return {
    rows: rows.map((read) => {
      const row = fromParquet(read, fields);
      return { row, kept: row };
    }),
    encode: (row) => row,
    open: (store, key) => partFormats.parquet.open(shape, store, key, columns),
  };
};

/** A row of Parquet before it was written. */
const fromParquet = (row: Row, fields: Readonly<Record<string, FieldDoc>>): Row => {
  const { [otherColumn]: others, ...named } = row;
  const values = Object.entries(named).map(([name, value]) => {
    const type = fields[name]?.type;
    if (value instanceof Date)
      return [name, type === "local" ? formatLocal(value.getTime() / 1000) : value.toISOString()];
    return [name, type === "json" && typeof value === "string" ? JSON.parse(value) : value];
  });
  return { ...Object.fromEntries(values), ...(typeof others === "string" ? JSON.parse(others) : {}) };
};

const editCsv = async (
  format: "csv" | "csv-plain",
  fields: Readonly<Record<string, FieldDoc>>,
  bytes: AsyncIterable<Uint8Array>,
): Promise<PartEditor<string>> => {
  const file = Buffer.concat(await Array.fromAsync(bytes));
  const text = (format === "csv" ? gunzipSync(file) : file).toString("utf8");
  const bom = text.startsWith("\ufeff") ? "\ufeff" : "";
  const separator = separatorOf(text);
  const [heading, ...records] = csvRecords(text.slice(bom.length), separator);
  const names = heading?.cells ?? [];
  const head = `${bom}${heading?.raw ?? ""}`;
  const known = new Set(names);
  const encode = (row: Row): string =>
    csvLine(
      names.map((name) => (name === otherColumn ? othersOf(row, known) : row[name])),
      separator,
    );
  return {
    rows: records.map(({ raw, cells }) => ({ row: fromCsv(names, cells, fields), kept: raw })),
    encode,
    open: (store, key) =>
      format === "csv"
        ? new GzipPart(store, key, (line: string) => [line], head)
        : new EncodedPart(store, key, plainEncoder({ head, toText: (line: string) => line })),
  };
};

/** The separator of the heading, whose names have none of these characters. */
const separatorOf = (text: string): CsvSeparator => {
  const [heading = ""] = text.split("\r\n", 1);
  return csvSeparators.find((separator) => heading.includes(separator)) ?? ",";
};

const fromCsv = (
  names: readonly string[],
  cells: readonly string[],
  fields: Readonly<Record<string, FieldDoc>>,
): Row => {
  const row: Record<string, unknown> = {};
  let others: unknown;
  for (const [at, name] of names.entries()) {
    const cell = cells[at] ?? "";
    if (name === otherColumn) others = nested(cell);
    else row[name] = fields[name]?.type === "json" ? nested(cell) : cell;
  }
  return typeof others === "object" ? { ...row, ...others } : row;
};

/** The value of a cell with JSON. */
const nested = (cell: string): unknown => {
  try {
    return cell === "" ? null : JSON.parse(cell);
  } catch {
    return cell;
  }
};
