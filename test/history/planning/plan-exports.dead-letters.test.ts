import { describe, expect, it } from "vitest";
import { createDayLedger, dayKey, isOpen } from "../../../lib/history/days/day-ledger.ts";
import type { PlannedPbx } from "../../../lib/history/days/due-days.ts";
import { type ExportMessage, messageFor } from "../../../lib/history/days/export-message.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { queueDays } from "../../../lib/history/days/queue-days.ts";
import { type PlanPorts, planExports, takeDeadLetters } from "../../../lib/history/planning/plan-exports.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { writeText } from "../../../lib/store/store.ts";
import { noEventBus } from "../../support/no-event-bus.ts";
import { plainStore } from "../../support/plain-store.ts";

const day = "2026-11-23";
const now = Date.parse("2026-11-24T10:00:00Z");

const world = () => {
  const clock = { now: () => now, sleep: async () => undefined };
  const dead = memoryQueue({ clock, visibilitySeconds: 30, maxReceives: Number.POSITIVE_INFINITY });
  const state = memoryState(clock);
  const metrics: unknown[] = [];
  const lines: unknown[] = [];
  const looked: string[] = [];
  const note = (message: string, fields?: object): void => void lines.push([message, fields]);
  const ports: PlanPorts = {
    config: { format: "ndjson" },
    state: {
      ...state,
      list: (partition, after) => {
        looked.push(partition);
        return state.list(partition, after);
      },
    },
    store: plainStore(),
    bus: noEventBus,
    queue: memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3 }),
    deadLetters: dead,
    clock,
    random: Math.random,
    metrics: { put: (values) => void metrics.push(values) },
    log: { info: note, warn: note, error: note },
  };
  const record = async (pbx: string) => (await state.read<StoredDay>(dayKey(day, pbx)))?.value;
  const order = (pbx: string) =>
    queueDays(ports, [{ pbx, zone: "UTC", day, round: "2026-11-24", seen: undefined }]);
  return {
    ports,
    dead,
    metrics,
    order,
    lines,
    looked,
    record,
    /** A day whose tries have failed, and its message among the dead letters. */
    die: async (pbx: string) => {
      await order(pbx);
      const ledger = createDayLedger(ports);
      const seen = await ledger.read({ pbx, day });
      if (seen === undefined || !isOpen(seen)) throw new Error("no open day");
      const running = await ledger.start(seen, now / 1000 + 60);
      if (running) await ledger.fail(running, { code: "WMS_TIMEOUT", detail: "slow" });
      await dead.send([messageFor({ pbx, day, zone: "UTC", token: seen.value.token, part: 1 })]);
    },
    letter: (message: Partial<ExportMessage>) =>
      dead.send([messageFor({ pbx: "milan", day, zone: "UTC", token: "t", part: 1, ...message })]),
  };
};
const place = (pbx: string, today: string, first: string, again: string): PlannedPbx => ({
  pbx,
  zone: "UTC",
  today,
  first,
  again,
});

