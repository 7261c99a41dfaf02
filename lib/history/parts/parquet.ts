import { zstdCompressSync } from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { FieldDoc } from "../rows/call-record.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

/** Rows of a group: all that is held in memory at once. Small, because a column is built in memory several times over. */
const groupRows = 5_000;

/** The column for fields that this version does not know, as JSON; null where a row has none. */
export const otherColumn = "other";

/** Where the writer puts its bytes; they are taken away after each group. */
class Sink extends ByteWriter {
  take(): Uint8Array {
    const bytes = new Uint8Array(this.getBuffer());
    this.index = 0;
    return bytes;
  }
}

/** Writes rows as one Parquet file, ZSTD, a piece at a time. The same rows give the same bytes. */
export class ParquetFile {
  readonly #fields: readonly (readonly [string, FieldDoc])[];
  readonly #known: ReadonlySet<string>;
  readonly #sink = new Sink(1024 * 1024);
  readonly #writer: ParquetWriter;
  #rows: Readonly<Record<string, unknown>>[] = [];

  constructor(fields: Readonly<Record<string, FieldDoc>>, createdBy: string) {
    this.#fields = Object.entries(fields);
    this.#known = new Set(Object.keys(fields));
    this.#writer = new ParquetWriter({
      writer: this.#sink,
      schema: schemaOf(this.#fields),
      codec: "ZSTD",
      compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
      createdBy,
    });
  }

  /** The bytes of the groups that are full; none where none is. */
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
    // a promise comes of a sink that flushes alone
    void this.#writer.write({
      columnData: [
        ...this.#fields.map(([name, { type }]) => ({ name, data: rows.map((row) => cell(row[name], type)) })),
        { name: otherColumn, data: rows.map((row) => this.#others(row)) },
      ],
      rowGroupSize: groupRows,
    });
  }

  #others(row: Readonly<Record<string, unknown>>): string | null {
    const others: [string, unknown][] = [];
    for (const name in row) if (!this.#known.has(name)) others.push([name, row[name]]);
    return others.length === 0 ? null : JSON.stringify(Object.fromEntries(others));
  }
}

/** A value as its column has it; what is not of the column's type is kept as text where it can be, else null. */
const cell = (value: unknown, type: FieldDoc["type"]): unknown => {
  if (value === null || value === undefined) return null;
  if (type === "number") return typeof value === "number" ? value : null;
  if (type === "flag") return typeof value === "boolean" ? value : null;
  if (type === "time") return typeof value === "string" ? new Date(value) : null;
  if (type === "json" || typeof value === "object") return JSON.stringify(value);
  return String(value);
};

const elementTypes = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  time: { type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
  number: { type: "DOUBLE" },
  flag: { type: "BOOLEAN" },
} as const satisfies Record<FieldDoc["type"], Partial<SchemaElement>>;

const schemaOf = (fields: readonly (readonly [string, FieldDoc])[]): SchemaElement[] => [
  { name: "call", num_children: fields.length + 1 },
  ...fields.map(
    ([name, { type }]): SchemaElement => ({ name, repetition_type: "OPTIONAL", ...elementTypes[type] }),
  ),
  { name: otherColumn, repetition_type: "OPTIONAL", ...elementTypes.json },
];
