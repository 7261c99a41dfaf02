import { describe, expect, it } from "vitest";
import { daysBetween } from "../../../lib/history/calendar/local-days.ts";
import {
  buried,
  type DayRecord,
  dayKey,
  failed,
  finished,
  running,
} from "../../../lib/history/days/day-record.ts";
import { daysStatus } from "../../../lib/history/days/days-status.ts";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import { writeRecord } from "../../../lib/history/days/queue-days.ts";
import {
  type BackfillProgress,
  backfill,
  backfillDefaults,
  type Place,
  redrive,
} from "../../../lib/history/planning/backfill.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

const today = "2026-11-24";
const placeOf = (pbx: string): Place & { first: string; again: string } => ({
  pbx,
  zone: "Europe/Rome",
  today,
  first: "2026-01-01",
  again: "2026-11-20",
});
const reason = { code: "WMS_UNREACHABLE", detail: "nothing answers" };
type Change = (record: DayRecord) => DayRecord;

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
  const change = async (pbx: string, day: string, act: Change): Promise<void> => {
    const item = await state.read<DayRecord>(dayKey(day, pbx));
    const fresh: DayRecord = {
      token: "t",
      round: today,
      done: false,
      messageUntil: 0,
      runUntil: 0,
      deaths: 0,
      nextTry: 0,
    };
    await writeRecord(ports, day, pbx, act(item?.value ?? fresh), item);
  };
  const there = (pbx: string, day: string) => writeText(store, manifestKey(day, pbx), "{}", { absent: true });
  const work = async (): Promise<void> => {
    const messages = await queue.receive(batch);
    most = Math.max(most, queue.size);
    for (const { body, receipt } of messages) {
      const { pbx, day } = readMessage(body);
      begun.push(`${pbx} ${day}`);
      if (broken.includes(pbx)) await change(pbx, day, (record) => failed(record, reason));
      else {
        await there(pbx, day);
        await change(pbx, day, (record) => finished(record, { rows: 1, seconds: 1 }));
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

describe("days that are made up for", () => {
  it("those without a manifest, the newest first, and says how far it is", async () => {
    const world = setUp();
    await world.there("milan", "2026-11-22");
    const seen: BackfillProgress[] = [];
    const days = ["2026-11-21", "2026-11-23", "2026-11-24", "2026-11-20", "2026-11-22", "2026-11-30"];
    const done = await backfill(world.ports, [placeOf("milan")], days, {}, (progress) => seen.push(progress));
    expect(done).toEqual({ days: 4, there: 4, underWay: 0, failed: 0, failures: [] });
    // today is not over
    expect(world.begun).toEqual(["milan 2026-11-23", "milan 2026-11-21", "milan 2026-11-20"]);
    expect(seen[0]).toEqual({ days: 4, there: 1, underWay: 0, failed: 0 });
    expect(seen.at(-1)).toEqual({ days: 4, there: 4, underWay: 0, failed: 0 });
  });

  it("few at a time, and of one PBX no more than two", async () => {
    const world = setUp();
    const days = daysBetween("2026-10-01", "2026-10-30");
    await backfill(world.ports, [placeOf("milan")], days);
    expect([world.begun.length, world.most()]).toEqual([30, backfillDefaults.perPbx]);
    const many = setUp();
    const places = Array.from({ length: 30 }, (_, at) => placeOf(`pbx-${at}`));
    await backfill(many.ports, places, days, { atOnce: 7 });
    expect([many.begun.length, many.most()]).toEqual([900, 7]);
    // those that are under way count as well
    const slow = setUp([], 1);
    await backfill(slow.ports, places.slice(0, 4), days.slice(0, 4), { atOnce: 5 });
    expect([slow.begun.length, slow.most()]).toEqual([16, 5]);
    const slowest = setUp([], 1);
    await backfill(slowest.ports, [placeOf("milan")], days.slice(0, 6));
    expect([slowest.begun.length, slowest.most()]).toEqual([6, backfillDefaults.perPbx]);
  });

  it("begun again it queues nothing twice, and nothing that the planner has queued", async () => {
    const world = setUp();
    const stopping = new AbortController();
    const days = daysBetween("2026-11-01", "2026-11-20");
    const first = await backfill(
      world.ports,
      [placeOf("milan")],
      days,
      { signal: stopping.signal },
      ({ there }) => {
        if (there >= 5) stopping.abort();
      },
    );
    expect(first.there).toBeGreaterThanOrEqual(5);
    await world.change("milan", "2026-11-01", (record) => ({ ...record, messageUntil: 9e9 }));
    const rest = backfill(world.ports, [placeOf("milan")], days, {}, ({ underWay }) => {
      // the day that waits elsewhere is watched until it is done
      if (underWay === 1)
        void world.change("milan", "2026-11-01", (record) => finished(record, { rows: 1, seconds: 1 }));
    });
    expect(await rest).toMatchObject({ there: 20, failed: 0 });
    expect([new Set(world.begun).size, world.begun.length]).toEqual([19, 19]);
  });

  it("leaves a PBX that fails to the planner's own tries, and the others go on", async () => {
    const world = setUp(["dead"]);
    const days = daysBetween("2026-11-10", "2026-11-12");
    const done = await backfill(world.ports, [placeOf("dead"), placeOf("milan")], days);
    expect(done).toMatchObject({ days: 6, there: 3, underWay: 0, failed: 3 });
    expect(done.failures).toContainEqual({
      pbx: "dead",
      day: "2026-11-11",
      code: reason.code,
      reason: reason.detail,
    });
  });

  it("a day that fails once and succeeds then is no failure", async () => {
    const world = setUp(["milan"]);
    let looks = 0;
    const done = await backfill(
      world.ports,
      [placeOf("milan")],
      ["2026-11-12"],
      {},
      () =>
        void (
          ++looks === 5 &&
          world.change("milan", "2026-11-12", (record) => finished(record, { rows: 1, seconds: 1 }))
        ),
    );
    expect(done).toMatchObject({ there: 1, failed: 0 });
  });

  it("a day whose message has run out is queued again, to the second", async () => {
    const world = setUp();
    const now = world.ports.clock.now() / 1000;
    await world.change("milan", "2026-11-12", (record) => ({ ...record, messageUntil: now }));
    expect(await backfill(world.ports, [placeOf("milan")], ["2026-11-12"])).toMatchObject({ there: 1 });
    expect(world.begun).toEqual(["milan 2026-11-12"]);
  });

  /** Looks at one day until it failed, or two thousand times; what became of it, and how often it was looked at. */
  const watch = async (becomes: Change | undefined) => {
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
    const { failed, underWay } = await backfill(ports, [placeOf("milan")], ["2026-11-12"], stopping);
    return { looks, failed, underWay };
  };
  const atWork: Change = (record) => ({ ...failed(record, reason), messageUntil: 0, runUntil: 9e9 });
  it("a day that keeps failing is left after a quarter of an hour, to the second", async () =>
    expect(await watch((record) => failed(record, reason))).toEqual({
      looks: 1 + (15 * 60_000) / backfillDefaults.pollMs,
      failed: 1,
      underWay: 0,
    }));
  it.each([
    ["is worked on, whatever became of it before", atWork],
    ["has no record any more", undefined],
  ])("a day that %s is under way", async (_name, becomes) =>
    expect(await watch(becomes)).toEqual({ looks: 2_000, failed: 0, underWay: 1 }),
  );
  it("a message that ends at this second is over", async () => {
    const end = Date.parse("2026-11-24T10:00:00Z") / 1000 + backfillDefaults.pollMs / 1000;
    expect(await watch((record) => ({ ...failed(record, reason), messageUntil: end }))).toMatchObject({
      looks: 1,
      failed: 1,
    });
  });

  it("a day that was given up is a failure at once", async () => {
    const world = setUp();
    const seen: string[] = [];
    const sleep = async (): Promise<void> => {
      await world.change("milan", "2026-11-12", (record) => buried(failed(record, reason), 0));
      seen.push("slept");
    };
    const ports = { ...world.ports, clock: { ...world.ports.clock, sleep } };
    expect(await backfill(ports, [placeOf("milan")], ["2026-11-12"])).toMatchObject({ failed: 1 });
    expect(seen).toHaveLength(1);
  });
});

describe("what was given up is tried at once", () => {
  it("where nobody is at it, and the PBX is still exported", async () => {
    const world = setUp();
    const day = "2026-11-20";
    const now = world.ports.clock.now() / 1000;
    const given: Change = (record) => buried(failed(record, reason), now);
    for (const pbx of ["milan", "gone"]) await world.change(pbx, day, given);
    await world.change("rome", day, (record) => finished(record, { rows: 1, seconds: 1 }));
    await world.change("turin", day, (record) => ({ ...failed(record, reason), messageUntil: now + 60 }));
    await world.change("verona", day, (record) => ({ ...failed(record, reason), messageUntil: now }));
    const places = ["milan", "rome", "turin", "verona"].map(placeOf);
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

describe("how far the days are", () => {
  it("newest first; what is missing, in which state and why", async () => {
    const world = setUp();
    const day = "2026-11-22";
    const now = world.ports.clock.now() / 1000;
    await world.there("done", day);
    await world.change("queued", day, (record) => ({ ...record, messageUntil: now + 60 }));
    await world.change("running", day, (record) => running({ ...record, messageUntil: now + 60 }, now + 60));
    await world.change("failing", day, (record) => ({ ...failed(record, reason), messageUntil: now + 60 }));
    await world.change("waiting", day, (record) => buried(failed(record, reason), now));
    // at the second at which message and worker end
    await world.change("over", day, (record) => ({
      ...record,
      messageUntil: now,
      runUntil: now,
      nextTry: now,
    }));
    const ids = ["done", "queued", "running", "failing", "waiting", "over", "unknown"];
    const young = { ...placeOf("young"), first: "2026-11-23" };
    const places = [...ids.map(placeOf), young, { ...placeOf("new"), first: today }];
    // asked for, though it lies before its registration
    await world.there("new", "2026-11-21");
    await world.change("young", "2026-11-21", (record) => ({ ...record, messageUntil: now + 60 }));
    const days = ["2026-11-23", "2026-11-24", day];
    const old = await daysStatus(
      world.ports,
      [young, { ...placeOf("new"), first: today }],
      ["2026-11-21"],
      0,
    );
    expect(old).toEqual([
      {
        day: "2026-11-21",
        pbxs: 2,
        exported: 1,
        waiting: [{ pbx: "young", state: "queued", deaths: 0 }],
      },
    ]);
    const why = { code: reason.code, reason: reason.detail };
    expect(await daysStatus(world.ports, places, days, world.ports.clock.now())).toEqual([
      {
        day: "2026-11-23",
        pbxs: 8,
        exported: 0,
        waiting: [...ids, "young"].map((pbx) => ({ pbx, state: "not planned", deaths: 0 })),
      },
      {
        day,
        pbxs: 7,
        exported: 1,
        waiting: [
          { pbx: "queued", state: "queued", deaths: 0 },
          { pbx: "running", state: "running", deaths: 0 },
          { pbx: "failing", state: "failing", deaths: 0, ...why },
          { pbx: "waiting", state: "waiting", deaths: 1, ...why, next_try: "2026-11-24T11:00:00.000Z" },
          { pbx: "over", state: "waiting", deaths: 0 },
          { pbx: "unknown", state: "not planned", deaths: 0 },
        ],
      },
    ]);
    world.later(3_600_000);
    const [, later] = await daysStatus(world.ports, places, days, world.ports.clock.now());
    expect(later?.waiting.find(({ pbx }) => pbx === "waiting")).not.toHaveProperty("next_try");
  });
});
