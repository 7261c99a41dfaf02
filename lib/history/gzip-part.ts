import { createGzip, type Gzip } from "node:zlib";
import { type FinishedPart, type OpenPart, StagedBytes } from "./parts.ts";
import type { ExportRow } from "./rows.ts";
import type { ExportStore } from "./store.ts";

/** Level 5 gives a tenth more bytes than 6 for half of the time more in rows; measured in bench/. */
const gzipLevel = 5;

/** Bytes that the compressor takes at once. Its thread works on one block while rows fill the next. */
const blockSize = 256 * 1024;
const blocks = 3;
/** Many days of many PBXs are small. */
const firstBlockSize = 32 * 1024;

/** A buffer that is filled again once its bytes are compressed: a new one for each block would be garbage by the megabyte. */
interface Block {
  readonly bytes: Buffer;
  free: Promise<void>;
}

const newBlock = (size: number): Block => ({ bytes: Buffer.allocUnsafeSlow(size), free: Promise.resolve() });

/** Gzip-compressed text, whose lines come from rows. */
export class GzipPart implements OpenPart {
  rows = 0;
  readonly #toText: (row: ExportRow) => string;
  readonly #gzip: Gzip;
  readonly #bytes: StagedBytes;
  /** Made as they are needed: most days fill less than one. */
  readonly #blocks: Block[] = [newBlock(firstBlockSize)];
  #turn = 0;
  #filled = 0;

  /** `head` comes before the first row. */
  constructor(store: ExportStore, key: string, toText: (row: ExportRow) => string, head = "") {
    this.#toText = toText;
    this.#gzip = createGzip({ level: gzipLevel, chunkSize: 64 * 1024 });
    // the store's failure is thrown by `write` and `finish`; the stream's own error would be a second one
    this.#gzip.on("error", () => undefined);
    this.#bytes = new StagedBytes(store, key, sameEverywhere(this.#gzip), () => this.#gzip.destroy());
    this.#filled = this.#block.bytes.write(head, "utf8");
  }

  async write(rows: readonly ExportRow[]): Promise<void> {
    this.rows += rows.length;
    for (const row of rows) {
      const line = this.#toText(row);
      // a unit of UTF-16 takes three bytes at most
      const most = line.length * 3;
      if (most > this.#block.bytes.length - this.#filled) await this.#flush();
      if (most > this.#block.bytes.length) await this.#compress(Buffer.from(line, "utf8"));
      else this.#filled += this.#block.bytes.write(line, this.#filled, "utf8");
    }
  }

  get #block(): Block {
    const block = this.#blocks[this.#turn];
    if (block === undefined) throw new RangeError("no such block");
    return block;
  }

  /** Gives the block to the compressor and waits for the next one, whose bytes went the longest time ago. */
  async #flush(): Promise<void> {
    const block = this.#block;
    block.free = this.#compress(block.bytes.subarray(0, this.#filled));
    this.#turn = (this.#turn + 1) % blocks;
    if (this.#turn === this.#blocks.length) this.#blocks.push(newBlock(blockSize));
    this.#filled = 0;
    await this.#block.free;
    if (this.#gzip.destroyed) await this.#bytes.staged();
  }

  /** Resolves when the bytes are compressed, or nobody wants them any more. */
  #compress(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#gzip.write(bytes, () => resolve());
    });
  }

  async finish(): Promise<FinishedPart> {
    await this.#flush();
    this.#gzip.end();
    return this.#bytes.finish(this.rows);
  }

  async abort(): Promise<void> {
    this.#gzip.destroy(new Error("the part is given up"));
    await this.#bytes.abort();
  }
}

/** Gzip's header names the operating system in its tenth byte: the same rows are to give the same bytes on all. */
async function* sameEverywhere(gzip: Gzip): AsyncIterable<Uint8Array> {
  let first = true;
  for await (const chunk of gzip as AsyncIterable<Buffer>) {
    if (first && chunk.length > 9) chunk[9] = 255;
    first = false;
    yield chunk;
  }
}
