import type { FormatName } from "../../format-names.ts";
import { software } from "../../software.ts";
import type { ExportStore } from "../../store/store.ts";
import type { FieldDoc } from "../rows/field-doc.ts";
import { jsonText } from "../rows/json-text.ts";
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
import type { RowShape } from "./row-shape.ts";

/** The columns that rows keep; undefined: all, unknown ones included. */
type Columns = readonly string[] | undefined;

/** What an export format does; lib/format-names.ts has its name. */
export interface PartFormat {
  /** Begins a part of rows of this shape. */
  open<Row>(
    shape: RowShape<Row>,
    store: ExportStore,
    key: string,
    columns?: Columns,
    style?: CsvStyle,
  ): OpenPart<Row>;
  /** Counts the rows of a part as its bytes come. */
  count(): RowCounter;
  /** The rows of a part, in order. Absent if they cannot be distinguished well enough to compare two exports. */
  readonly read?: (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<ReadRow>;
}

export const partFormats: Readonly<Record<FormatName, PartFormat>> = {
  ndjson: {
    open: ({ toLine, toObject }, store, key, columns) =>
      new GzipPart(
        store,
        key,
        columns === undefined ? toLine : (row) => [jsonText(toObject(row, columns)), "\n"],
      ),
    count: lineCounter,
    read: readLines,
  },
  parquet: {
    open: (shape, store, key, columns) => new EncodedPart(store, key, parquetEncoder(shape, columns)),
    count: parquetCounter,
    read: readParquet,
  },
  csv: {
    open: (shape, store, key, columns, style) => {
      const { head, toText } = csvText(shape, columns, style);
      return new GzipPart(store, key, (row) => [toText(row)], head);
    },
    count: csvCounter,
  },
  "csv-plain": {
    open: (shape, store, key, columns, style) =>
      new EncodedPart(store, key, plainEncoder(csvText(shape, columns, style))),
    count: plainCsvCounter,
  },
};

const parquetEncoder = <Row>(shape: RowShape<Row>, columns: Columns): Encoder<Row> => {
  const file = new ParquetFile({ ...shape, fields: fieldsOf(shape, columns) }, software);
  return {
    add: (rows) => file.add(rows.map((row) => shape.toObject(row, columns))),
    finish: () => file.finish(),
  };
};

interface CsvText<Row> {
  readonly head: string;
  readonly toText: (row: Row) => string;
}

const csvText = <Row>(
  shape: RowShape<Row>,
  columns: Columns,
  { separator = ",", bom = false }: CsvStyle = {},
): CsvText<Row> => {
  const names = Object.keys(fieldsOf(shape, columns));
  const heading = shape.hasOthers ? [...names, otherColumn] : names;
  const known = new Set(names);
  const cells = (row: Row): unknown[] => {
    const object = shape.toObject(row, columns);
    const named = names.map((name) => object[name]);
    return shape.hasOthers ? [...named, othersOf(object, known)] : named;
  };
  return {
    head: `${bom ? "\ufeff" : ""}${csvLine(heading, separator)}`,
    toText: (row) => csvLine(cells(row), separator),
  };
};

/** The bytes of a string whose lines come from rows. */
export const plainEncoder = <Row>({ head, toText }: CsvText<Row>): Encoder<Row> => {
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

const fieldsOf = <Row>({ fields }: RowShape<Row>, columns: Columns): Readonly<Record<string, FieldDoc>> =>
  columns === undefined
    ? fields
    : Object.fromEntries(columns.flatMap((name) => (fields[name] ? [[name, fields[name]]] : [])));

/** The fields that no column has; null if there are none. */
export const othersOf = (
  object: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
): Record<string, unknown> | null => {
  const others = Object.entries(object).filter(([name]) => !known.has(name));
  return others.length === 0 ? null : Object.fromEntries(others);
};
