import type { FormatName } from "../../format-names.ts";
import { software } from "../../software.ts";
import type { ExportStore } from "../../store/store.ts";
import { jsonText } from "../rows/json-text.ts";
import { legFields } from "../rows/leg-fields.ts";
import { type ExportRow, toLine, toObject } from "../rows/rows.ts";
import { type CsvStyle, csvLine } from "./csv.ts";
import { EncodedPart, type Encoder } from "./encoded-part.ts";
import { GzipPart } from "./gzip-part.ts";
import { otherColumn, ParquetFile } from "./parquet.ts";
import {
  csvCounter,
  lineCounter,
  parquetCounter,
  plainCsvCounter,
  type ReadRow,
  type RowCounter,
  readLines,
  readParquet,
} from "./part-reader.ts";
import type { OpenPart } from "./parts.ts";

/** The columns that rows keep; undefined: all, unknown ones included. */
type Columns = readonly string[] | undefined;

/** What an export format does; lib/format-names.ts has its name. */
export interface PartFormat {
  /** Begins a part. */
  open(store: ExportStore, key: string, columns: Columns, style?: CsvStyle): OpenPart;
  /** Counts the rows of a part as its bytes come. */
  count(): RowCounter;
  /** The rows of a part, in order. Absent if they cannot be distinguished well enough to compare two exports. */
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
    open: (store, key, columns) => new EncodedPart(store, key, parquetEncoder(columns)),
    count: parquetCounter,
    read: readParquet,
  },
  csv: {
    open: (store, key, columns, style) => {
      const { head, toText } = csvText(columns, style);
      return new GzipPart(store, key, toText, head);
    },
    count: csvCounter,
  },
  "csv-plain": {
    open: (store, key, columns, style) => new EncodedPart(store, key, plainEncoder(csvText(columns, style))),
    count: plainCsvCounter,
  },
};

const parquetEncoder = (columns: Columns): Encoder => {
  const file = new ParquetFile(fieldsOf(columns), software);
  return {
    add: (rows) => file.add(rows.map((row) => toObject(row, columns))),
    finish: () => file.finish(),
  };
};

interface CsvText {
  readonly head: string;
  readonly toText: (row: ExportRow) => string;
}

const csvText = (columns: Columns, { separator = ",", bom = false }: CsvStyle = {}): CsvText => {
  const names = new Set(Object.keys(fieldsOf(columns)));
  return {
    head: `${bom ? "\ufeff" : ""}${csvLine([...names, otherColumn], separator)}`,
    toText: (row) => csvLine(csvCells(row, names, columns), separator),
  };
};

const plainEncoder = ({ head, toText }: CsvText): Encoder => {
  let start = head;
  return {
    add: (rows) => {
      const bytes = Buffer.from(start + rows.map(toText).join(""));
      start = "";
      return [bytes];
    },
    finish: () => Buffer.from(start),
  };
};

const fieldsOf = (columns: Columns): typeof legFields =>
  columns === undefined
    ? legFields
    : Object.fromEntries(columns.flatMap((name) => (legFields[name] ? [[name, legFields[name]]] : [])));

const csvCells = (row: ExportRow, names: ReadonlySet<string>, columns: Columns): unknown[] => {
  const object = toObject(row, columns);
  const others = Object.entries(object).filter(([name]) => !names.has(name));
  const other = others.length === 0 ? null : Object.fromEntries(others);
  return [...[...names].map((name) => object[name]), other];
};
