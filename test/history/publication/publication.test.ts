import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { FinishedPart } from "../../../lib/history/parts/parts.ts";
import { parseCheckpoint } from "../../../lib/history/publication/checkpoint.ts";
import { lookAtDay } from "../../../lib/history/publication/day-state.ts";
import { manifestKey, parseManifest, partKey } from "../../../lib/history/publication/manifest.ts";
import { Publication, refuseWhereHeld } from "../../../lib/history/publication/publication.ts";
import { type ExportStore, readText, writeText } from "../../../lib/store/store.ts";
import { chunks } from "../../store/store-contract.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, manifestOf, standingDay } from "../../support/standing-day.ts";

const place = { day: "2026-11-23", pbx: "milan" };
const key = manifestKey(place.day, place.pbx);
const keyOf = (part: number): string => partKey("legs", place.day, place.pbx, part);
const minute = 60_000;

const world = async (store = plainStore()) => {
  let now = 1_000_000;
  const ports = { store, clock: { now: () => now, sleep: async () => undefined } };
  return {
    store,
    later: (ms: number) => {
      now += ms;
    },
    now: () => now,
    publish: async (run: string, leaseMs?: number) =>
      new Publication(
        { ...ports, ...(leaseMs === undefined ? {} : { leaseMs }) },
        place,
        await lookAtDay(store, place),
        run,
        [],
      ),
    draft: async () => parseCheckpoint((await readText(store, key)) ?? ""),
    text: (name: string) => readText(store, name),
  };
};

/** A part of that text, uploaded. */
const part = async (store: ExportStore, number: number, text: string): Promise<FinishedPart> => {
  return {
    key: keyOf(number),
    staged: await store.stage(keyOf(number), chunks(text)),
    sha256: createHash("sha256").update(text).digest("hex"),
    rows: 1,
  };
};
const progress = {
  cursor: {
    plan: { paging: "id", largestPiece: null },
    restarts: [],
    total: null,
    pieces: 1,
    before: null,
    after: null,
    piece: { from: 0, to: 1, total: null },
    distinct: 1,
    last: { id: "1", start: "2026-11-23 08:00:00", pbxid: "" },
    ties: [],
    rows: 1,
    duplicates: 0,
    outside: 0,
    requests: 1,
  },
  findings: { unknown: {}, missing: {}, retyped: {}, replaced: {}, offsetMismatches: 0 },
  extremes: { first_id: "1", last_id: "1", min_start: null, max_start: null },
  context: { from: 0, to: 1 },
  names: {},
  grouping: { etag: "e", sha256: "s" },
} as const;

describe("publishing a day", () => {
  it("puts a checkpoint in the manifest's place, then parts, then the manifest", async () => {
    const { store, publish, draft, now } = await world();
    const publication = await publish("run-1");
    await publication.begin();
    expect(await draft()).toEqual({
      draft: 2,
      run: "run-1",
      until: now() + 2 * minute,
      parts: [],
      progress: null,
    });
    const parts = await publication.commit([await part(store, 1, "one"), await part(store, 2, "two")]);
    expect(parts).toEqual(
      ["one", "two"].map((text, at) => {
        const sha256 = createHash("sha256").update(text).digest("hex");
        return { key: keyOf(at + 1), etag: sha256, sha256, size: 3, rows: 1 };
      }),
    );
    const manifest = manifestOf(parts);
    await publication.finish(manifest);
    const text = (await readText(store, key)) ?? "";
    expect(parseManifest(text, key)).toEqual(manifest);
    expect(text).toBe(`${JSON.stringify(manifest, null, 2)}\n`);
  });

  it("of two runs at once, the second stops and changes nothing", async () => {
    const { store, publish, draft } = await world();
    const [one, two] = [await publish("run-1"), await publish("run-2")];
    await one.begin();
    await expect(two.begin()).rejects.toMatchObject({ code: "STORE_CONFLICT", field: key });
    await two.release();
    expect(await draft()).toMatchObject({ run: "run-1" });
    await one.commit([await part(store, 1, "one")]);
    expect(await readText(store, keyOf(1))).toBe("one");
  });

  it("keeps the day while it goes on, and asks for it before half of its time is left", async () => {
    const { store, publish, draft, later, now } = await world();
    const publication = await publish("run");
    await publication.begin();
    const until = now() + 2 * minute;
    later(minute);
    await publication.commit([await part(store, 1, "one")]);
    expect(await draft()).toMatchObject({ until, parts: [] });
    later(1);
    await publication.commit([await part(store, 2, "two")]);
    expect(await draft()).toMatchObject({
      until: now() + 2 * minute,
      parts: [{ key: keyOf(1) }],
      progress: null,
    });
  });

  it("holds it as long as it is told", async () => {
    const { publish, draft, now } = await world();
    const publication = await publish("run", 5_000);
    await publication.begin();
    expect(await draft()).toMatchObject({ until: now() + 5_000 });
  });

  it("a run that slept while another took the day changes nothing more", async () => {
    const { store, publish, later, text } = await world();
    await standingDay(store, [exportRows(3), exportRows(3, 4)]);
    const old = await publish("run-1");
    await old.begin();
    later(3 * minute);
    const fresh = await publish("run-2");
    await fresh.begin();
    await expect(old.commit([await part(store, 1, "one")])).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    await expect(old.removeOthers()).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    await expect(old.finish(manifestOf([]))).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    await expect(old.release()).rejects.toMatchObject({ code: "STORE_CONFLICT" });
    expect(await text(keyOf(1))).not.toBe("one");
    expect([...store.objects.keys()].sort()).toEqual([keyOf(1), keyOf(2), key]);
  });

  it("a part that somebody touched since is left as it is", async () => {
    const { store, publish, text } = await world();
    const publication = await publish("run");
    await writeText(store, keyOf(1), "theirs", { absent: true });
    await publication.begin();
    await expect(publication.commit([await part(store, 1, "mine")])).rejects.toMatchObject({
      code: "STORE_CONFLICT",
    });
    expect(await text(keyOf(1))).toBe("theirs");
  });

  it("replaces parts that stood, and removes those that are no part of the day any more", async () => {
    const { store, publish, text } = await world();
    await standingDay(store, [exportRows(3), exportRows(3, 4), exportRows(3, 7)]);
    await standingDay(store, [exportRows(1)], { pbx: "rome" });
    const publication = await publish("run");
    await publication.begin();
    await publication.commit([await part(store, 1, "new")]);
    await publication.removeOthers();
    expect(await text(keyOf(1))).toBe("new");
    expect([...store.objects.keys()].filter((name) => name.startsWith("legs/")).sort()).toEqual([
      keyOf(1),
      partKey("legs", place.day, "rome", 1),
    ]);
  });

  it("can be handed over: what is done and where to go on stands there, and nobody has to wait", async () => {
    const { store, publish, draft, later } = await world();
    const publication = await publish("run");
    await publication.begin();
    await publication.commit([await part(store, 1, "one")]);
    later(1_000);
    await publication.continueLater(progress);
    expect(await draft()).toMatchObject({ run: "run", until: 0, parts: [{ key: keyOf(1) }], progress });
    // what is handed over is not taken back
    await publication.release();
    expect(await draft()).toMatchObject({ progress });
  });
});

