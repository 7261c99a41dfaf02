import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ProductError } from "../../../lib/errors.ts";
import {
  fleetKey,
  type Manifest,
  manifestKey,
  parseManifest,
  partKey,
} from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import {
  exportRows,
  legParts,
  manifestOf,
  oldDay,
  standingDay,
  withLegs,
} from "../../support/standing-day.ts";

const day = "2026-11-23";
const first = partKey("legs", day, "milan", 1);
const second = partKey("legs", day, "milan", 2);
const key = manifestKey(day, "milan");

/** A day of 20 rows and then 10, and what is done to it. */
const world = async () => {
  const store = plainStore();
  const manifest = await standingDay(store, [exportRows(20), exportRows(10, 21)]);
  const drop = async (name: string): Promise<void> =>
    store.remove(name, (await store.head(name))?.etag ?? "");
  const put = async (name: string, text: string): Promise<void> => {
    await drop(name);
    await writeText(store, name, text, { absent: true });
  };
  const say = (change: Partial<Manifest>) => put(key, JSON.stringify({ ...manifest, ...change }));
  return { store, manifest, drop, put, say };
};

describe("an export that is whole", () => {
  it("has days, parts and rows, and nothing to find", async () => {
    const { store } = await world();
    await standingDay(store, [exportRows(3)], { pbx: "rome", format: "parquet" });
    await standingDay(store, [exportRows(4, 1, { from_name: 'a\n"b"\n' })], { pbx: "oslo", format: "csv" });
    await standingDay(store, [exportRows(2, 1, { from_name: 'a\n"b"\n' })], {
      pbx: "wien",
      format: "csv-plain",
    });
    await standingDay(store, [], { day: "2026-11-22" });
    await writeText(store, fleetKey(day), "{}", { absent: true });
    const seen: string[] = [];
    expect(await verifyExport(store, (name) => seen.push(name))).toEqual({
      days: 5,
      parts: 5,
      rows: 39,
      findings: [],
      warnings: [{ key: manifestKey(day, "oslo"), problem: "two formats", detail: expect.any(String) }],
    });
    expect(seen).toEqual([
      manifestKey("2026-11-22", "milan"),
      key,
      manifestKey(day, "oslo"),
      manifestKey(day, "rome"),
      manifestKey(day, "wien"),
    ]);
  });
  it("may be empty", async () => {
    expect(await verifyExport(plainStore())).toEqual({
      days: 0,
      parts: 0,
      rows: 0,
      findings: [],
      warnings: [],
    });
  });
});