describe("dead letters", () => {
  it("are all taken off their queue, and their days are retried later", async () => {
    const { ports, dead, die, record, lines, metrics } = world();
    const pbxs = Array.from({ length: 25 }, (_, at) => `pbx-${at}`);
    for (const pbx of pbxs) await die(pbx);
    expect(await planExports(ports, [])).toEqual({ pbxs: 0, queued: 0, buried: 25 });
    expect(dead.size).toBe(0);
    for (const pbx of pbxs)
      expect(await record(pbx)).toMatchObject({ deaths: 1, messageUntil: 0, nextTry: now / 1000 + 3600 });
    expect(metrics).toContainEqual({ days_buried: 25 });
    expect(lines[0]).toEqual([
      "PBX day failed; it is retried later",
      { pbx: "pbx-0", day, deaths: 1, code: "WMS_TIMEOUT", detail: "slow" },
    ]);
    expect(lines.at(-1)).toEqual(["exports planned", { pbxs: 0, queued: 0, buried: 25 }]);
  });
  it("without a record, or with a record of another message, are removed and change nothing", async () => {
    const { ports, dead, die, letter, record, lines } = world();
    await letter({ pbx: "nobody" });
    await die("milan");
    await takeDeadLetters(ports);
    const before = await record("milan");
    await letter({ pbx: "milan", token: before?.token ?? "", part: 2 });
    await letter({ pbx: "milan", token: "another" });
    lines.length = 0;
    // sent within five minutes of the first, so that the queue has dropped the letter of the same token
    expect(await takeDeadLetters(ports)).toBe(1);
    expect([dead.size, await record("milan"), lines]).toEqual([0, before, []]);
  });
  it("of another message than the day's current one do not count", async () => {
    const { ports, order, letter, record } = world();
    await order("milan");
    const before = await record("milan");
    await letter({ pbx: "milan", token: "another" });
    expect(await takeDeadLetters(ports)).toBe(1);
    expect(await record("milan")).toEqual(before);
  });
  it("of one message count once", async () => {
    const { ports, die, record, lines } = world();
    await die("milan");
    await takeDeadLetters(ports);
    const { token = "" } = (await record("milan")) ?? {};
    const body = JSON.stringify({ pbx: "milan", day, zone: "UTC", token, part: 1 });
    await ports.deadLetters.send([{ group: "milan", dedupe: "again", body }]);
    lines.length = 0;
    expect(await takeDeadLetters(ports)).toBe(1);
    expect(await record("milan")).toMatchObject({ deaths: 1 });
    expect(lines).toEqual([]);
  });
  it("that cannot be read are removed and logged", async () => {
    const { ports, dead, lines } = world();
    await dead.send([{ group: "g", dedupe: "d", body: "no message" }]);
    expect(await takeDeadLetters(ports)).toBe(1);
    expect([dead.size, lines]).toMatchObject([
      0,
      [["a dead letter cannot be read", { code: "INPUT_INVALID" }]],
    ]);
  });
  it("are not counted if there are none", async () => {
    const { ports, metrics, lines } = world();
    await planExports(ports, []);
    expect([metrics, lines]).toEqual([
      [{ export_heartbeats: 1 }],
      [["exports planned", { pbxs: 0, queued: 0, buried: 0 }]],
    ]);
  });
});

describe("the planner", () => {
  it.each([
    ["2026-11-20", "2026-11-21"],
    ["2026-11-21", "2026-11-20"],
  ])("looks at days from the newest yesterday to the oldest day wanted (%s, %s)", async (first, again) => {
    const places = [
      place("a", "2026-11-24", first, again),
      place("b", "2026-11-25", "2026-11-24", "2026-11-24"),
    ];
    for (const order of [places, places.toReversed()]) {
      const { ports, looked } = world();
      await planExports(ports, order);
      expect(looked).toEqual(
        ["2026-11-24", "2026-11-23", "2026-11-22", "2026-11-21", "2026-11-20"].map((date) => `days/${date}`),
      );
    }
  });

  it("queues all days that are read again, and missing days up to four messages of the PBX", async () => {
    const { ports } = world();
    expect(await planExports(ports, [place("a", "2026-11-24", "2026-11-01", "2026-11-18")])).toMatchObject({
      queued: 6,
    });
    expect(await planExports(ports, [place("b", "2026-11-24", "2026-11-01", "2026-11-22")])).toMatchObject({
      queued: 4,
    });
  });
  it("reads manifests only of days before those that are read again", async () => {
    const { ports } = world();
    const store = plainStore();
    const draft = JSON.stringify({ draft: 1, run: "r", until: 0, parts: [], progress: null });
    for (const [date, pbx, text] of [
      ["2026-11-23", "a", "{}"],
      ["2026-11-22", "a", "{}"],
      ["2026-11-21", "a", draft],
      ["2026-11-20", "a", "{}"],
      ["2026-11-21", "unknown", "{}"],
    ] as const)
      await writeText(store, manifestKey(date, pbx), text, { absent: true });
    const read: string[] = [];
    const watched = {
      ...store,
      read: (key: string) => {
        read.push(key);
        return store.read(key);
      },
    };
    const places = [place("a", "2026-11-24", "2026-11-20", "2026-11-22")];
    expect(await planExports({ ...ports, store: watched }, places)).toMatchObject({ queued: 3 });
    expect(read).toEqual([manifestKey("2026-11-21", "a"), manifestKey("2026-11-20", "a")]);
  });
});
