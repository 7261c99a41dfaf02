import { hash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  readGrouping,
  removeGrouping,
  writeGrouping,
} from "../../../lib/history/publication/grouping-state.ts";
import { groupingKey } from "../../../lib/history/publication/manifest.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

const place = { day: "2026-11-23", pbx: "milan" };
const key = groupingKey(place.day, place.pbx);
const state = { open: ["Zoë"], calls: 2 };

const written = async () => {
  const store = plainStore();
  return { store, ref: await writeGrouping(store, place, state) };
};

describe("the state of an unfinished day's grouping", () => {
  it("is one object, which its ETag and SHA-256 name", async () => {
    const { store, ref } = await written();
    const bytes = store.objects.get(key) ?? Buffer.alloc(0);
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(state);
    expect(ref).toEqual({ etag: (await store.head(key))?.etag, sha256: hash("sha256", bytes, "hex") });
    expect([...store.objects.keys()]).toEqual([key]);
  });
  it("is read as it was written", async () => {
    const { store, ref } = await written();
    expect(await readGrouping(store, place, ref)).toEqual(state);
  });
  it("is written again by the next run", async () => {
    const { store, ref } = await written();
    const next = await writeGrouping(store, place, { calls: 3 });
    expect(await readGrouping(store, place, next)).toEqual({ calls: 3 });
    expect(await readGrouping(store, place, ref)).toBeUndefined();
  });
  it("is not written if another run wrote it meanwhile", async () => {
    const { store } = await written();
    const late = { ...store, head: async () => undefined };
    await expect(writeGrouping(late, place, {})).rejects.toMatchObject({ code: "STORE_CONFLICT" });
  });
  it("is not read if it is gone, of another PBX, or not the one that was written", async () => {
    const { store, ref } = await written();
    expect(await readGrouping(plainStore(), place, ref)).toBeUndefined();
    expect(await readGrouping(store, { ...place, pbx: "rome" }, ref)).toBeUndefined();
    expect(await readGrouping(store, place, { ...ref, sha256: "0" })).toBeUndefined();
  });
  it("is removed, alone, and there may be none", async () => {
    const { store } = await written();
    await writeText(store, "manifests/other.json", "{}", { absent: true });
    for (let run = 0; run < 2; run++) await removeGrouping(store, place);
    expect([...store.objects.keys()]).toEqual(["manifests/other.json"]);
  });
});
