import { PassThrough } from "node:stream";
import type { ExportStore } from "../../store/store.ts";
import { type FinishedPart, type OpenPart, StagedBytes } from "./parts.ts";
import { drained } from "./streams.ts";

/** Makes the bytes of a part from its rows. */
export interface Encoder<Row> {
  /** The bytes that are ready; the encoder may keep rows for later. */
  add(rows: readonly Row[]): readonly Uint8Array[];
  /** The last bytes. */
  finish(): Uint8Array;
}

/** A part whose bytes come from an encoder. */
export class EncodedPart<Row> implements OpenPart<Row> {
  rows = 0;
  readonly #encoder: Encoder<Row>;
  readonly #stream = new PassThrough();
  readonly #bytes: StagedBytes;

  constructor(store: ExportStore, key: string, encoder: Encoder<Row>) {
    this.#encoder = encoder;
    this.#stream.on("error", () => undefined);
    this.#bytes = new StagedBytes(store, key, this.#stream, () => this.#stream.destroy());
  }

  async write(rows: readonly Row[]): Promise<void> {
    this.rows += rows.length;
    for (const bytes of this.#encoder.add(rows)) await this.#push(bytes);
  }

  async #push(bytes: Uint8Array): Promise<void> {
    if (this.#stream.destroyed) await this.#bytes.staged();
    if (!this.#stream.write(bytes)) await drained(this.#stream);
  }

  async finish(): Promise<FinishedPart> {
    await this.#push(this.#encoder.finish());
    this.#stream.end();
    return this.#bytes.finish(this.rows);
  }

  async abort(): Promise<void> {
    this.#stream.destroy(new Error("the part is aborted"));
    await this.#bytes.abort();
  }
}