describe("a run that replaces parts of a day with a manifest", () => {
  it("says so in its checkpoint", async () => {
    const { store, draft, now } = await world();
    const erasing = { before: manifestOf([]), after: [], at: "2026-11-24T00:00:00Z", rows: {} };
    const publication = new Publication(
      { store, clock: { now, sleep: async () => undefined } },
      place,
      await lookAtDay(store, place),
      "run",
      [],
      erasing,
    );
    await publication.begin();
    expect(await draft()).toMatchObject({ run: "run", erasing });
  });
});

describe("whether a run changed the day", () => {
  it("is known from the first part that it writes or removes", async () => {
    const { store, publish } = await world();
    await standingDay(store, [exportRows(3)]);
    const writing = await publish("run");
    await writing.begin();
    expect(writing.changed).toBe(false);
    await writing.commit([await part(store, 1, "new")]);
    expect(writing.changed).toBe(true);
    await writing.finish(manifestOf([]));
    const removing = await publish("run");
    await removing.begin();
    expect(removing.changed).toBe(false);
    await removing.removeOthers();
    expect(removing.changed).toBe(true);
  });
});

describe("a day that is to have no manifest", () => {
  it("has none, and no checkpoint", async () => {
    const { store, publish } = await world();
    await standingDay(store, []);
    const publication = await publish("run");
    await publication.begin();
    await publication.abandon();
    expect([...store.objects.keys()]).toEqual([]);
  });
  it("may have had none before", async () => {
    const { store, publish } = await world();
    await (await publish("run")).abandon();
    expect([...store.objects.keys()]).toEqual([]);
  });
});

describe("giving up", () => {
  it("puts back the manifest where no part was touched", async () => {
    const { store, publish, text } = await world();
    await standingDay(store, [exportRows(3)]);
    const before = await text(key);
    const publication = await publish("run");
    await publication.begin();
    expect(await text(key)).not.toBe(before);
    await publication.release();
    expect(await text(key)).toBe(before);
  });
  it("leaves no manifest where there was none", async () => {
    const { store, publish } = await world();
    const publication = await publish("run");
    await publication.begin();
    await publication.release();
    expect([...store.objects.keys()]).toEqual([]);
  });
  it.each([
    [
      "written",
      async (publication: Publication, store: ExportStore) =>
        void (await publication.commit([await part(store, 1, "new")])),
    ],
    ["removed", (publication: Publication) => publication.removeOthers()],
  ])("leaves no manifest where a part was %s", async (_name, touch) => {
    const { store, publish, text } = await world();
    await standingDay(store, [exportRows(3)]);
    const publication = await publish("run");
    await publication.begin();
    await touch(publication, store);
    await publication.release();
    expect(await text(key)).toBeUndefined();
  });
  it("before anything began does nothing", async () => {
    const { store, publish, text } = await world();
    await standingDay(store, [exportRows(3)]);
    const before = await text(key);
    await (await publish("run")).release();
    expect(await text(key)).toBe(before);
  });
});

describe("a day that another run has", () => {
  const state = async (until: number) => {
    const store = plainStore();
    await writeText(store, key, JSON.stringify({ draft: 2, run: "r", until, parts: [], progress: null }), {
      absent: true,
    });
    return lookAtDay(store, place);
  };
  it("is refused until its time is up, with the seconds to wait", async () => {
    const held = await state(10_001);
    expect(() => refuseWhereHeld(held, 5_000)).toThrowError(
      expect.objectContaining({
        code: "STORE_CONFLICT",
        message: "another run is writing this day",
        retryAfter: 6,
      }),
    );
    expect(refuseWhereHeld(held, 10_001)).toBeUndefined();
    expect(refuseWhereHeld(await lookAtDay(plainStore(), place), 0)).toBeUndefined();
  });
});
