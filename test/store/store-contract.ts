import { describe, expect, it } from "vitest";
import { type ExportStore, type ReadableStore, readText, writeText } from "../../lib/store/store.ts";

export async function* chunks(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
export async function* bytes(mebibytes: number): AsyncIterable<Uint8Array> {
  for (let n = 0; n < mebibytes; n++) yield Buffer.alloc(1024 * 1024, n);
}
export async function* broken(before: number): AsyncIterable<Uint8Array> {
  for (let n = 0; n < before; n++) yield Buffer.alloc(1024 * 1024, n);
  throw new Error("the source broke");
}
export const keys = async (store: ReadableStore, prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of store.list(prefix)) found.push(key);
  return found;
};

/** What every export store keeps to; `make` gives an empty one. */
export const storeContract = (name: string, make: () => Promise<ExportStore>): void => {
  describe(`the export store on ${name}`, () => {
    it("keeps what was written, and says so", async () => {
      const store = await make();
      const written = await writeText(store, "a/b.txt", "Zoë", { absent: true });
      expect(written).toMatchObject({ key: "a/b.txt", size: 4 });
      expect(await store.head("a/b.txt")).toEqual(written);
      expect(await readText(store, "a/b.txt")).toBe("Zoë");
    });
    it("says that nothing is there", async () => {
      const store = await make();
      expect(await store.head("none")).toBeUndefined();
      expect(await store.read("none")).toBeUndefined();
      expect(await keys(store, "none/")).toEqual([]);
      await store.remove("none", "x");
    });
    it("shows nothing before the commit, and nothing after an abort", async () => {
      const store = await make();
      const staged = await store.stage("a", chunks("x"));
      expect(await store.head("a")).toBeUndefined();
      await staged.abort();
      const other = await store.stage("a", chunks("y"));
      expect(await store.head("a")).toBeUndefined();
      await other.commit({ absent: true });
      expect(await readText(store, "a")).toBe("y");
    });
    it("writes only what is expected to be absent", async () => {
      const store = await make();
      await writeText(store, "a", "first", { absent: true });
      await expect(writeText(store, "a", "second", { absent: true })).rejects.toMatchObject({
        code: "STORE_CONFLICT",
        field: "a",
      });
      expect(await readText(store, "a")).toBe("first");
    });
    it("replaces only what it has seen", async () => {
      const store = await make();
      const first = await writeText(store, "a", "first", { absent: true });
      const second = await writeText(store, "a", "second", { etag: first.etag });
      expect(second.etag).not.toBe(first.etag);
      await expect(writeText(store, "a", "third", { etag: first.etag })).rejects.toMatchObject({
        code: "STORE_CONFLICT",
      });
      await expect(writeText(store, "b", "third", { etag: first.etag })).rejects.toMatchObject({
        code: "STORE_CONFLICT",
      });
      await expect(store.remove("a", first.etag)).rejects.toMatchObject({ code: "STORE_CONFLICT" });
      expect(await readText(store, "a")).toBe("second");
      await store.remove("a", second.etag);
      expect(await store.head("a")).toBeUndefined();
    });
    it("the same bytes have the same ETag", async () => {
      const store = await make();
      const [a, b] = [
        await writeText(store, "a", "x", { absent: true }),
        await writeText(store, "b", "x", { absent: true }),
      ];
      expect(a.etag).toBe(b.etag);
    });
    it("takes what many write into a new folder at once", async () => {
      const store = await make();
      const names = Array.from({ length: 20 }, (_, n) => `new/folder/${n % 4}/${n}`);
      await Promise.all(names.map((name) => writeText(store, name, name, { absent: true })));
      expect(await keys(store, "new/")).toHaveLength(20);
    });
    it("lists by prefix, in order", async () => {
      const store = await make();
      for (const key of ["p/b", "p/a", "p/c/d", "q/a"]) await writeText(store, key, key, { absent: true });
      expect(await keys(store, "p/")).toEqual(["p/a", "p/b", "p/c/d"]);
      expect(await keys(store, "p/c/")).toEqual(["p/c/d"]);
    });
    it.each([0, 20])("a source that breaks after %i MiB leaves nothing", async (size) => {
      const store = await make();
      await expect(store.stage("a", broken(size))).rejects.toThrow("the source broke");
      expect(await keys(store, "")).toEqual([]);
    });
    it("takes large objects whole", async () => {
      const store = await make();
      const staged = await store.stage("big", bytes(21));
      expect(await staged.commit({ absent: true })).toMatchObject({ size: 21 * 1024 * 1024 });
      let at = 0;
      for await (const chunk of (await store.read("big")) ?? []) at += chunk.length;
      expect(at).toBe(21 * 1024 * 1024);
      const again = await store.stage("big", bytes(21));
      await expect(again.commit({ absent: true })).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    });
  });
};