describe("what is wrong is told by key:", () => {
  type World = Awaited<ReturnType<typeof world>>;
  it.each<[string, (world: World) => Promise<void>, object[]]>([
    [
      "a missing part",
      ({ drop }) => drop(first),
      [{ key: first, problem: "part missing", detail: "the manifest names it" }],
    ],
    [
      "other bytes",
      ({ put }) => put(first, "other"),
      [{ key: first, problem: "part changed", detail: "its size or SHA-256 differs from the manifest" }],
    ],
    [
      "another hash",
      ({ say, manifest }) =>
        say(withLegs(manifest, (parts) => parts.map((part) => ({ ...part, sha256: "0" })))),
      [
        { key: first, problem: "part changed" },
        { key: second, problem: "part changed" },
      ],
    ],
    [
      "another size",
      ({ say, manifest }) => say(withLegs(manifest, (parts) => parts.map((part) => ({ ...part, size: 1 })))),
      [
        { key: first, problem: "part changed" },
        { key: second, problem: "part changed" },
      ],
    ],
    [
      "rows that a part has not",
      ({ say, manifest }) =>
        say(
          withLegs(manifest, (parts) => parts.map((part) => ({ ...part, rows: part.rows === 20 ? 19 : 11 }))),
        ),
      [
        { key: first, problem: "rows do not add up", detail: "it has 20 rows, and 19 in the manifest" },
        { key: second, problem: "rows do not add up", detail: "it has 10 rows, and 11 in the manifest" },
      ],
    ],
    [
      "a sum that is none",
      ({ say }) => say({ rows: 31, pbx_count_before: 31, pbx_count_after: 31 }),
      [
        {
          key,
          problem: "rows do not add up",
          detail: "the manifest has 31 rows of legs, and its parts have 30",
        },
      ],
    ],
    [
      "rows of the day and of its table that the parts have not",
      ({ say, manifest: { datasets } }) =>
        say({
          rows: 31,
          pbx_count_before: 31,
          pbx_count_after: 31,
          datasets: { ...datasets, legs: { ...datasets.legs, rows: 31 } },
        }),
      [
        {
          key,
          problem: "rows do not add up",
          detail: "the manifest has 31 rows of legs, and its parts have 30",
        },
      ],
    ],
    [
      "a part too many",
      ({ say, manifest }) => say(manifestOf(legParts(manifest).slice(0, 1))),
      [{ key: second, problem: "part too many", detail: "the manifest does not name it" }],
    ],
    [
      "a count that went up meanwhile",
      ({ say }) => say({ pbx_count_after: 31 }),
      [
        {
          key,
          problem: "counts do not agree",
          detail: "the PBX counted 30, then 31; 30 rows were written, and 0 were outside the day",
        },
      ],
    ],
    [
      "a count that nothing fits",
      ({ say }) => say({ pbx_count_before: 33, pbx_count_after: 33, rows_outside: 2 }),
      [
        {
          key,
          problem: "counts do not agree",
          detail: "the PBX counted 33, then 33; 30 rows were written, and 2 were outside the day",
        },
      ],
    ],
    ["no count before", ({ say }) => say({ pbx_count_before: null }), []],
    ["no count after", ({ say }) => say({ pbx_count_after: null }), []],
    [
      "rows outside that are counted",
      ({ say }) => say({ pbx_count_before: 32, pbx_count_after: 32, rows_outside: 2 }),
      [],
    ],
    [
      "a manifest that is of another day or PBX",
      async ({ store, manifest, drop, say }) => {
        const other = manifestKey("2026-11-22", "rome");
        await writeText(store, other, JSON.stringify(manifest), { absent: true });
        await drop(key);
        await say({});
      },
      [
        {
          key: manifestKey("2026-11-22", "rome"),
          problem: "manifest out of place",
          detail: "it is the manifest of milan on 2026-11-23",
        },
      ],
    ],
    [
      "a part of another day",
      async ({ store, manifest, say }) => {
        const there = await standingDay(store, [exportRows(5)], { pbx: "rome" });
        await say(manifestOf([...legParts(manifest), ...legParts(there)]));
      },
      [
        {
          key,
          problem: "part out of place",
          detail: `${partKey("legs", day, "rome", 1)} is not a part of this day`,
        },
      ],
    ],
    [
      "a part of another day that nobody else names",
      async ({ store, manifest, drop, say }) => {
        const there = await standingDay(store, [exportRows(5)], { pbx: "rome" });
        await drop(manifestKey(day, "rome"));
        await say(manifestOf([...legParts(manifest), ...legParts(there)]));
      },
      [
        { key, problem: "part out of place" },
        { key: partKey("legs", day, "rome", 1), problem: "part without manifest" },
      ],
    ],
    [
      "parts without a manifest",
      ({ drop }) => drop(key),
      [first, second].map((part) => ({
        key: part,
        problem: "part without manifest",
        detail: "its day has no readable manifest",
      })),
    ],
    [
      "a manifest that cannot be read",
      ({ put }) => put(key, "{}"),
      [
        { key, problem: "manifest damaged", detail: "it is not a manifest of this version" },
        { key: first, problem: "part without manifest" },
        { key: second, problem: "part without manifest" },
      ],
    ],
    [
      "a day that is being written",
      ({ put }) => put(key, JSON.stringify({ draft: 2, run: "r", until: 0, parts: [], progress: null })),
      [
        {
          key,
          problem: "not finished",
          detail: "a run is writing this day, or was stopped before it finished",
        },
        { key: first, problem: "part without manifest" },
        { key: second, problem: "part without manifest" },
      ],
    ],
  ])("%s", async (_name, damage, findings) => {
    const made = await world();
    await damage(made);
    const verdict = await verifyExport(made.store);
    expect(verdict.findings).toMatchObject(findings);
    expect(verdict.findings).toHaveLength(findings.length);
  });

  it("a part that is as the manifest says, and no part", async () => {
    const { store, put, say } = await world();
    const bytes = "no gzip";
    await put(first, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const part = { key: first, etag: "e", sha256, size: bytes.length, rows: 20 };
    await say(manifestOf([part]));
    expect((await verifyExport(store)).findings).toMatchObject([
      { key: first, problem: "rows do not add up", detail: "it cannot be unpacked" },
      { key: second, problem: "part too many" },
    ]);
  });

  it("a part without rows, of which the manifest has some", async () => {
    const { store, put } = await world();
    const empty = await standingDay(store, [[]], { day: "2026-11-22" });
    const parts = legParts(empty).map((part) => ({ ...part, rows: 20 }));
    await put(manifestKey("2026-11-22", "milan"), JSON.stringify(manifestOf(parts, { day: "2026-11-22" })));
    expect((await verifyExport(store)).findings).toEqual([
      {
        key: partKey("legs", "2026-11-22", "milan", 1),
        problem: "rows do not add up",
        detail: "it has 0 rows, and 20 in the manifest",
      },
    ]);
  });

  it("a manifest that goes while it is looked at", async () => {
    const { store } = await world();
    const gone: typeof store = {
      ...store,
      read: async (name) => (name === key ? undefined : store.read(name)),
    };
    const { days, findings } = await verifyExport(gone);
    expect([days, findings[0]]).toMatchObject([0, { key, problem: "manifest damaged" }]);
  });
});

describe("a manifest", () => {
  it("lies under a prefix of its own, beside the report on all PBXs", () => {
    expect([key, fleetKey(day), first]).toEqual([
      "manifests/dt=2026-11-23/milan.json",
      "manifests/dt=2026-11-23/_fleet.json",
      "legs/dt=2026-11-23/pbx=milan/part-00001.ndjson.gz",
    ]);
  });
  it("is read as it was written", async () => {
    const { store, manifest } = await world();
    expect(parseManifest((await readText(store, key)) ?? "", key)).toEqual(manifest);
  });
  it.each([
    ["no text", ""],
    ["no JSON", "{"],
    ["another version", JSON.stringify({ ...manifestOf([]), version: 3 })],
    [
      "rows of another version",
      JSON.stringify({ ...manifestOf([]), datasets: { legs: { schema_version: 2, rows: 0, parts: [] } } }),
    ],
    ["a field too many", JSON.stringify({ ...manifestOf([]), more: 1 })],
    ["a field too few", JSON.stringify({ ...manifestOf([]), rows: undefined })],
    ["another way of paging", JSON.stringify({ ...manifestOf([]), paging: "luck" })],
  ])("of %s is none", (_name, text) => {
    expect(() => parseManifest(text, "m.json")).toThrowError(
      expect.objectContaining({
        code: "MANIFEST_INVALID",
        field: "m.json",
        message: "m.json is not a manifest of this version",
        cause: expect.any(Error),
      }),
    );
  });
});

describe("an object without a day and PBX in its key", () => {
  const odd = [
    "manifests/dt=2026-02-30/milan.json",
    "manifests/odd.json",
    "legs/dt=2026-02-30/pbx=milan/part-00001.ndjson.gz",
    "legs/odd.gz",
    "legs/odd/dt=2026-11-23/pbx=milan/part-00001.ndjson.gz",
  ] as const;
  it.each([{}, { from: day, to: day, pbxs: ["milan"] }, { keptFrom: "2027-01-01" }])(
    "is found in any range of days: %j",
    async (scope) => {
      const { store } = await world();
      for (const name of odd) await writeText(store, name, "{}", { absent: true });
      const { findings } = await verifyExport(store, undefined, scope);
      expect(findings.map((found) => [found.key, found.problem])).toEqual([
        [odd[0], "manifest damaged"],
        [odd[1], "manifest damaged"],
        [odd[2], "part without manifest"],
        [odd[3], "part without manifest"],
        [odd[4], "part without manifest"],
      ]);
    },
  );
});

describe("days that are missing", () => {
  const at = async (...days: string[]) => {
    const store = plainStore();
    for (const each of days)
      await standingDay(store, [exportRows(1, 1, { start: `${each} 08:00:00` })], { day: each });
    await standingDay(store, [], { pbx: "rome" });
    return async (scope: Parameters<typeof verifyExport>[2]) =>
      (await verifyExport(store, undefined, scope)).findings.map(({ key: where, problem, detail }) => [
        where,
        problem,
        detail,
      ]);
  };
  const days = ["2026-10-24", "2026-10-26", "2026-10-30"];
  const gap = [manifestKey("2026-10-25", "milan"), "days missing", "2026-10-25 has no manifest"];
  const longGap = [
    manifestKey("2026-10-27", "milan"),
    "days missing",
    "3 days, 2026-10-27 to 2026-10-29, have no manifest",
  ];
  it("between the first and the last day of a PBX are found", async () => {
    expect(await (await at(...days))({})).toEqual([gap, longGap]);
  });
  it("in a range are found at its ends too", async () => {
    const found = await at(...days);
    expect(await found({ from: "2026-10-23", to: "2026-10-26", pbxs: ["milan"] })).toEqual([
      [manifestKey("2026-10-23", "milan"), "days missing", "2026-10-23 has no manifest"],
      gap,
    ]);
    expect(await found({ from: "2026-10-30", to: "2026-11-01", pbxs: ["milan"] })).toMatchObject([
      [
        manifestKey("2026-10-31", "milan"),
        "days missing",
        "2 days, 2026-10-31 to 2026-11-01, have no manifest",
      ],
    ]);
    expect(await found({ from: "2026-10-30", pbxs: ["milan"] })).toEqual([]);
  });
  it("are not those that the retention deleted", async () => {
    const found = await at(...days);
    expect(await found({ keptFrom: "2026-10-26" })).toEqual([longGap]);
    expect(await found({ from: "2026-10-01", keptFrom: "2026-10-30", pbxs: ["milan"] })).toEqual([]);
    expect(await found({ from: "2026-10-30", keptFrom: "2026-10-26", pbxs: ["milan"] })).toEqual([]);
  });
  it("are not those of a PBX that was not asked for", async () => {
    const store = plainStore();
    await standingDay(store, [], { day });
    const { findings } = await verifyExport(store, undefined, { from: day, to: day });
    expect(findings).toEqual([]);
  });
  it("are the last day of the range if only it is asked for", async () => {
    expect(await (await at(...days))({ to: day, pbxs: ["oslo"] })).toEqual([
      [manifestKey(day, "oslo"), "days missing", `${day} has no manifest`],
    ]);
  });
  it("are all days of a PBX that has none", async () => {
    expect(await (await at(...days))({ from: day, to: day, pbxs: ["oslo"] })).toEqual([
      [manifestKey(day, "oslo"), "days missing", `${day} has no manifest`],
    ]);
  });
});

describe("a manifest that names", () => {
  it.each([
    `legs/dt=${day}/pbx=milan/../../outside.gz`,
    `legs/dt=${day}/pbx=milan/../milan/part-00001.ndjson.gz`,
    `legs/dt=${day}/pbx=milan/part-1.ndjson.gz`,
    `legs/dt=${day}/pbx=milan/part-00001.ndjson.gz/part-00001.ndjson.gz`,
    `legs/dt=${day}/pbx=milan/part-00001.txt`,
    "/dev/zero",
  ])("%s is out of place, and that file is not read", async (name) => {
    const { store, manifest, say } = await world();
    const [part] = legParts(manifest);
    if (part === undefined) throw new Error("the day has parts");
    await say(manifestOf([{ ...part, key: name }]));
    const read: string[] = [];
    const watched: typeof store = {
      ...store,
      read: async (object) => {
        read.push(object);
        return store.read(object);
      },
    };
    expect((await verifyExport(watched)).findings).toContainEqual({
      key,
      problem: "part out of place",
      detail: `${name} is not a part of this day`,
    });
    expect(read).toEqual([key]);
  });
  it("its parts may be of a PBX whose name looks like a part", async () => {
    const store = plainStore();
    await standingDay(store, [exportRows(1)], { pbx: "part-7.milan" });
    expect((await verifyExport(store)).findings).toEqual([]);
  });
  it("a part of another format is wrong", async () => {
    const { store, manifest, say } = await world();
    await say({ ...manifest, format: "parquet" });
    expect((await verifyExport(store)).findings).toContainEqual({
      key,
      problem: "part out of place",
      detail: `${first} is not in parquet, the format in the manifest`,
    });
  });
  it("a part twice counts it once only", async () => {
    const { store, manifest, say } = await world();
    await say(manifestOf([...legParts(manifest), ...legParts(manifest).slice(0, 1)]));
    expect((await verifyExport(store)).findings).toEqual([
      { key, problem: "part out of place", detail: `${first} is named twice` },
    ]);
  });
});

describe("a warning names", () => {
  it("rows whose UTC offset is not that of the zone", async () => {
    const { store, say } = await world();
    await say({ offset_mismatches: 3 });
    expect(await verifyExport(store)).toMatchObject({
      findings: [],
      warnings: [
        {
          key,
          problem: "UTC offsets differ",
          detail: "3 legs have a UTC offset that differs from UTC; check the time zone of the PBX",
        },
      ],
    });
  });
  it("one row whose UTC offset is not that of the zone", async () => {
    const { store, say } = await world();
    await say({ offset_mismatches: 1 });
    expect((await verifyExport(store)).warnings).toMatchObject([
      { detail: "1 leg has a UTC offset that differs from UTC; check the time zone of the PBX" },
    ]);
  });
  it("a day without legs between two days with thousands", async () => {
    const store = plainStore();
    await standingDay(store, [exportRows(1000)], { day: "2026-11-21" });
    await standingDay(store, [], { day: "2026-11-22" });
    await standingDay(store, [exportRows(1000)], { day: "2026-11-23" });
    expect((await verifyExport(store)).warnings).toMatchObject([
      { key: manifestKey("2026-11-22", "milan"), problem: "day without legs" },
    ]);
  });
  it("a single day of the old layout", async () => {
    const store = plainStore();
    await oldDay(store, [exportRows(2)], { day });
    expect((await verifyExport(store)).warnings).toEqual([
      {
        key,
        problem: "old layout",
        detail:
          "this day has the layout of version 1: legs are under calls/, where newer days have calls. Export them again with --force, or move them to a separate directory",
      },
    ]);
  });
  it("days of the old layout, which stay verifiable", async () => {
    const { store } = await world();
    await oldDay(store, [exportRows(2)], { day: "2026-11-21" });
    await oldDay(store, [exportRows(3)], { day: "2026-11-22" });
    expect(await verifyExport(store)).toMatchObject({
      days: 3,
      rows: 35,
      findings: [],
      warnings: [
        {
          key: manifestKey("2026-11-21", "milan"),
          problem: "old layout",
          detail: expect.stringMatching(
            /^2 PBX days, of which this is the first, have the layout .* --force/,
          ),
        },
      ],
    });
  });
  it("rows of two versions in the old layout", async () => {
    const store = plainStore();
    await oldDay(store, [exportRows(1)], { day: "2026-11-21" });
    await oldDay(store, [exportRows(1)], { day: "2026-11-22", change: { schema_version: 1 } });
    await oldDay(store, [exportRows(1)], { day: "2026-11-23", change: { schema_version: 1 } });
    expect((await verifyExport(store)).warnings).toMatchObject([
      { problem: "old layout" },
      {
        key: manifestKey("2026-11-22", "milan"),
        problem: "rows of two versions",
        detail: "the days have rows of different versions; export the older days again with --force",
      },
    ]);
  });
  it("days of two formats", async () => {
    const { store } = await world();
    await standingDay(store, [exportRows(1)], { day: "2026-11-22", format: "parquet" });
    await standingDay(store, [exportRows(1)], { day: "2026-11-24" });
    expect((await verifyExport(store)).warnings).toMatchObject([
      {
        key,
        problem: "two formats",
        detail:
          "the days have the formats parquet and ndjson, and one table cannot read both; export the days of one format again with --force",
      },
    ]);
  });
});

it("objects that the store cannot read are found, and the check goes on", async () => {
  const { store } = await world();
  await standingDay(store, [exportRows(3)], { day: "2026-11-24" });
  const [part, manifest] = [first, manifestKey("2026-11-24", "milan")];
  const words = "this user has no permission there";
  const closed: Readonly<Record<string, string>> = { [part]: `cannot be read: ${words}`, [manifest]: words };
  const read: typeof store.read = async (name) => {
    const detail = closed[name];
    if (detail === undefined) return store.read(name);
    throw new ProductError("STORE_UNAVAILABLE", { detail: `${name} ${detail}`, field: name });
  };
  const verdict = await verifyExport({ ...store, read });
  expect(verdict).toMatchObject({ days: 1, parts: 2 });
  expect(verdict.findings).toEqual([
    { key: part, problem: "part unreadable", detail: `cannot be read: ${words}` },
    { key: manifest, problem: "manifest unreadable", detail: words },
    expect.objectContaining({ problem: "part without manifest" }),
  ]);
  // any other error is none of the object
  const broken = { ...store, read: () => Promise.reject(new Error("away")) };
  await expect(verifyExport(broken)).rejects.toThrow("away");
});
