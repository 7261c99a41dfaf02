import { zstdCompressSync } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { possibleLocal } from "../calendar/utc.ts";
import type { FieldDoc } from "../rows/field-doc.ts";
import { jsonText } from "../rows/json-text.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

/** Rows of a group. Only one group is in memory at a time; it is small, because the writer copies each column several times. */
const groupRows = 5_000;

/** The column for fields that no other column can hold, as JSON; null if a row has none. */
export const otherColumn = "other";

/** Collects the writer's bytes; they are taken out after each group. */
class Sink extends ByteWriter {
  take(): Uint8Array {
    const bytes = new Uint8Array(this.getBuffer());
    this.index = 0;
    return bytes;
  }
}

interface Column {
  readonly name: string;
  readonly type: FieldDoc["type"];
  readonly data: unknown[];
}

/** The rows of a file. */
export interface ParquetRows {
  /** What a row is. */
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldDoc>>;
  /** Whether rows can have fields that are not in `fields`. They are in the column `other`. */
  readonly hasOthers: boolean;
}

/** Writes rows as one Parquet file with ZSTD, one group at a time. The same rows give the same bytes. */
export class ParquetFile {
  readonly #fields: readonly (readonly [string, FieldDoc])[];
  readonly #known: ReadonlySet<string>;
  readonly #hasOthers: boolean;
  readonly #sink = new Sink(1024 * 1024);
  readonly #writer: ParquetWriter;
  #rows: Readonly<Record<string, unknown>>[] = [];

  constructor({ name, fields, hasOthers }: ParquetRows, createdBy: string) {
    this.#fields = Object.entries(fields);
    this.#known = new Set(Object.keys(fields));
    this.#hasOthers = hasOthers;
    this.#writer = new ParquetWriter({
      writer: this.#sink,
      schema: schemaOf(name, this.#fields, hasOthers),
      codec: "ZSTD",
      compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
      createdBy,
    });
  }

  /** Returns the bytes of the groups that became full. */
  add(rows: readonly Readonly<Record<string, unknown>>[]): Uint8Array[] {
    const ready: Uint8Array[] = [];
    for (let at = 0; at < rows.length; ) {
      const room = groupRows - this.#rows.length;
      this.#rows.push(...rows.slice(at, at + room));
      at += room;
      if (this.#rows.length === groupRows) ready.push(this.#group());
    }
    return ready;
  }

  /** The last group, if it has rows, and the footer. */
  finish(): Uint8Array {
    this.#write();
    void this.#writer.finish();
    return this.#sink.take();
  }

  #group(): Uint8Array {
    this.#write();
    return this.#sink.take();
  }

  #write(): void {
    const rows = this.#rows;
    this.#rows = [];
    const columns: Column[] = this.#fields.map(([name, { type }]) => ({
      name,
      type,
      data: rows.map((row) => cell(row[name], type)),
    }));
    const columnData = columns.map(({ name, data }) => ({ name, data }));
    if (this.#hasOthers) columnData.push({ name: otherColumn, data: this.#othersOf(rows, columns) });
    // only a sink that flushes automatically returns a promise
    void this.#writer.write({ columnData, rowGroupSize: groupRows });
  }

  #othersOf(
    rows: readonly Readonly<Record<string, unknown>>[],
    columns: readonly Column[],
  ): (string | null)[] {
    const locals = new Map(
      columns.flatMap(({ name, type, data }) => (type === "local" ? [[name, data]] : [])),
    );
    return rows.map((row, at) =>
      this.#others(row, (name) => locals.get(name)?.[at] === null && (row[name] ?? "") !== ""),
    );
  }

  /** The row's fields that no column has, as JSON: unknown fields, and times that are not valid. */
  #others(row: Readonly<Record<string, unknown>>, isLost: (name: string) => boolean): string | null {
    const others: [string, unknown][] = [];
    for (const name in row) if (!this.#known.has(name) || isLost(name)) others.push([name, row[name]]);
    return others.length === 0 ? null : jsonText(Object.fromEntries(others));
  }
}

/** A value for its column. A value of another type becomes text in a column of texts, and null elsewhere. */
const cell = (value: unknown, type: FieldDoc["type"]): unknown => {
  if (value === null || value === undefined) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" ? value : null;
    case "flag":
      return typeof value === "boolean" ? value : null;
    case "time":
      return typeof value === "string" ? new Date(value) : null;
    case "local":
      return typeof value === "string" ? localDate(value) : null;
    case "json":
      return jsonText(value);
    case "text":
      return typeof value === "object" ? jsonText(value) : String(value);
  }
};

const localDate = (text: string): Date | null => {
  const seconds = possibleLocal(text);
  return seconds === undefined ? null : new Date(seconds * 1000);
};

const elementTypes = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  local: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" } },
  integer: { type: "INT32" },
  flag: { type: "BOOLEAN" },
} as const satisfies Record<FieldDoc["type"], Partial<SchemaElement>>;

const schemaOf = (
  name: string,
  fields: readonly (readonly [string, FieldDoc])[],
  hasOthers: boolean,
): SchemaElement[] => [
  { name, num_children: fields.length + (hasOthers ? 1 : 0) },
  ...fields.map(
    ([name, { type }]): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...elementTypes[type] }),
  ),
  ...(hasOthers ? [{ name: otherColumn, repetition_type: "OPTIONAL" as const, ...elementTypes.json }] : []),
];
