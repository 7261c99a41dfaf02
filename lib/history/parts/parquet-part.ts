import { PassThrough } from "node:stream";
import type { ExportStore } from "../../store/store.ts";
import type { FieldDoc } from "../rows/call-record.ts";
import { type ExportRow, toObject } from "../rows/rows.ts";
import { ParquetFile } from "./parquet.ts";
import { type FinishedPart, type OpenPart, StagedBytes } from "./parts.ts";
import { drained } from "./streams.ts";

/** A part as one Parquet file. */
export class ParquetPart implements OpenPart {
  rows = 0;
  readonly #columns: readonly string[] | undefined;
  readonly #file: ParquetFile;
  readonly #stream = new PassThrough();
  readonly #bytes: StagedBytes;

  constructor(
    store: ExportStore,
    key: string,
    fields: Readonly<Record<string, FieldDoc>>,
    columns: readonly string[] | undefined,
    software: string,
  ) {
    this.#columns = columns;
    this.#file = new ParquetFile(fields, software);
    this.#stream.on("error", () => undefined);
    this.#bytes = new StagedBytes(store, key, this.#stream, () => this.#stream.destroy());
  }

  async write(rows: readonly ExportRow[]): Promise<void> {
    this.rows += rows.length;
    for (const bytes of this.#file.add(rows.map((row) => toObject(row, this.#columns))))
      await this.#push(bytes);
  }

  async #push(bytes: Uint8Array): Promise<void> {
    if (this.#stream.destroyed) await this.#bytes.staged();
    if (!this.#stream.write(bytes)) await drained(this.#stream);
  }

  async finish(): Promise<FinishedPart> {
    await this.#push(this.#file.finish());
    this.#stream.end();
    return this.#bytes.finish(this.rows);
  }

  async abort(): Promise<void> {
    this.#stream.destroy(new Error("the part is given up"));
    await this.#bytes.abort();
  }
}
