import { createHash } from "node:crypto";
import type { ExportStore, Staged } from "../../store/store.ts";

export interface FinishedPart {
  readonly key: string;
  readonly staged: Staged;
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string;
  readonly rows: number;
}

/** A part that takes rows; no reader sees it before it is finished and committed. */
export interface OpenPart<Row> {
  readonly rows: number;
  write(rows: readonly Row[]): Promise<void>;
  finish(): Promise<FinishedPart>;
  abort(): Promise<void>;
}

/** Writes rows into parts of a fixed size, one object each, that stay invisible until committed. */
export class PartWriter<Row> {
  readonly #openPart: (part: number) => OpenPart<Row>;
  readonly #rowsPerPart: number;
  readonly #finished: Promise<FinishedPart>[] = [];
  #next: number;
  #open: OpenPart<Row> | undefined;

  /** `first` is the number of the first part. */
  constructor(openPart: (part: number) => OpenPart<Row>, rowsPerPart: number, first: number) {
    this.#openPart = openPart;
    this.#rowsPerPart = rowsPerPart;
    this.#next = first;
  }

  /** Whether the next row begins a part. */
  get isBetween(): boolean {
    return this.#open === undefined;
  }

  /** Rows that the part takes yet. */
  get room(): number {
    return this.#rowsPerPart - (this.#open?.rows ?? 0);
  }

  /** Takes as many rows as there is room for. */
  async write(rows: readonly Row[]): Promise<void> {
    this.#open ??= this.#openPart(this.#next++);
    await this.#open.write(rows);
    if (this.room === 0) this.close();
  }

  /** Ends the part, if one is open. The next row begins another. */
  close(): void {
    if (this.#open) this.#finished.push(keepQuiet(this.#open.finish()));
    this.#open = undefined;
  }

  /** All parts, uploaded; a day without calls has none. */
  async finish(): Promise<FinishedPart[]> {
    this.close();
    return Promise.all(this.#finished);
  }

  /** Forgets everything that was written. */
  async abort(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.abort();
    const settled = await Promise.allSettled(this.#finished);
    this.#finished.length = 0;
    const opened = settled.flatMap((part) => (part.status === "fulfilled" ? [part.value.staged] : []));
    await Promise.allSettled(opened.map((staged) => staged.abort()));
  }
}

/** Bytes on their way into the store, hashed as they pass. */
export class StagedBytes {
  readonly #key: string;
  readonly #hash = createHash("sha256");
  readonly #staged: Promise<Staged>;

  /** `onFailure` is called where the store takes no more. */
  constructor(store: ExportStore, key: string, source: AsyncIterable<Uint8Array>, onFailure: () => void) {
    this.#key = key;
    this.#staged = keepQuiet(
      store.stage(key, this.#hashed(source)).catch((error: unknown) => {
        onFailure();
        throw error;
      }),
    );
  }

  async *#hashed(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  /** Throws the store's failure. */
  async staged(): Promise<void> {
    await this.#staged;
  }

  async finish(rows: number): Promise<FinishedPart> {
    const staged = await this.#staged;
    return { key: this.#key, staged, sha256: this.#hash.digest("hex"), rows };
  }

  async abort(): Promise<void> {
    const [staged] = await Promise.allSettled([this.#staged]);
    if (staged.status === "fulfilled") await staged.value.abort();
  }
}

/** The error is met when the promise is awaited, not before. */
const keepQuiet = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined);
  return promise;
};
