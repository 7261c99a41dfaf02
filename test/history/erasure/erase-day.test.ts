import { describe, expect, it } from "vitest";
import { oneNumber } from "../../../lib/erased-numbers.ts";
import { eraseDay } from "../../../lib/history/erasure/erase-day.ts";
import {
  type AnyManifest,
  groupingKey,
  manifestKey,
  parseManifest,
  partKey,
} from "../../../lib/history/publication/manifest.ts";
import { type ExportStore, readText, writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, legParts, oldDay, standingDay } from "../../support/standing-day.ts";

const id = { pbx: "milan", day: "2026-11-23" };
const key = manifestKey(id.day, id.pbx);
const isErased = oneNumber("+390212345678", { country: "IT" });
const start = Date.parse("2026-11-24T10:00:00Z");
const lease = 120_000;
/** Three parts: two rows with the number in the first, none in the second, one in the third. */
const parts = [
  exportRows(2, 1, { src: "0212345678" }),
  exportRows(2, 3, { src: "101" }),
  exportRows(1, 5, { src: "0212345678" }),
];

const setUp = () => {
  let now = start;
  const store = plainStore();
  const clock = { now: () => now, sleep: async () => undefined };
  return {
    store,
    later: (ms: number) => {
      now += ms;
    },
    erase: (on: ExportStore = store, dryRun = false) =>
      eraseDay({ store: on, clock, random: () => 0 }, id, isErased, dryRun),
    put: (name: string, text: string) => writeText(store, name, text, { absent: true }),
    text: () => readText(store, key),
    manifest: async (): Promise<AnyManifest> => parseManifest((await readText(store, key)) ?? "", key),
  };
};

/** A store whose process is killed after so many changes: nothing happens any more. */
const killedAfter = (store: ExportStore, steps: number): ExportStore => {
  let left = steps;
  const step = <T>(act: () => Promise<T>): Promise<T> =>
    left-- > 0 ? act() : Promise.reject(new Error("killed"));
  return {
    ...store,
    stage: async (name, bytes) => {
      const staged = await store.stage(name, bytes);
      return { ...staged, commit: (expect) => step(() => staged.commit(expect)) };
    },
    remove: (name, etag) => step(() => store.remove(name, etag)),
  };
};
const checkpoint = (until: number): string =>
  `${JSON.stringify({ draft: 2, run: "a", until, parts: [], progress: null })}\n`;
const layouts = [
  ["the current layout", standingDay],
  ["the layout of version 1", oldDay],
] as const;

describe("a day without a manifest", () => {
  it("and without parts is clean, and nothing is written", async () => {
    const { store, erase } = setUp();
    expect(await erase()).toEqual({ kind: "clean", ...id });
    expect(store.objects.size).toBe(0);
  });

  it("loses a checkpoint whose lease is over, and no parts", async () => {
    const { store, erase, put } = setUp();
    await put(key, checkpoint(start));
    expect(await erase(store, true)).toEqual({ kind: "unfinished", ...id, parts: 0 });
    expect(store.objects.size).toBe(1);
    expect(await erase()).toEqual({ kind: "unfinished", ...id, parts: 0 });
    expect(store.objects.size).toBe(0);
  });

  it("loses a state of the grouping that is all it has", async () => {
    const { store, erase, put } = setUp();
    await put(groupingKey(id.day, id.pbx), "0212345678");
    expect(await erase(store, true)).toEqual({ kind: "unfinished", ...id, parts: 0 });
    expect(store.objects.size).toBe(1);
    expect(await erase()).toEqual({ kind: "unfinished", ...id, parts: 0 });
    expect(store.objects.size).toBe(0);
  });

  it("loses parts that are all it has", async () => {
    const { store, erase, put } = setUp();
    await put(partKey("legs", id.day, id.pbx, 1, "csv-plain"), "0212345678");
    expect(await erase()).toEqual({ kind: "unfinished", ...id, parts: 1 });
    expect(store.objects.size).toBe(0);
  });

  it("loses its parts and the state of the grouping, also if the run is killed and another continues", async () => {
    const { store, erase, put, later } = setUp();
    for (const number of [1, 2])
      await put(partKey("legs", id.day, id.pbx, number, "csv-plain"), "0212345678");
    await put(groupingKey(id.day, id.pbx), "0212345678");
    await put(manifestKey(id.day, "rome"), "{}");
    await expect(erase(killedAfter(store, 1))).rejects.toThrow("killed");
    await expect(erase()).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    later(lease);
    expect(await erase()).toEqual({ kind: "unfinished", ...id, parts: 2 });
    expect([...store.objects.keys()]).toEqual([manifestKey(id.day, "rome")]);
  });
});

it("a manifest that does not match its parts is refused, and nothing changes", async () => {
  const { store, erase, put } = setUp();
  await standingDay(store, parts);
  const extra = partKey("legs", id.day, id.pbx, 4, "ndjson");
  await put(extra, "");
  const before = [...store.objects];
  await expect(erase()).rejects.toMatchObject({
    code: "MANIFEST_INVALID",
    field: key,
    message: `${key} does not match the parts of its day. Run \`wildix verify\`, and export the day again with \`--force\`.`,
  });
  expect([...store.objects]).toEqual(before);
});

