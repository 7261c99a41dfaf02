import type { FormatName } from "../../format-names.ts";
import { software } from "../../software.ts";
import type { ExportStore } from "../../store/store.ts";
import { recordFields } from "../rows/call-record.ts";
import { jsonText } from "../rows/json-text.ts";
import { type ExportRow, toLine, toObject } from "../rows/rows.ts";
import { csvLine } from "./csv.ts";
import { GzipPart } from "./gzip-part.ts";
import { otherColumn } from "./parquet.ts";
import { ParquetPart } from "./parquet-part.ts";
import {
  csvCounter,
  lineCounter,
  parquetCounter,
  type ReadRow,
  type RowCounter,
  readLines,
  readParquet,
} from "./part-reader.ts";
import type { OpenPart } from "./parts.ts";

/** The columns that rows keep; undefined: all, those that nobody knows included. */
type Columns = readonly string[] | undefined;

/** What an export format does; lib/format-names.ts has its name. */
export interface PartFormat {
  /** Begins a part. */
  open(store: ExportStore, key: string, columns: Columns): OpenPart;
  /** Counts the rows of a part as its bytes come. */
  count(): RowCounter;
  /** The rows of a part, in order. Absent if they cannot be told apart well enough to compare two exports. */
  readonly read?: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<ReadRow>;
}

export const partFormats: Readonly<Record<FormatName, PartFormat>> = {
  ndjson: {
    open: (store, key, columns) =>
      new GzipPart(
        store,
        key,
        columns === undefined ? toLine : (row) => `${jsonText(toObject(row, columns))}\n`,
      ),
    count: lineCounter,
    read: readLines,
  },
  parquet: {
    open: (store, key, columns) => new ParquetPart(store, key, fieldsOf(columns), columns, software),
    count: parquetCounter,
    read: readParquet,
  },
  csv: {
    open: (store, key, columns) => {
      const names = new Set(Object.keys(fieldsOf(columns)));
      const head = csvLine([...names, otherColumn]);
      return new GzipPart(store, key, (row) => csvRow(row, names, columns), head);
    },
    count: csvCounter,
  },
};

const fieldsOf = (columns: Columns): typeof recordFields =>
  columns === undefined
    ? recordFields
    : Object.fromEntries(columns.flatMap((name) => (recordFields[name] ? [[name, recordFields[name]]] : [])));

const csvRow = (row: ExportRow, names: ReadonlySet<string>, columns: Columns): string => {
  const object = toObject(row, columns);
  const others = Object.entries(object).filter(([name]) => !names.has(name));
  const other = others.length === 0 ? null : Object.fromEntries(others);
  return csvLine([...[...names].map((name) => object[name]), other]);
};
