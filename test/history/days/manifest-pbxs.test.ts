import { describe, expect, it } from "vitest";
import { createDayLedger, dayKey, isOpen } from "../../../lib/history/days/day-ledger.ts";
import type { PlannedPbx } from "../../../lib/history/days/due-days.ts";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import { manifestPbxs } from "../../../lib/history/days/manifest-pbxs.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { backfill } from "../../../lib/history/planning/backfill.ts";
import { reportFleet } from "../../../lib/history/planning/fleet-report.ts";
import { planExports } from "../../../lib/history/planning/plan-exports.ts";
import { fleetKey, manifestKey } from "../../../lib/history/publication/manifest.ts";
import { Publication } from "../../../lib/history/publication/publication.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import { writeText } from "../../../lib/store/store.ts";
import { fleetStatus } from "../../support/fleet-status.ts";
import { noEventBus } from "../../support/no-event-bus.ts";
import { plainStore } from "../../support/plain-store.ts";
import { storedDay } from "../../support/stored-day.ts";

const today = "2026-11-24";
const place: PlannedPbx = {
  pbx: "milan",
  zone: "Europe/Rome",
  today,
  first: "2026-11-01",
  again: "2026-11-20",
};
const record = storedDay({ round: today, done: false });

/** A deployment in which a run on `day` was killed: its lease has the name of the manifest. */
const withLease = async (day: string, change: Partial<StoredDay> = {}) => {
  const clock = { now: () => Date.parse(`${today}T10:00:00Z`), sleep: async () => undefined };
  const [state, store] = [memoryState(clock), plainStore()];
  const queue = memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3 });
  const before = {
    object: undefined,
    text: undefined,
    parts: new Map(),
    isPartial: false,
    manifest: undefined,
    old: undefined,
    checkpoint: undefined,
  };
  await new Publication({ store, clock }, { day, pbx: "milan" }, before, "run", []).begin();
  await state.write(dayKey(day, "milan"), { ...record, ...change }, { absent: true });
  const told: string[] = [];
  const ports = {
    state,
    store,
    bus: noEventBus,
    queue,
    deadLetters: memoryQueue({ clock, visibilitySeconds: 30, maxReceives: 9 }),
    clock,
    random: Math.random,
    metrics: noMetrics,
    log: silentLog,
    config: { stage: undefined, format: "ndjson" as const },
    alarms: { notify: async (subject: string) => void told.push(subject) },
  };
  return { ports, told };
};

describe("a lease is not a manifest", () => {
  it("for the planner, which retries a day with a dead letter also after the lookback", async () => {
    const day = "2026-11-21";
    const { ports } = await withLease(day, { deaths: 1, nextTry: 3600 });
    await planExports(ports, [{ ...place, first: day, again: "2026-11-22" }]);
    const days = (await ports.queue.receive()).map(({ body }) => readMessage(body).day);
    expect(days).toEqual(["2026-11-23", "2026-11-22", day]);
  });

  it("for the fleet report, which sends a notification", async () => {
    const day = "2026-11-23";
    const { ports, told } = await withLease(day, { reason: { code: "EXPORT_TIMEOUT", detail: "no time" } });
    const later = { ...ports, clock: { ...ports.clock, now: () => Date.parse(`${today}T22:00:00Z`) } };
    expect(await reportFleet(later, [{ ...place, first: day }])).toMatchObject([
      { day, exported: 0, missing: [{ pbx: "milan", code: "EXPORT_TIMEOUT" }] },
    ]);
    expect(told).toEqual([`Call history of ${day}: 1 of 1 PBXs not exported`]);
  });

  it("for the status", async () => {
    const { ports } = await withLease("2026-11-23", { messageUntil: 9e9 });
    expect(await fleetStatus(ports, [place], ["2026-11-23"], ports.clock.now())).toMatchObject([
      { exported: 0, waiting: [{ pbx: "milan", state: "queued" }] },
    ]);
  });

  it("for a backfill, which exports the day", async () => {
    const day = "2026-11-10";
    const { ports } = await withLease(day);
    const sleep = async () => {
      const ledger = createDayLedger(ports);
      const seen = await ledger.read({ pbx: "milan", day });
      const running = seen && isOpen(seen) ? await ledger.start(seen, 9e9) : undefined;
      if (running) await ledger.finish(running, { rows: 1, seconds: 1 });
    };
    const seen: number[] = [];
    const done = await backfill(
      { ...ports, clock: { ...ports.clock, sleep } },
      [place],
      [day],
      {},
      ({ there }) => seen.push(there),
    );
    expect([seen, done]).toMatchObject([[0, 1], { days: 1, there: 1 }]);
    expect(await ports.queue.receive(10)).toHaveLength(1);
  });
});

describe("PBXs that have a manifest for a day", () => {
  it("are known from the list, and by reading if no record says that the day is done", async () => {
    const store = plainStore();
    const day = "2026-11-23";
    for (const pbx of ["done", "open", "unknown", "drafted", "killed", "passed", "gone", "a.json.b"])
      await writeText(
        store,
        manifestKey(day, pbx),
        ["open", "unknown", "a.json.b"].includes(pbx) ? "{}" : '{"draft":1}',
        { absent: true },
      );
    await writeText(store, fleetKey(day), "{}", { absent: true });
    await writeText(store, manifestKey("2026-11-22", "earlier"), "{}", { absent: true });
    const read: string[] = [];
    const watched = {
      ...store,
      read: async (key: string) => {
        read.push(key);
        // it goes between the list and the look at it
        return key.endsWith("gone.json") ? undefined : store.read(key);
      },
    };
    const [open, done] = [{ value: { state: "queued" as const } }, { value: { state: "done" as const } }];
    const records = new Map<string, { value: { state: "queued" | "done" } }>([
      ["done", done],
      ["open", open],
      ["drafted", open],
      ["passed", open],
      ["absent", open],
    ]);
    const there = await manifestPbxs(watched, day, records, (pbx) => pbx !== "passed");
    expect([...there.keys()].sort()).toEqual(["a.json.b", "done", "open", "passed", "unknown"]);
    const unsure = ["a.json.b", "drafted", "gone", "killed", "open", "unknown"];
    expect(read.sort()).toEqual(unsure.map((pbx) => manifestKey(day, pbx)));
  });

  it("have the kind that the record says: without a format, a day that is done has the old layout", async () => {
    const store = plainStore();
    const day = "2026-11-23";
    const result = { rows: 1, seconds: 1 };
    const records = new Map([
      ["done", { value: { state: "done" as const, result: { ...result, format: "parquet" as const } } }],
      ["old", { value: { state: "done" as const, result } }],
      ["again", { value: { state: "queued" as const, result: { ...result, format: "parquet" as const } } }],
      ["first", { value: { state: "queued" as const } }],
    ]);
    for (const pbx of [...records.keys(), "unknown"])
      await writeText(store, manifestKey(day, pbx), "{}", { absent: true });
    const parquet = { isOld: false, format: "parquet" };
    expect(Object.fromEntries(await manifestPbxs(store, day, records, () => false))).toEqual({
      done: parquet,
      old: { isOld: true, format: undefined },
      again: parquet,
      first: undefined,
      unknown: undefined,
    });
  });
});