describe.each(layouts)("a day in %s", (_layout, write) => {
  it("gets new parts and a manifest that fits them", async () => {
    const { store, erase, manifest } = setUp();
    const before = await write(store, parts);
    expect(await erase(store, true)).toEqual({ kind: "erased", ...id, parts: 2, legs: 3, calls: 0 });
    expect(await manifest()).toEqual(before);
    expect(await erase()).toEqual({ kind: "erased", ...id, parts: 2, legs: 3, calls: 0 });
    const after = await manifest();
    expect(after).toMatchObject({
      version: before.version,
      rows: 5,
      erased: [{ at: new Date(start).toISOString(), legs: 3, calls: 0 }],
    });
    for (const { key: name, etag } of legParts(after)) expect((await store.head(name))?.etag).toBe(etag);
    const [one, two, three] = legParts(before).map((part, at) => part.etag === legParts(after)[at]?.etag);
    expect([one, two, three]).toEqual([false, true, false]);
    expect(await erase()).toEqual({ kind: "clean", ...id });
  });

  it("whose erasure was killed between two parts is continued, and the manifest has both runs", async () => {
    const { store, erase, manifest, later } = setUp();
    await write(store, parts);
    // the checkpoint and the first part
    await expect(erase(killedAfter(store, 2))).rejects.toThrow("killed");
    await expect(erase()).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    later(lease);
    expect(await erase()).toEqual({ kind: "erased", ...id, parts: 1, legs: 1, calls: 0 });
    expect((await manifest()).erased).toEqual([
      { at: new Date(start).toISOString(), legs: 2, calls: 0 },
      { at: new Date(start + lease).toISOString(), legs: 1, calls: 0 },
    ]);
  });

  it("whose erasure was killed before the manifest gets it from the next run", async () => {
    const { store, erase, manifest, later } = setUp();
    await write(store, parts);
    await expect(erase(killedAfter(store, 3))).rejects.toThrow("killed");
    later(lease);
    expect(await erase()).toEqual({ kind: "erased", ...id, parts: 0, legs: 0, calls: 0 });
    expect((await manifest()).erased).toEqual([{ at: new Date(start).toISOString(), legs: 3, calls: 0 }]);
  });
});

it("a state of the grouping beside a manifest is removed, but not in a dry run", async () => {
  const { store, erase, put, manifest } = setUp();
  const before = await standingDay(store, parts.slice(1, 2));
  await put(groupingKey(id.day, id.pbx), "0212345678");
  expect(await erase(store, true)).toEqual({ kind: "clean", ...id });
  expect(store.objects.has(groupingKey(id.day, id.pbx))).toBe(true);
  expect(await erase()).toEqual({ kind: "clean", ...id });
  expect(store.objects.has(groupingKey(id.day, id.pbx))).toBe(false);
  expect(await manifest()).toEqual(before);
});

describe("an erasure that fails", () => {
  it("continues from its checkpoint if a part may be replaced, and drops the parts that it wrote", async () => {
    const { store, erase, manifest, later } = setUp();
    await standingDay(store, parts);
    const dropped: string[] = [];
    const failing: ExportStore = {
      ...store,
      stage: async (name, bytes) => {
        const staged = await store.stage(name, bytes);
        if (!name.startsWith("legs/")) return staged;
        return {
          ...staged,
          commit: () => Promise.reject(new Error("no answer")),
          abort: async () => void dropped.push(name),
        };
      },
    };
    await expect(erase(failing)).rejects.toThrow("no answer");
    expect(dropped).toEqual([1, 3].map((number) => partKey("legs", id.day, id.pbx, number, "ndjson")));
    later(lease);
    expect(await erase()).toMatchObject({ kind: "erased", legs: 3 });
    expect(await manifest()).toMatchObject({ rows: 5, erased: [{ legs: 3 }] });
  });

  it("restores the manifest if no part is replaced", async () => {
    const { store, erase, later, text } = setUp();
    await standingDay(store, parts);
    const before = await text();
    let checkpoints = 0;
    const failing: ExportStore = {
      ...store,
      stage: async (name, bytes) => {
        if (name === key && ++checkpoints === 2) throw new Error("no answer");
        const staged = await store.stage(name, bytes);
        // so late that the lease is renewed before the first part
        if (checkpoints === 1) later(lease);
        return staged;
      },
    };
    await expect(erase(failing)).rejects.toThrow("no answer");
    expect(await text()).toBe(before);
  });

  it("and whose part is gone then is refused", async () => {
    const { store, erase, later } = setUp();
    await standingDay(store, parts);
    await expect(erase(killedAfter(store, 2))).rejects.toThrow("killed");
    const gone = partKey("legs", id.day, id.pbx, 3, "ndjson");
    await store.remove(gone, (await store.head(gone))?.etag ?? "");
    later(lease);
    await expect(erase()).rejects.toMatchObject({ code: "MANIFEST_INVALID", field: gone });
  });
});
