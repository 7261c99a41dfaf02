import type { FormatName } from "../../format-names.ts";
import { software } from "../../software.ts";
import type { ExportStore } from "../../store/store.ts";
import { recordFields } from "../rows/call-record.ts";
import { type ExportRow, toLine, toObject } from "../rows/rows.ts";
import { csvLine } from "./csv.ts";
import { GzipPart } from "./gzip-part.ts";
import { otherColumn } from "./parquet.ts";
import { ParquetPart } from "./parquet-part.ts";
import type { OpenPart } from "./parts.ts";

/** The columns that rows keep; undefined: all, those that nobody knows included. */
type Columns = readonly string[] | undefined;

/** Begins a part of each format. */
export const openPart: Readonly<
  Record<FormatName, (store: ExportStore, key: string, columns: Columns) => OpenPart>
> = {
  ndjson: (store, key, columns) =>
    new GzipPart(
      store,
      key,
      columns === undefined ? toLine : (row) => `${JSON.stringify(toObject(row, columns))}\n`,
    ),
  parquet: (store, key, columns) => new ParquetPart(store, key, fieldsOf(columns), columns, software),
  csv: (store, key, columns) => {
    const names = new Set(Object.keys(fieldsOf(columns)));
    const head = csvLine([...names, otherColumn]);
    return new GzipPart(store, key, (row) => csvRow(row, names, columns), head);
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
