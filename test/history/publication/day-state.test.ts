import { describe, expect, it } from "vitest";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import { areThere, lookAtDay, withAllParts } from "../../../lib/history/publication/day-state.ts";
import { manifestKey, partKey } from "../../../lib/history/publication/manifest.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { day, exportWorld } from "../../support/export-world.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, manifestOf, oldDay } from "../../support/standing-day.ts";

const job = { day, pbx: "milan", zone: "Europe/Rome", rowsPerPart: 20 };
const key = manifestKey(day, "milan");
/** A day of fifty rows in three parts. */
const setUp = async () => {
  const { ports } = await exportWorld({ rowsOn: { [day]: 50 } });
  const { client } = await ports.pbxs.get("milan");
  const { manifest } = await exportDay({ ...ports, client }, job);
  const { store } = ports;
  const replace = async (name: string, text: string): Promise<void> => {
    const { etag = "" } = (await store.head(name)) ?? {};
    await writeText(store, name, text, { etag });
  };
  const remove = async (name: string): Promise<void> =>
    store.remove(name, (await store.head(name))?.etag ?? "");
  return { store, manifest, replace, remove, look: () => lookAtDay(store, job) };
};

describe("how a day stands", () => {
  it("with its manifest and parts", async () => {
    const { look, manifest, store } = await setUp();
    const state = await look();
    expect(state).toMatchObject({ manifest, checkpoint: undefined, text: await readText(store, key) });
    expect(state.object).toEqual(await store.head(key));
    expect([...state.parts.keys()]).toEqual([
      ...[1, 2, 3].map((part) => partKey("legs", day, "milan", part)),
      ...(["calls", "queues", "agents"] as const).map((dataset) => partKey(dataset, day, "milan", 1)),
    ]);
  });
  it("with nothing", async () => {
    const { store } = await setUp();
    const nothing = { object: undefined, text: undefined, manifest: undefined, checkpoint: undefined };
    const read = () => expect.unreachable("there is nothing to read");
    const look = lookAtDay({ ...store, read }, { ...job, pbx: "rome" });
    expect(await look).toEqual({ ...nothing, parts: new Map(), isPartial: false });
  });
  it("has no manifest where a part is missing, is another's, or is one too many", async () => {
    const missing = await setUp();
    await missing.remove(partKey("legs", day, "milan", 3));
    const touched = await setUp();
    await touched.replace(partKey("legs", day, "milan", 3), "other");
    const more = await setUp();
    await writeText(more.store, partKey("legs", day, "milan", 4), "more", { absent: true });
    const swapped = await setUp();
    await swapped.remove(partKey("legs", day, "milan", 3));
    await writeText(swapped.store, partKey("legs", day, "milan", 4), "more", { absent: true });
    for (const { look, store } of [missing, touched, more, swapped])
      expect(await look()).toMatchObject({ manifest: undefined, text: await readText(store, key) });
  });
  it("has no manifest where a file of names is missing or another's", async () => {
    const names = partKey("agents", day, "milan", 1);
    const missing = await setUp();
    await missing.remove(names);
    const touched = await setUp();
    await touched.replace(names, "other");
    for (const { look } of [missing, touched]) expect(await look()).toMatchObject({ manifest: undefined });
  });
  it("lists the files of names only for a run that changes them", async () => {
    const { look, store } = await setUp();
    const other = partKey("queues", day, "milan", 2);
    await writeText(store, other, "other", { absent: true });
    const listed: string[] = [];
    const list = (prefix: string) => {
      listed.push(prefix.slice(0, prefix.indexOf("/")));
      return store.list(prefix);
    };
    const state = await lookAtDay({ ...store, list }, job);
    expect(listed.toSorted()).toEqual(["calls", "legs"]);
    expect(state.parts.has(other)).toBe(false);
    expect(state.isPartial).toBe(true);
    const all = await withAllParts(store, job, state);
    expect(all.parts.has(other)).toBe(true);
    expect(all.isPartial).toBe(false);
    expect(await withAllParts(store, job, all)).toBe(all);
    expect(await look()).toMatchObject({ manifest: { pbx: "milan" } });
  });
  it("is the same for a manifest of version 1", async () => {
    const store = plainStore();
    const old = await oldDay(store, [exportRows(3)]);
    expect(await lookAtDay(store, job)).toMatchObject({ manifest: undefined, old, isPartial: false });
    const [name = ""] = [...store.objects.keys()].filter((object) => object.startsWith("calls/"));
    await store.remove(name, (await store.head(name))?.etag ?? "");
    expect(await lookAtDay(store, job)).toMatchObject({ manifest: undefined, old: undefined });
  });
  it("looks at no names that the PBX did not give", async () => {
    const store = plainStore();
    const { datasets } = manifestOf([]);
    const manifest = manifestOf([], { datasets: { ...datasets, agents: { refused: "PBX_REFUSED" } } });
    await writeText(store, key, JSON.stringify(manifest), { absent: true });
    const asked: string[] = [];
    const head = (name: string) => {
      asked.push(name);
      return store.head(name);
    };
    expect(await lookAtDay({ ...store, head }, job)).toMatchObject({ manifest, old: undefined });
    expect(asked).toEqual([key]);
  });
  it("has no manifest where it cannot be read, and is seen all the same", async () => {
    const { look, replace } = await setUp();
    await replace(key, "damaged");
    expect(await look()).toMatchObject({ text: "damaged", manifest: undefined, object: { key, size: 7 } });
  });
  it("has a checkpoint while it is written", async () => {
    const { look, replace } = await setUp();
    const checkpoint = { draft: 2, run: "r", until: 9, parts: [], progress: null };
    await replace(key, JSON.stringify(checkpoint));
    expect(await look()).toMatchObject({ manifest: undefined, checkpoint });
  });
});

describe("parts", () => {
  const part = { key: "a", etag: "1", sha256: "", size: 1, rows: 1 };
  const there = new Map([["a", { key: "a", etag: "1", size: 1 }]]);
  it.each([
    ["are there with their names and tags", [part], true],
    ["are not with other tags", [{ ...part, etag: "2" }], false],
    ["are not where one is missing", [part, { ...part, key: "b" }], false],
    ["are there where none is named", [], true],
  ])("%s", (_name, named, answer) => expect(areThere(named, there)).toBe(answer));
});
