/** What a store says of an object. */
export interface StoredObject {
  readonly key: string;
  /** Opaque; changes when the bytes do. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** The state that a write expects: no object there, or the one with this ETag. */
export type Expect = { readonly absent: true } | { readonly etag: string };

/** Bytes that are uploaded and not visible under their key yet. */
export interface Staged {
  /** Bytes. */
  readonly size: number;
  /** Makes the object visible if the store is in the expected state; throws STORE_CONFLICT and changes nothing otherwise. */
  commit(expect: Expect): Promise<StoredObject>;
  /** Forgets the bytes. */
  abort(): Promise<void>;
}

/**
 * The storage of exports. Adapters: lib/aws/s3-store.ts, lib/local/directory-store.ts; one contract suite runs on both.
 * Nothing is ever half visible: an aborted, failed or killed write leaves no object. Throws STORE_UNAVAILABLE.
 */
export interface ExportStore {
  /** Uploads; a source that throws leaves nothing. */
  stage(key: string, bytes: AsyncIterable<Uint8Array>): Promise<Staged>;
  head(key: string): Promise<StoredObject | undefined>;
  /** The object's bytes as a stream; undefined if it does not exist. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** All objects whose key starts with `prefix`, by key. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Removes the object if it still has this ETag; throws STORE_CONFLICT otherwise. Gone already is fine. */
  remove(key: string, etag: string): Promise<void>;
}

/** What looking at an export takes. */
export type ReadableStore = Pick<ExportStore, "head" | "read" | "list">;

/** A store without removing. */
export type WritingStore = Omit<ExportStore, "remove">;

/** Writes a small object whole. */
export const writeText = async (
  store: Pick<ExportStore, "stage">,
  key: string,
  text: string,
  expect: Expect,
): Promise<StoredObject> => {
  const staged = await store.stage(key, once(Buffer.from(text)));
  return staged.commit(expect);
};

/** Reads a small object whole; undefined if it does not exist. */
export const readText = async (
  store: Pick<ExportStore, "read">,
  key: string,
): Promise<string | undefined> => {
  const bytes = await store.read(key);
  if (bytes === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
};

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** The expectation that an object did not change since it was seen. */
export const asSeen = (seen: StoredObject | undefined): Expect =>
  seen === undefined ? { absent: true } : { etag: seen.etag };
