import { createHash } from "node:crypto";
import { createGzip, type Gzip } from "node:zlib";
import type { ExportStore, Staged } from "./store.ts";

export interface FinishedPart {
  readonly key: string;
  readonly staged: Staged;
  /** Hex SHA-256 of the compressed bytes. */
  readonly sha256: string;
  readonly rows: number;
}

/** Level 5 gives a tenth more bytes than 6 for half of the time more in rows; measured in bench/. */
const gzipLevel = 5;

/** Writes rows into parts of a fixed size, each an object of gzip-compressed NDJSON that stays invisible until committed. */
export class PartWriter {
  readonly #store: ExportStore;
  readonly #keyOf: (part: number) => string;
  readonly #rowsPerPart: number;
  readonly #finished: Promise<FinishedPart>[] = [];
  #open: OpenPart | undefined;

  constructor(store: ExportStore, keyOf: (part: number) => string, rowsPerPart: number) {
    this.#store = store;
    this.#keyOf = keyOf;
    this.#rowsPerPart = rowsPerPart;
  }

  /** Takes lines of NDJSON, each with its end. */
  async write(lines: readonly string[]): Promise<void> {
    for (let at = 0; at < lines.length; ) {
      this.#open ??= new OpenPart(this.#store, this.#keyOf(this.#finished.length + 1));
      const room = this.#rowsPerPart - this.#open.rows;
      const batch = lines.slice(at, at + room);
      await this.#open.write(batch);
      at += batch.length;
      if (this.#open.rows === this.#rowsPerPart) this.#close();
    }
  }

  #close(): void {
    if (this.#open) this.#finished.push(keepQuiet(this.#open.finish()));
    this.#open = undefined;
  }

  /** All parts, uploaded; a day without calls has none. */
  async finish(): Promise<FinishedPart[]> {
    this.#close();
    return Promise.all(this.#finished);
  }

  /** Forgets everything that was written. */
  async abort(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.abort();
    const settled = await Promise.allSettled(this.#finished);
    this.#finished.length = 0;
    const standing = settled.flatMap((part) => (part.status === "fulfilled" ? [part.value.staged] : []));
    await Promise.allSettled(standing.map((staged) => staged.abort()));
  }
}

/** The error is met when the part is awaited, not before. */
const keepQuiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};

/** Bytes that the compressor takes at once. Its thread works on one block while rows fill the other. */
const blockSize = 512 * 1024;

/** A buffer that is filled again once its bytes are compressed: a new one for each block would be garbage by the megabyte. */
interface Block {
  readonly bytes: Buffer;
  free: Promise<void>;
}
const newBlock = (): Block => ({ bytes: Buffer.allocUnsafeSlow(blockSize), free: Promise.resolve() });

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

class OpenPart {
  rows = 0;
  readonly #key: string;
  readonly #gzip: Gzip;
  readonly #hash = createHash("sha256");
  readonly #staged: Promise<Staged>;
  /** Who waits for bytes to be compressed; a stream that is destroyed calls nobody back. */
  readonly #waiting = new Set<() => void>();
  #filling = newBlock();
  #compressing = newBlock();
  /** Bytes in the block that is being filled. */
  #filled = 0;

  constructor(store: ExportStore, key: string) {
    this.#key = key;
    this.#gzip = createGzip({ level: gzipLevel, chunkSize: 64 * 1024 });
    // the store's failure is thrown by `write` and `finish`; the stream's own error would be a second one
    this.#gzip.on("error", () => undefined);
    this.#gzip.on("close", () => {
      for (const done of this.#waiting) done();
    });
    this.#staged = keepQuiet(
      store.stage(key, this.#hashed()).catch((error: unknown) => {
        this.#gzip.destroy();
        throw error;
      }),
    );
  }

  async *#hashed(): AsyncIterable<Uint8Array> {
    let first = true;
    for await (const chunk of gathered(this.#gzip)) {
      // the header's tenth byte names the operating system: the same rows give the same bytes on all
      if (first && chunk.length > 9) chunk[9] = 255;
      first = false;
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  async write(lines: readonly string[]): Promise<void> {
    this.rows += lines.length;
    for (const line of lines) {
      // a unit of UTF-16 takes three bytes at most
      const most = line.length * 3;
      if (most > blockSize - this.#filled) await this.#flush();
      if (most > blockSize) await this.#compress(Buffer.from(line, "utf8"));
      else this.#filled += this.#filling.bytes.write(line, this.#filled, "utf8");
    }
  }

  /** Gives the block to the compressor and goes on with the other, as soon as its bytes are through. */
  async #flush(): Promise<void> {
    const full = this.#filling;
    full.free = this.#compress(full.bytes.subarray(0, this.#filled));
    this.#filled = 0;
    this.#filling = this.#compressing;
    this.#compressing = full;
    await this.#filling.free;
    if (this.#gzip.destroyed) await this.#staged;
  }

  /** Resolves when the bytes are compressed, or nobody wants them any more. */
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
    const staged = await this.#staged;
    return { key: this.#key, staged, sha256: this.#hash.digest("hex"), rows: this.rows };
  }

  async abort(): Promise<void> {
    this.#gzip.destroy(new Error("the part is given up"));
    const [staged] = await Promise.allSettled([this.#staged]);
    if (staged.status === "fulfilled") await staged.value.abort();
  }
}
