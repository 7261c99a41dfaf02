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

/**
 * Where exports lie. Adapters: lib/aws/s3-store.ts, lib/local/directory-store.ts; one contract suite runs on both.
 * A write whose expectation fails throws STORE_CONFLICT and changes nothing; an aborted or failed write leaves nothing.
 */
export interface ExportStore {
  write(key: string, bytes: AsyncIterable<Uint8Array>, expect: Expect): Promise<StoredObject>;
  head(key: string): Promise<StoredObject | undefined>;
  /** The object's bytes as a stream; undefined where there is none. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** All objects whose key starts with `prefix`, by key. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Removes the object if it still has this ETag; throws STORE_CONFLICT otherwise. Gone already is fine. */
  remove(key: string, etag: string): Promise<void>;
}
