import { hash } from "node:crypto";
import { ProductError } from "../../lib/errors.ts";
import type { Expect, ExportStore, StoredObject } from "../../lib/store/store.ts";

const etags = new WeakMap<Buffer, string>();
const etagOf = (bytes: Buffer): string => {
  const etag = etags.get(bytes) ?? hash("sha256", bytes, "hex");
  etags.set(bytes, etag);
  return etag;
};

/** The export store over a map; passes the store's contract suite. */
export const plainStore = (): ExportStore & { readonly objects: ReadonlyMap<string, Buffer> } => {
  const objects = new Map<string, Buffer>();
  const conflict = (key: string): ProductError =>
    new ProductError("STORE_CONFLICT", { detail: `${key} is not as it was when this run began`, field: key });
  const describe = (key: string): StoredObject | undefined => {
    const bytes = objects.get(key);
    return bytes && { key, etag: etagOf(bytes), size: bytes.length };
  };
  const check = (key: string, expect: Expect): void => {
    const found = describe(key);
    if ("absent" in expect ? found !== undefined : found?.etag !== expect.etag) throw conflict(key);
  };
  return {
    objects,
    stage: async (key, source) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(Buffer.from(chunk));
      const bytes = Buffer.concat(chunks);
      return {
        size: bytes.length,
        commit: async (expect) => {
          check(key, expect);
          objects.set(key, bytes);
          return { key, etag: etagOf(bytes), size: bytes.length };
        },
        abort: async () => undefined,
      };
    },
    head: async (key) => describe(key),
    read: async (key) => {
      const bytes = objects.get(key);
      return bytes && pieces(bytes);
    },
    async *list(prefix) {
      for (const key of [...objects.keys()].sort()) {
        const found = key.startsWith(prefix) ? describe(key) : undefined;
        if (found) yield found;
      }
    },
    remove: async (key, etag) => {
      if (!objects.has(key)) return;
      check(key, { etag });
      objects.delete(key);
    },
  };
};

async function* pieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
