import { describe, expect, it } from "vitest";
import { daysBetween } from "../../../lib/history/calendar/local-days.ts";
import { dayKey } from "../../../lib/history/days/day-ledger.ts";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import { deadLettered, started } from "../../../lib/history/days/pbx-day.ts";
import {
  type BackfillProgress,
  backfill,
  backfillDefaults,
  type DatedPbx,
  isKeptBy,
  planBackfill,
  redrive,
} from "../../../lib/history/planning/backfill.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { writeText } from "../../../lib/store/store.ts";
import { changeDay, type DayChange, fails, failure, finishes, queuedUntil } from "../../support/pbx-days.ts";
import { plainStore } from "../../support/plain-store.ts";

const today = "2026-11-24";
const dated = (pbx: string): DatedPbx => ({ pbx, zone: "Europe/Rome", today });

/** A deployment whose worker works while somebody sleeps, on `batch` messages at most; `broken` PBXs fail. */
const setUp = (broken: readonly string[] = [], batch?: number) => {
  let now = Date.parse("2026-11-24T10:00:00Z");
  const begun: string[] = [];
  let most = 0;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
      await work();
    },
  };
  const queue = memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3 });
  const [state, store] = [memoryState(clock), plainStore()];
  const ports = { state, store, queue, clock, random: Math.random };
  const change = async (pbx: string, day: string, act: DayChange): Promise<void> => {
    await changeDay(ports, { pbx, day }, act);
  };
  const there = (pbx: string, day: string) => writeText(store, manifestKey(day, pbx), "{}", { absent: true });
  const work = async (): Promise<void> => {
    const messages = await queue.receive(batch);
    most = Math.max(most, queue.size);
    for (const { body, receipt } of messages) {
      const { pbx, day } = readMessage(body);
      begun.push(`${pbx} ${day}`);
      if (broken.includes(pbx)) await change(pbx, day, fails);
      else {
        // a day that is exported again has a manifest already
        await there(pbx, day).catch(() => undefined);
        await change(pbx, day, finishes);
        await queue.remove(receipt);
      }
    }
  };
  return {
    ports,
    begun,
    most: () => most,
    change,
    there,
    later: (ms: number) => {
      now += ms;
    },
  };
};

it("days older than the retention are neither exported nor retried", async () => {
  const world = setUp();
  const kept = { ...dated("milan"), kept: "2026-11-20" };
  const days = daysBetween("2026-11-15", "2026-11-23");
  const plan = await planBackfill(world.ports, [kept], days);
  expect(plan).toMatchObject({ days: 4, missing: 4 });
  await backfill(world.ports, [kept], days);
  expect(world.begun.sort()).toEqual([
    "milan 2026-11-20",
    "milan 2026-11-21",
    "milan 2026-11-22",
    "milan 2026-11-23",
  ]);
  await world.change("milan", "2026-11-16", (open) => deadLettered(fails(open), 0));
  expect(await redrive(world.ports, [kept], days)).toEqual([]);
  expect(await redrive(world.ports, [dated("milan")], days)).toEqual([{ pbx: "milan", day: "2026-11-16" }]);
});

