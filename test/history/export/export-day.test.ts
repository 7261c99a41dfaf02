import { describe, expect, it } from "vitest";
import { exportDay, exportSome } from "../../../lib/history/export/export-day.ts";
import type { ExportJob } from "../../../lib/history/export/export-job.ts";
import type { StoredCheckpoint } from "../../../lib/history/publication/checkpoint.ts";
import {
  groupingKey,
  type Manifest,
  manifestKey,
  partKey,
} from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { software } from "../../../lib/software.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { day, exportWorld } from "../../support/export-world.ts";
import { exportRows, legParts, oldDay } from "../../support/standing-day.ts";

const key = manifestKey(day, "milan");
/** A day of so many calls, in parts of twenty. */
const setUp = async (calls = 50, faults: readonly string[] = []) => {
  const world = await exportWorld({ rowsOn: { [day]: calls }, faults });
  const { client } = await world.ports.pbxs.get("milan");
  /** Parts that are uploaded and not visible. */
  let held = 0;
  const { store: plain } = world.ports;
  const store = {
    ...plain,
    stage: async (...args: Parameters<typeof plain.stage>) => {
      const staged = await plain.stage(...args);
      held++;
      return {
        ...staged,
        commit: async (...expected: Parameters<typeof staged.commit>) => {
          const object = await staged.commit(...expected);
          held--;
          return object;
        },
        abort: async () => void held--,
      };
    },
  };
  const ports = { ...world.ports, client, store };
  const job: ExportJob = { day, pbx: "milan", zone: "Europe/Rome", rowsPerPart: 20 };
  const run = (change: Partial<ExportJob> = {}) => exportDay(ports, { ...job, ...change });
  const draft = async (): Promise<StoredCheckpoint> => JSON.parse((await readText(store, key)) ?? "null");
  const { history } = world.simulator.pbx;
  return { ...world, ports, store, history, job, run, draft, held: () => held };
};
const soon = { timeLeft: () => 0 };

describe("a day's manifest", () => {
  it("says what was read, how, and with which result", async () => {
    const { run, history, ports } = await setUp();
    const { manifest, kind, skipped } = await run();
    expect([kind, skipped]).toEqual(["exported", false]);
    const rows = history.rowsOf(day);
    const starts = rows.map((row) => String(row["start"])).sort();
    const { datasets, requests, ...said } = manifest as Manifest;
    const { parts } = datasets.legs;
    expect(said).toEqual({
      version: 2,
      pbx: "milan",
      day,
      zone: "Europe/Rome",
      window_local: { from: `${day} 00:00:00`, to: "2026-11-24 00:00:00" },
      window_utc: { from: "2026-11-22T23:00:00Z", to: "2026-11-23T23:00:00Z" },
      context_local: { from: "2026-11-22 22:00:00", to: "2026-11-24 02:00:00" },
      pbx_count_before: 50,
      pbx_count_after: 50,
      rows: 50,
      duplicates_dropped: 0,
      rows_outside: 0,
      paging: "id",
      windows: 1,
      restarts: [],
      first_id: rows[0]?.id,
      last_id: rows.at(-1)?.id,
      min_start: starts[0],
      max_start: starts.at(-1),
      format: "ndjson",
      fields_unknown: {},
      fields_missing: {},
      fields_retyped: {},
      offset_mismatches: 0,
      changes: null,
      exported_at: "2026-11-24T10:00:00.000Z",
      software,
    });
    expect(requests).toBeGreaterThan(0);
    expect(parts.map(({ key: name }) => name)).toEqual(
      [1, 2, 3].map((part) => partKey("legs", day, "milan", part)),
    );
    expect(datasets.legs).toMatchObject({ schema_version: 3, rows: 50 });
    expect(JSON.parse((await readText(ports.store, key)) ?? "")).toEqual(manifest);
  });

  it("counts rows from which an erased number was removed", async () => {
    const { run, history } = await setUp();
    const plain = (await run()).manifest as Manifest;
    expect(plain).not.toHaveProperty("erased");
    history.insert({ start: `${day} 12:00:00`, from_number: "2025550123" });
    const erased = { test: (text: string) => text === "2025550123", isCurrent: async () => true };
    const { manifest } = await run({ force: true, erased });
    expect(manifest).toMatchObject({ erased: [{ at: "2026-11-24T10:00:00.000Z", legs: 1, calls: 1 }] });
  });

  it.each([
    ["for the first time", false],
    ["again", true],
  ])("is not written if a number is erased while the day is read %s", async (_name, isAgain) => {
    const { run, store } = await setUp();
    if (isAgain) await run();
    const before = await readText(store, key);
    const erased = { test: undefined, isCurrent: async () => false };
    await expect(run({ force: true, erased })).rejects.toMatchObject({
      code: "STORE_CONFLICT",
      message: "a number was erased while the day was read; the day must be read again",
      retryAfter: 1,
    });
    expect(await readText(store, key)).toBe(before);
  });

  it("names fields with text that is not UTF-8, if there are any", async () => {
    const { run, ports, job, history } = await setUp();
    expect((await run()).manifest).not.toHaveProperty("fields_replaced");
    history.insert({ start: `${day} 12:00:00`, from_name: "Caf\ufffd" });
    const historyPage: typeof ports.client.historyPage = async (...asked) => ({
      ...(await ports.client.historyPage(...asked)),
      hasReplaced: true,
    });
    const marked = { ...ports, client: { ...ports.client, historyPage } };
    const { manifest } = await exportDay(marked, { ...job, force: true });
    expect(manifest).toMatchObject({ fields_replaced: { from_name: 1 } });
  });

  it("has only anomalies that occurred", async () => {
    const { run, history } = await setUp();
    expect(((await run()).manifest as Manifest).datasets.calls.anomalies).toEqual({});
    history.insert({ start: `${day} 12:00:00`, channel: "", dstchannel: "" });
    const { manifest } = await run({ force: true });
    expect((manifest as Manifest).datasets.calls.anomalies).toEqual({ legs_without_channel: 1 });
  });

  it("says why reading restarted", async () => {
    const { run } = await setUp(50, ["sort-ignored"]);
    const { manifest } = await run();
    expect(manifest).toMatchObject({ paging: "offset", restarts: [expect.stringContaining("ids")] });
  });
});

