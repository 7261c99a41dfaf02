import { createGzip, type Gzip } from "node:zlib";
import type { ExportStore } from "../../store/store.ts";
import { type FinishedPart, type OpenPart, StagedBytes } from "./parts.ts";

/** Level 5 gives a tenth more bytes than 6 for half of the time more in rows; measured in bench/. */
const gzipLevel = 5;

/** Bytes that the compressor takes in one block. Its thread works on one block while rows fill the other. */
const blockSize = 512 * 1024;
/** The first is small: most days of most PBXs fit into it. */
const firstBlockSize = 32 * 1024;

/** A buffer that is filled again once its bytes are compressed: a new one for each block would be garbage by the megabyte. */
interface Block {
  readonly bytes: Buffer;
  free: Promise<void>;
}
const newBlock = (size: number): Block => ({ bytes: Buffer.allocUnsafeSlow(size), free: Promise.resolve() });

/** Fewer and larger chunks: each of them costs the store a write. */
async function* gathered(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < blockSize) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

/** Gzip's header names the operating system in its tenth byte: the same rows are to give the same bytes on all. */
async function* sameEverywhere(gzip: Gzip): AsyncIterable<Uint8Array> {
  let first = true;
  for await (const chunk of gathered(gzip)) {
    if (first) chunk[9] = 255;
    first = false;
    yield chunk;
  }
}

/** Gzip-compressed text, whose lines come from rows. */
export class GzipPart<Row> implements OpenPart<Row> {
  rows = 0;
  readonly #toLine: (row: Row) => readonly string[];
  readonly #gzip: Gzip;
  readonly #bytes: StagedBytes;
  /** Functions that wait for bytes to be compressed; a stream that is destroyed calls none of them. */
  readonly #waiting = new Set<() => void>();
  #filling = newBlock(firstBlockSize);
  #compressing: Block | undefined;
  /** Bytes in the block that is being filled. */
  #filled = 0;

  /** `head` comes before the first row. */
  constructor(store: ExportStore, key: string, toLine: (row: Row) => readonly string[], head = "") {
    this.#toLine = toLine;
    this.#gzip = createGzip({ level: gzipLevel, chunkSize: 64 * 1024 });
    // the store's failure is thrown by `write` and `finish`; the stream's own error would be a second one
    this.#gzip.on("error", () => undefined);
    this.#gzip.on("close", () => {
      for (const done of this.#waiting) done();
    });
    this.#bytes = new StagedBytes(store, key, sameEverywhere(this.#gzip), () => this.#gzip.destroy());
    this.#filled = this.#filling.bytes.write(head);
  }

  async write(rows: readonly Row[]): Promise<void> {
    this.rows += rows.length;
    for (const row of rows) {
      const line = this.#toLine(row);
      let most = 0;
      // a unit of UTF-16 takes three bytes at most
      for (const text of line) most += text.length * 3;
      if (most > this.#filling.bytes.length - this.#filled) await this.#flush();
      if (most > this.#filling.bytes.length) await this.#compress(Buffer.from(line.join("")));
      else for (const text of line) this.#filled += this.#filling.bytes.write(text, this.#filled);
    }
  }

  /** Gives the block to the compressor and continues with the other, as soon as that one is compressed. */
  async #flush(): Promise<void> {
    const full = this.#filling;
    full.free = this.#compress(full.bytes.subarray(0, this.#filled));
    this.#filled = 0;
    this.#filling = this.#compressing?.bytes.length === blockSize ? this.#compressing : newBlock(blockSize);
    this.#compressing = full;
    await this.#filling.free;
    if (this.#gzip.destroyed) await this.#bytes.staged();
  }

  /** Resolves when the bytes are compressed, or not needed any more. */
  #compress(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      this.#gzip.write(bytes, done);
    });
  }

  async finish(): Promise<FinishedPart> {
    await this.#flush();
    this.#gzip.end();
    return this.#bytes.finish(this.rows);
  }

  async abort(): Promise<void> {
    this.#gzip.destroy(new Error("the part is aborted"));
    await this.#bytes.abort();
  }
}