describe("a backfill", () => {
  it("exports the days without a manifest, newest first, and reports progress", async () => {
    const world = setUp();
    await world.there("milan", "2026-11-22");
    const seen: BackfillProgress[] = [];
    const days = ["2026-11-21", "2026-11-23", "2026-11-24", "2026-11-20", "2026-11-22", "2026-11-30"];
    const done = await backfill(world.ports, [dated("milan")], days, {}, (progress) => seen.push(progress));
    expect(done).toEqual({ days: 4, there: 4, underWay: 0, failed: 0, failures: [] });
    // today is not over
    expect(world.begun).toEqual(["milan 2026-11-23", "milan 2026-11-21", "milan 2026-11-20"]);
    expect(seen[0]).toEqual({ days: 4, there: 1, underWay: 0, failed: 0 });
    expect(seen.at(-1)).toEqual({ days: 4, there: 4, underWay: 0, failed: 0 });
  });

  it("with `again`, exports exported days again: all, or those of another format", async () => {
    const days = daysBetween("2026-11-20", "2026-11-22");
    const withFormats = async () => {
      const world = setUp();
      for (const [day, format] of [
        ["2026-11-20", "ndjson"],
        ["2026-11-21", "parquet"],
      ] as const)
        await writeText(world.ports.store, manifestKey(day, "milan"), JSON.stringify({ format }), {
          absent: true,
        });
      return world;
    };
    const world = await withFormats();
    const plan = { days: 3, missing: 1 };
    const pbxs = [dated("milan")];
    expect(await planBackfill(world.ports, pbxs, days)).toEqual({ ...plan, kept: 2, rewritten: {} });
    expect(await planBackfill(world.ports, pbxs, days, "all")).toEqual({
      ...plan,
      kept: 0,
      rewritten: { ndjson: 1, parquet: 1 },
    });
    const again = { unlessFormat: "parquet" } as const;
    expect(await planBackfill(world.ports, pbxs, days, again)).toEqual({
      ...plan,
      kept: 1,
      rewritten: { ndjson: 1 },
    });
    expect(world.begun).toEqual([]);
    expect(await backfill(world.ports, pbxs, days, { again })).toMatchObject({
      days: 3,
      there: 3,
      failed: 0,
    });
    expect(world.begun).toEqual(["milan 2026-11-22", "milan 2026-11-20"]);
    const all = await withFormats();
    await all.change("milan", "2026-11-21", finishes);
    expect(await backfill(all.ports, pbxs, days, { again: "all" })).toMatchObject({ there: 3, failed: 0 });
    expect(all.begun).toHaveLength(3);
  });

  it("exports days of version 1 again, whatever their format", async () => {
    const { ports } = setUp();
    const text = JSON.stringify({ version: 1, format: "ndjson" });
    await writeText(ports.store, manifestKey("2026-11-20", "milan"), text, { absent: true });
    const again = { unlessFormat: "ndjson" } as const;
    expect(await planBackfill(ports, [dated("milan")], ["2026-11-20"], again)).toEqual({
      days: 1,
      missing: 0,
      kept: 0,
      rewritten: { "ndjson of version 1": 1 },
    });
  });

  it("exports a day again if its manifest does not say its format", async () => {
    const { ports, there } = setUp();
    await there("milan", "2026-11-20");
    const again = { unlessFormat: "ndjson" } as const;
    expect(await planBackfill(ports, [dated("milan")], ["2026-11-20"], again)).toEqual({
      days: 1,
      missing: 0,
      kept: 0,
      rewritten: { unknown: 1 },
    });
    expect(isKeptBy("all", { isOld: false, format: undefined })).toBe(false);
  });

  it("counts a day as missing if its manifest was removed after the list", async () => {
    const { ports, there, change } = setUp();
    await there("milan", "2026-11-20");
    await change("milan", "2026-11-20", finishes);
    const store = { ...ports.store, read: async () => undefined };
    expect(await planBackfill({ ...ports, store }, [dated("milan")], ["2026-11-20"], "all")).toEqual({
      days: 1,
      missing: 1,
      kept: 0,
      rewritten: {},
    });
  });

  it("reads no manifest of a day whose record says that it is exported, unless it exports days again", async () => {
    const { ports, there, change } = setUp();
    await there("milan", "2026-11-20");
    await change("milan", "2026-11-20", finishes);
    const read: string[] = [];
    const store: typeof ports.store = {
      ...ports.store,
      read: (key) => {
        read.push(key);
        return ports.store.read(key);
      },
    };
    await planBackfill({ ...ports, store }, [dated("milan")], ["2026-11-20"]);
    expect(read).toEqual([]);
    await planBackfill({ ...ports, store }, [dated("milan")], ["2026-11-20"], "all");
    expect(read).toEqual([manifestKey("2026-11-20", "milan")]);
  });

  it("has at most `atOnce` days in the queue, and at most two of one PBX", async () => {
    const world = setUp();
    const days = daysBetween("2026-10-01", "2026-10-30");
    await backfill(world.ports, [dated("milan")], days);
    expect([world.begun.length, world.most()]).toEqual([30, backfillDefaults.perPbx]);
    const many = setUp();
    const places = Array.from({ length: 30 }, (_, at) => dated(`pbx-${at}`));
    await backfill(many.ports, places, days, { atOnce: 7 });
    expect([many.begun.length, many.most()]).toEqual([900, 7]);
    // those that are under way count as well
    const slow = setUp([], 1);
    await backfill(slow.ports, places.slice(0, 4), days.slice(0, 4), { atOnce: 5 });
    expect([slow.begun.length, slow.most()]).toEqual([16, 5]);
    const slowest = setUp([], 1);
    await backfill(slowest.ports, [dated("milan")], days.slice(0, 6));
    expect([slowest.begun.length, slowest.most()]).toEqual([6, backfillDefaults.perPbx]);
  });

  it("queues no day twice after a restart, and no day that the planner has queued", async () => {
    const world = setUp();
    const stopping = new AbortController();
    const days = daysBetween("2026-11-01", "2026-11-20");
    const first = await backfill(
      world.ports,
      [dated("milan")],
      days,
      { signal: stopping.signal },
      ({ there }) => {
        if (there >= 5) stopping.abort();
      },
    );
    expect(first.there).toBeGreaterThanOrEqual(5);
    await world.change("milan", "2026-11-01", queuedUntil(9e9));
    const rest = backfill(world.ports, [dated("milan")], days, {}, ({ underWay }) => {
      // the day that waits elsewhere is watched until it is done
      if (underWay === 1) void world.change("milan", "2026-11-01", finishes);
    });
    expect(await rest).toMatchObject({ there: 20, failed: 0 });
    expect([new Set(world.begun).size, world.begun.length]).toEqual([19, 19]);
  });

  it("reports the days of a PBX that fails, and exports those of the others", async () => {
    const world = setUp(["dead"]);
    const days = daysBetween("2026-11-10", "2026-11-12");
    const done = await backfill(world.ports, [dated("dead"), dated("milan")], days);
    expect(done).toMatchObject({ days: 6, there: 3, underWay: 0, failed: 3 });
    expect(done.failures).toContainEqual({
      pbx: "dead",
      day: "2026-11-11",
      code: failure.code,
      reason: failure.detail,
    });
  });

  it("does not report a day that fails once and then succeeds", async () => {
    const world = setUp(["milan"]);
    let looks = 0;
    const done = await backfill(
      world.ports,
      [dated("milan")],
      ["2026-11-12"],
      {},
      () => void (++looks === 5 && world.change("milan", "2026-11-12", finishes)),
    );
    expect(done).toMatchObject({ there: 1, failed: 0 });
  });

  it("queues a day at the second at which its message is over", async () => {
    const world = setUp();
    const now = world.ports.clock.now() / 1000;
    await world.change("milan", "2026-11-12", queuedUntil(now));
    expect(await backfill(world.ports, [dated("milan")], ["2026-11-12"])).toMatchObject({ there: 1 });
    expect(world.begun).toEqual(["milan 2026-11-12"]);
  });

  /** Looks at one day until it failed, or two thousand times; what became of it, and how often it was looked at. */
  const watch = async (becomes: DayChange | undefined) => {
    const world = setUp();
    const stopping = new AbortController();
    const key = dayKey("2026-11-12", "milan");
    let looks = 0;
    const sleep = async (ms: number): Promise<void> => {
      world.later(ms);
      if (++looks === 2_000) stopping.abort();
      if (becomes) await world.change("milan", "2026-11-12", becomes);
      else {
        const item = await world.ports.state.read(key);
        if (item) await world.ports.state.remove(key, item);
      }
    };
    const ports = { ...world.ports, clock: { ...world.ports.clock, sleep } };
    const { failed, underWay } = await backfill(ports, [dated("milan")], ["2026-11-12"], stopping);
    return { looks, failed, underWay };
  };
  const atWork: DayChange = (day) => started(fails(day), 9e9);
  it("reports a day that has been failing for 15 minutes, to the second", async () =>
    expect(await watch(fails)).toEqual({
      looks: 1 + (15 * 60_000) / backfillDefaults.pollMs,
      failed: 1,
      underWay: 0,
    }));
  it.each([
    ["is running after a failure", atWork],
    ["has no record any more", undefined],
  ])("counts a day that %s as under way", async (_name, becomes) =>
    expect(await watch(becomes)).toEqual({ looks: 2_000, failed: 0, underWay: 1 }),
  );
  it("counts a message that ends at this second as over", async () => {
    const end = Date.parse("2026-11-24T10:00:00Z") / 1000 + backfillDefaults.pollMs / 1000;
    expect(await watch((day) => queuedUntil(end)(fails(day)))).toMatchObject({
      looks: 1,
      failed: 1,
    });
  });

  it("reports a day with a dead letter at once", async () => {
    const world = setUp();
    const seen: string[] = [];
    const sleep = async (): Promise<void> => {
      await world.change("milan", "2026-11-12", (open) => deadLettered(fails(open), 0));
      seen.push("slept");
    };
    const ports = { ...world.ports, clock: { ...world.ports.clock, sleep } };
    expect(await backfill(ports, [dated("milan")], ["2026-11-12"])).toMatchObject({ failed: 1 });
    expect(seen).toHaveLength(1);
  });
});

describe("redrive", () => {
  it("queues waiting days of exported PBXs, and no other days", async () => {
    const world = setUp();
    const day = "2026-11-20";
    const now = world.ports.clock.now() / 1000;
    const given: DayChange = (open) => deadLettered(fails(open), now);
    for (const pbx of ["milan", "gone"]) await world.change(pbx, day, given);
    await world.change("rome", day, finishes);
    await world.change("turin", day, (open) => queuedUntil(now + 60)(fails(open)));
    await world.change("verona", day, (open) => queuedUntil(now)(fails(open)));
    const places = ["milan", "rome", "turin", "verona"].map(dated);
    expect(await redrive(world.ports, places, [day, "2026-11-21"])).toEqual([
      { pbx: "milan", day },
      { pbx: "verona", day },
    ]);
    expect(await redrive(world.ports, places, [day])).toEqual([]);
    expect(readMessage((await world.ports.queue.receive())[0]?.body ?? "")).toMatchObject({
      pbx: "milan",
      day,
      zone: "Europe/Rome",
      part: 1,
    });
  });
});
