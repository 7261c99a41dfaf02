import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { oneNumber } from "../../../lib/erased-numbers.ts";
import { countErased, rewritePart } from "../../../lib/history/erasure/erased-part.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

const isErased = oneNumber("+390212345678", { country: "IT" });
const key = "legs/dt=2026-11-23/pbx=milan/part-00001.ndjson.gz";
const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const text = '{"id":"1","src":"0212345678"}\n{"id":"2","src":"101"}\n';

/** A store with one part. */
const withPart = async (bytes: Buffer, name = key) => {
  const store = plainStore();
  const staged = await store.stage(
    name,
    (async function* () {
      yield bytes;
    })(),
  );
  await staged.commit({ absent: true });
  return { store, part: { key: name, sha256: sha256Of(bytes) } };
};

const refused = (name: string) => ({
  code: "MANIFEST_INVALID",
  field: name,
  message: `${name} is not the part that its manifest names. Run \`wildix verify\`, and export the day again with \`--force\`.`,
});

describe("the rows of a part with an erased number", () => {
  it("are counted", async () => {
    const { store, part } = await withPart(gzipSync(text));
    expect(await countErased(store, "legs", part, isErased)).toBe(1);
  });

  it("are not counted in a part whose bytes are not those of its manifest", async () => {
    const { store, part } = await withPart(gzipSync(text));
    const other = { ...part, sha256: sha256Of(Buffer.from("other")) };
    await expect(countErased(store, "legs", other, isErased)).rejects.toMatchObject(refused(key));
  });

  it("are not counted in a part that cannot be read; the error has the cause", async () => {
    const { store, part } = await withPart(Buffer.from("not gzip"));
    await expect(countErased(store, "legs", part, isErased)).rejects.toMatchObject({
      ...refused(key),
      cause: { code: "Z_DATA_ERROR" },
    });
  });

  it("are not counted in a part of a format that is not known", async () => {
    const name = "legs/dt=2026-11-23/pbx=milan/part-00001.avro";
    const { store, part } = await withPart(Buffer.from(text), name);
    await expect(countErased(store, "legs", part, isErased)).rejects.toMatchObject(refused(name));
  });
});

describe("a part that is written again", () => {
  it("replaces nothing before it is committed", async () => {
    const bytes = gzipSync(text);
    const { store, part } = await withPart(bytes);
    const { rows, sha256, staged } = await rewritePart(store, "legs", part, isErased);
    expect([rows, store.objects.get(key)]).toEqual([2, bytes]);
    await staged.commit({ etag: (await store.head(key))?.etag ?? "" });
    expect(sha256Of(store.objects.get(key) ?? Buffer.of())).toBe(sha256);
    expect(await countErased(store, "legs", { key, sha256 }, isErased)).toBe(0);
  });

  it("is refused if it is missing", async () => {
    const missing = { key, sha256: "" };
    await expect(rewritePart(plainStore(), "legs", missing, isErased)).rejects.toMatchObject(refused(key));
  });

  it("is given up if the rest of it cannot be read", async () => {
    const { store, part } = await withPart(gzipSync(text));
    const ends: string[] = [];
    const failing: typeof store = {
      ...store,
      read: async () =>
        (async function* () {
          yield gzipSync(text).subarray(0, 20);
          throw new Error("connection lost");
        })(),
      stage: async (name, source) => {
        try {
          return await store.stage(name, source);
        } catch (error) {
          ends.push(String(error));
          throw error;
        }
      },
    };
    await expect(rewritePart(failing, "legs", part, isErased)).rejects.toThrow("connection lost");
    expect(ends).toEqual(["Error: the part is aborted"]);
    expect(store.objects.size).toBe(1);
  });
});

it("a text in the place of a part is not changed by a refusal", async () => {
  const store = plainStore();
  await writeText(store, key, text, { absent: true });
  await expect(rewritePart(store, "legs", { key, sha256: "" }, isErased)).rejects.toThrow();
  expect(await readText(store, key)).toBe(text);
});