describe("a day with a manifest", () => {
  it("is skipped", async () => {
    const { run, simulator } = await setUp();
    const { manifest } = await run();
    const requests = simulator.seen.length;
    expect(await run()).toEqual({ kind: "exported", manifest, skipped: true });
    expect(simulator.seen.length).toBe(requests);
  });
});

describe("a day that is read again", () => {
  it("without a different byte keeps its parts, and its manifest has the new time", async () => {
    const { run, store, held, later } = await setUp();
    const first = await run();
    const written: string[] = [];
    const { stage } = store;
    store.stage = (name, bytes) => {
      if (name === key) written.push(name);
      return stage(name, bytes);
    };
    later(1000);
    const again = await run({ force: true });
    expect(again.manifest).toMatchObject({
      datasets: (first.manifest as Manifest).datasets,
      changes: { added: 0, changed: 0, removed: 0 },
      exported_at: "2026-11-24T10:00:01.000Z",
    });
    expect(written, "no draft stood in between").toEqual([key]);
    expect(JSON.parse((await readText(store, key)) ?? "")).toEqual(again.manifest);
    expect(held()).toBe(0);
  });

  it.each([
    ["a row more", 1, 0],
    ["rows for another part", 15, 0],
    ["a row less", 0, 1],
    ["rows less by a part", 0, 12],
  ])("with %s counts the changes, and has no part too many", async (_name, more, less) => {
    const { run, history, store, held } = await setUp();
    await run();
    for (let n = 0; n < more; n++) history.insert({ start: `${day} 12:00:00` });
    for (const { id } of history.rowsOf(day).slice(25, 25 + less)) history.remove(Number(id));
    expect((await run({ force: true })).manifest.changes).toEqual({ added: more, changed: 0, removed: less });
    expect((await verifyExport(store)).findings).toEqual([]);
    expect(held()).toBe(0);
  });

  it("writes legs again that differ in a field of no call", async () => {
    const { run, ports, job, store } = await setUp();
    const { manifest: first } = await run();
    const historyPage: typeof ports.client.historyPage = async (...asked) => {
      const page = await ports.client.historyPage(...asked);
      return { ...page, records: page.records.map((row) => ({ ...row, mos: "4.2" })) };
    };
    const { manifest } = await exportDay(
      { ...ports, client: { ...ports.client, historyPage } },
      { ...job, force: true },
    );
    expect(manifest.changes).toEqual({ added: 0, changed: first.rows, removed: 0 });
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("in the old layout stays exported, and has only the new one when it is read again", async () => {
    const { run, store } = await setUp();
    await oldDay(store, [exportRows(3)], { day });
    expect(await run()).toMatchObject({ skipped: true, manifest: { version: 1, rows: 3 } });
    expect((await verifyExport(store)).findings).toEqual([]);
    const { manifest } = await run({ force: true });
    expect(manifest).toMatchObject({ version: 2, rows: 50, changes: null });
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
  });

  it.each(["of this version", "in the old layout"])(
    "%s keeps its rows if the PBX has none any more, and the error says so",
    async (version) => {
      const { run, history, store } = await setUp(40);
      await (version === "of this version" ? run() : oldDay(store, [exportRows(40)], { day }));
      const before = await readText(store, key);
      for (const { id } of history.rowsOf(day)) history.remove(Number(id));
      const error = await run({ force: true }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "EXPORT_EMPTIED",
        field: "day",
        message: expect.stringContaining(`milan no longer has legs of ${day}, but the export has 40`),
      });
      expect(await readText(store, key)).toBe(before);
      expect((await verifyExport(store)).findings).toEqual([]);
    },
  );

  it("without rows, before and now, is exported", async () => {
    const { run } = await setUp(0);
    await run();
    expect((await run({ force: true })).manifest).toMatchObject({ rows: 0 });
  });

  it("that lost only its last part counts the removed rows", async () => {
    const { run, history, store } = await setUp(40);
    await run();
    for (const { id } of history.rowsOf(day).slice(20)) history.remove(Number(id));
    const { manifest } = await run({ force: true });
    expect(manifest).toMatchObject({ rows: 20, changes: { added: 0, changed: 0, removed: 20 } });
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it.each([
    ["ndjson", { added: 2, changed: 0, removed: 0 }],
    // nobody reads CSV back to compare
    ["csv", null],
  ] as const)("that had no calls and has some, in %s", async (format, changes) => {
    const { run, history } = await setUp(0);
    await run({ format });
    for (let n = 0; n < 2; n++) history.insert({ start: `${day} 12:00:00` });
    expect((await run({ format, force: true })).manifest).toMatchObject({ rows: 2, changes });
  });
});

describe("a day that does not fit into one run", () => {
  // 64 legs wait for the others of their call: two parts of twenty are complete before the last row
  const long = 120;
  it("is exported part by part, each run from the checkpoint of the last", async () => {
    const { ports, job, draft, held } = await setUp(long);
    expect(await exportSome(ports, { ...job, ...soon })).toEqual({ kind: "unfinished", part: 2 });
    expect(await draft()).toMatchObject({
      until: 0,
      parts: [{ rows: 20 }, { key: partKey("calls", day, "milan", 1) }],
      progress: { grouping: { sha256: expect.any(String) } },
    });
    expect(ports.store.objects.has(groupingKey(day, "milan"))).toBe(true);
    expect(await exportSome(ports, { ...job, ...soon, part: 2 })).toEqual({ kind: "unfinished", part: 3 });
    expect(await exportSome(ports, { ...job, ...soon, part: 3 })).toMatchObject({
      kind: "exported",
      manifest: {
        rows: long,
        changes: null,
        datasets: { legs: { parts: Array.from({ length: 6 }, () => ({ rows: 20 })) } },
      },
    });
    expect(ports.store.objects.has(groupingKey(day, "milan")), "the state is removed").toBe(false);
    expect((await verifyExport(ports.store)).findings).toEqual([]);
    expect(held()).toBe(0);
  });

  it("is finished by exportDay from its checkpoint", async () => {
    const { ports, job } = await setUp(long);
    const seen: number[] = [];
    const { manifest } = await exportDay(ports, { ...job, ...soon }, ({ rows }) => seen.push(rows));
    expect(legParts(manifest).map(({ rows }) => rows)).toEqual([20, 20, 20, 20, 20, 20]);
    expect(seen.at(-1)).toBe(long);
    const { manifest: whole } = await (await setUp(long)).run();
    expect((manifest as Manifest).datasets).toEqual((whole as Manifest).datasets);
  });

  it("starts again if the state of the grouping is another one", async () => {
    const { ports, job } = await setUp(long);
    await exportSome(ports, { ...job, ...soon });
    const { etag = "" } = (await ports.store.head(groupingKey(day, "milan"))) ?? {};
    await writeText(ports.store, groupingKey(day, "milan"), "other", { etag });
    expect(await exportSome(ports, { ...job, ...soon, part: 2 })).toEqual({ kind: "unfinished", part: 2 });
  });

  it.each([
    ["that is not the one of the checkpoint", "progress"],
    ["of a run that was killed while it published", "published"],
  ])("leaves no state of the grouping %s", async (_, left) => {
    const { ports, job, draft } = await setUp(long);
    await exportSome(ports, { ...job, ...soon });
    const { etag = "" } = (await ports.store.head(groupingKey(day, "milan"))) ?? {};
    await writeText(ports.store, groupingKey(day, "milan"), "other", { etag });
    if (left === "published") {
      const { etag: seen = "" } = (await ports.store.head(key)) ?? {};
      await writeText(ports.store, key, JSON.stringify({ ...(await draft()), progress: null }), {
        etag: seen,
      });
    }
    expect(await exportSome(ports, job)).toMatchObject({ kind: "exported" });
    expect(ports.store.objects.has(groupingKey(day, "milan"))).toBe(false);
    expect((await verifyExport(ports.store)).findings).toEqual([]);
  });

  it.each([
    ["another part than the next is named", 3],
    ["the first part is named", 1],
  ])("starts again if %s", async (_name, part) => {
    const { ports, job } = await setUp(long);
    await exportSome(ports, { ...job, ...soon });
    expect(await exportSome(ports, { ...job, ...soon, part })).toEqual({ kind: "unfinished", part: 2 });
  });

  it("starts again after a run that was killed between parts, when its lease is over", async () => {
    const { ports, job, draft, later, simulator } = await setUp(long);
    await exportSome(ports, { ...job, ...soon });
    const { etag = "" } = (await ports.store.head(key)) ?? {};
    const killed = { ...(await draft()), until: ports.clock.now() + 2_500, progress: null };
    await writeText(ports.store, key, JSON.stringify(killed), { etag });
    const requests = simulator.seen.length;
    await expect(exportSome(ports, { ...job, part: 2 })).rejects.toMatchObject({
      code: "STORE_CONFLICT",
      retryAfter: 3,
    });
    expect(simulator.seen.length).toBe(requests);
    later(2_500);
    expect(await exportSome(ports, { ...job, ...soon, part: 2 })).toEqual({ kind: "unfinished", part: 2 });
    await writeText(ports.store, key, JSON.stringify({ ...killed, until: 0 }), {
      etag: (await ports.store.head(key))?.etag ?? "",
    });
    expect(await exportSome(ports, job)).toMatchObject({ kind: "exported", manifest: { rows: long } });
  });
});

describe("an export that fails at the end", () => {
  const failing = (name: string): Error => new Error(`${name} is down`);

  it("discards its parts, and leaves no manifest", async () => {
    const { run, store, held, history } = await setUp();
    await run();
    history.insert({ start: `${day} 12:00:00` });
    const { stage } = store;
    store.stage = async (name, bytes) => {
      const staged = await stage(name, bytes);
      return name.startsWith("legs/") ? { ...staged, commit: () => Promise.reject(failing(name)) } : staged;
    };
    await expect(run({ force: true })).rejects.toThrow(`${partKey("legs", day, "milan", 1)} is down`);
    expect([held(), await readText(store, key)]).toEqual([0, undefined]);
    store.stage = stage;
    expect(await run()).toMatchObject({ skipped: false, manifest: { rows: 51 } });
  });

  it.each([
    ["a whole day", {}],
    ["a day that is not finished", soon],
  ])("throws the error that stopped it, not one of the cleanup: %s", async (_name, change) => {
    const { ports, job, store, held } = await setUp();
    const { stage } = store;
    store.stage = async (name, bytes) => {
      const staged = await stage(name, bytes);
      return name.startsWith("legs/") ? { ...staged, commit: () => Promise.reject(failing(name)) } : staged;
    };
    store.remove = () => Promise.reject(failing("removing"));
    await expect(exportSome(ports, { ...job, ...change })).rejects.toThrow(
      `${partKey("legs", day, "milan", 1)} is down`,
    );
    expect(held()).toBe(0);
  });
});
