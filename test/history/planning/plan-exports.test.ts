import { describe, expect, it } from "vitest";
import { shiftDay } from "../../../lib/history/calendar/local-days.ts";
import { createDayLedger, dayKey, isOpen } from "../../../lib/history/days/day-ledger.ts";
import { type PlanSettings, plannedPbxs } from "../../../lib/history/days/due-days.ts";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import { dayDefaults, type StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { type PlanPorts, planExports } from "../../../lib/history/planning/plan-exports.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { type Log, silentLog } from "../../../lib/log.ts";
import type { PbxEntry } from "../../../lib/pbxs/registry.ts";
import { asSeen, writeText } from "../../../lib/store/store.ts";
import { noEventBus } from "../../support/no-event-bus.ts";

import { plainStore } from "../../support/plain-store.ts";

const settings: PlanSettings = { lookbackDays: 3, catchUpDays: 35, startDate: undefined };
const hour = 3_600_000;

/** A PBX registered on a day, at noon UTC. */
const entry = (id: string, timezone: string | undefined, registered = "2026-11-20"): PbxEntry => ({
  id,
  timezone,
  exported: timezone !== undefined,
  registeredAt: Date.parse(`${registered}T12:00:00Z`),
});

interface Taken {
  readonly pbx: string;
  readonly day: string;
  readonly token: string;
  readonly receipt: string;
}

const setUp = (start: string, entries: readonly PbxEntry[]) => {
  let now = Date.parse(start);
  const clock = { now: () => now, sleep: async () => undefined };
  const dead = memoryQueue({ clock, visibilitySeconds: 30, maxReceives: Number.POSITIVE_INFINITY });
  const queue = memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3, deadLetters: dead });
  const [state, store] = [memoryState(clock), plainStore()];
  const lines: string[] = [];
  const log: Log = { ...silentLog, error: (message, fields) => lines.push(`${message} ${fields?.["pbx"]}`) };
  const counts: object[] = [];
  let random = 0;
  const ports: PlanPorts = {
    state,
    store,
    bus: noEventBus,
    queue,
    deadLetters: dead,
    clock,
    random: () => {
      random = (random + 0.618034) % 1;
      return random;
    },
    metrics: { put: (values) => counts.push(values) },
    log,
    config: { format: "ndjson" },
  };
  const world = {
    ports,
    store,
    lines,
    /** Heartbeats of the export that plans put. */
    heartbeats: () => counts.filter((values) => "export_heartbeats" in values).length,
    later: (ms: number) => {
      now += ms;
    },
    plan: (change: Partial<PlanSettings> = {}) =>
      planExports(ports, plannedPbxs(entries, { ...settings, ...change }, ports)),
    /** Takes what the queue hands out and leaves it out. */
    take: async () => {
      const all: Taken[] = [];
      for (let batch = await queue.receive(); batch.length > 0; batch = await queue.receive())
        for (const { body, receipt } of batch) all.push({ ...readMessage(body), receipt });
      return all;
    },
    /** Takes the lease of a day, as a worker does. */
    start: async (pbx: string, day: string) => {
      const ledger = createDayLedger(ports);
      const seen = await ledger.read({ pbx, day });
      const running = seen && isOpen(seen) ? await ledger.start(seen, now / 1000 + 60) : undefined;
      if (running === undefined) throw new Error(`${pbx} ${day} cannot be started`);
      return running;
    },
    /** Does what a worker does that succeeds. */
    finish: async ({ pbx, day, receipt }: Taken) => {
      const running = await world.start(pbx, day);
      if (!(await store.head(manifestKey(day, pbx))))
        await writeText(store, manifestKey(day, pbx), "{}", { absent: true });
      await createDayLedger(ports).finish(running, { rows: 1, seconds: 1 });
      await queue.remove(receipt);
    },
    /** Finishes everything that waits. */
    work: async () => {
      const done: string[] = [];
      for (let taken = await world.take(); taken.length > 0; taken = await world.take()) {
        for (const message of taken) await world.finish(message);
        done.push(...taken.map(({ pbx, day }) => `${pbx} ${day}`));
      }
      return done;
    },
    /** Plans and finishes hour by hour until nothing is due. */
    makeUp: async (change: Partial<PlanSettings> = {}) => {
      const done: string[] = [];
      while ((await world.plan(change)).queued > 0) {
        done.push(...(await world.work()));
        world.later(hour);
      }
      return done;
    },
    record: async (pbx: string, day: string) => (await state.read<StoredDay>(dayKey(day, pbx)))?.value,
  };
  return world;
};

describe("days that are due", () => {
  it("are the days since the registration, newest first, on the PBX's own calendar", async () => {
    const world = setUp("2026-11-23T22:30:00Z", [
      entry("auckland", "Pacific/Auckland"),
      entry("milan", "Europe/Rome"),
      entry("paused", undefined),
    ]);
    expect(await world.plan()).toMatchObject({ pbxs: 2, queued: 6 });
    expect(await world.work()).toEqual([
      "auckland 2026-11-23",
      "auckland 2026-11-22",
      "milan 2026-11-22",
      "auckland 2026-11-21",
      "milan 2026-11-21",
      "milan 2026-11-20",
    ]);
    world.later(hour);
    expect(await world.plan()).toMatchObject({ queued: 4 });
    // in Milan a day has ended since, and the three before it are read again
    expect(await world.work()).toEqual([
      "milan 2026-11-23",
      "milan 2026-11-22",
      "milan 2026-11-21",
      "milan 2026-11-20",
    ]);
  });

  it("are read once on the next day, and again on each of the three days after it", async () => {
    const world = setUp("2026-11-20T12:00:00Z", [entry("milan", "Europe/Rome")]);
    const read: Record<string, number> = {};
    for (let hours = 0; hours < 24 * 10; hours++) {
      await world.plan();
      for (const done of await world.work()) read[done] = (read[done] ?? 0) + 1;
      world.later(hour);
    }
    expect(Object.values(read)).toEqual([4, 4, 4, 4, 4, 4, 4, 3, 2, 1]);
    expect(Object.keys(read)[0]).toBe("milan 2026-11-20");
  });

  it("are queued once in a round, however often the planner runs", async () => {
    const world = setUp("2026-11-24T00:30:00Z", [entry("milan", "Europe/Rome")]);
    await world.plan();
    await world.work();
    for (let times = 0; times < 24; times++) expect(await world.plan()).toMatchObject({ queued: 0 });
  });

  it.each([
    ["35 days back at most", "2025-01-01", {}, 35],
    ["fewer with a lower setting", "2025-01-01", { catchUpDays: 7 }, 7],
    ["from the start date, which replaces the registration", "2026-11-23", { startDate: "2026-11-10" }, 14],
    ["never more than 35", "2026-11-23", { startDate: "2020-01-01" }, 35],
    ["not before the start date", "2025-01-01", { startDate: "2026-11-22" }, 2],
    ["nothing before the day of the registration has ended", "2026-11-24", {}, 0],
  ])("include missing days: %s", async (_name, registered, change, days) => {
    const world = setUp("2026-11-24T10:00:00Z", [entry("milan", "Europe/Rome", registered)]);
    expect(await world.makeUp(change)).toEqual(
      Array.from({ length: days }, (_, at) => `milan ${shiftDay("2026-11-24", -1 - at)}`),
    );
  });

  it("include four missing days of a PBX at a time, so that yesterday does not wait behind a month", async () => {
    const world = setUp("2026-11-24T10:00:00Z", [
      entry("milan", "Europe/Rome", "2025-01-01"),
      entry("oslo", "Europe/Oslo", "2026-11-20"),
    ]);
    expect(await world.plan({ lookbackDays: 0 })).toMatchObject({ queued: 8 });
    expect(await world.plan({ lookbackDays: 0 })).toMatchObject({ queued: 0 });
    const milan = (await world.take()).filter(({ pbx }) => pbx === "milan");
    for (const message of milan.slice(0, 1)) await world.finish(message);
    expect(await world.plan({ lookbackDays: 0 })).toMatchObject({ queued: 1 });
    world.later(24 * hour);
    // four of Milan wait as before; the day that ended since is queued all the same
    expect(await world.plan({ lookbackDays: 0 })).toMatchObject({ queued: 2 });
    expect(await world.record("milan", "2026-11-24")).toMatchObject({ done: false });
  });

  it("are only yesterday if the registration date is not known", async () => {
    const world = setUp("2026-11-24T10:00:00Z", [
      { ...entry("milan", "Europe/Rome"), registeredAt: undefined },
    ]);
    expect(await world.plan()).toMatchObject({ queued: 1 });
  });

  it("include an exported day only within the lookback", async () => {
    const world = setUp("2026-11-24T10:00:00Z", [entry("milan", "Europe/Rome", "2026-11-01")]);
    for (let back = 1; back < 30; back++)
      await writeText(world.store, manifestKey(shiftDay("2026-11-24", -back), "milan"), "{}", {
        absent: true,
      });
    await world.plan({ lookbackDays: 2 });
    expect(await world.work()).toEqual(["milan 2026-11-23", "milan 2026-11-22", "milan 2026-11-21"]);
  });

  it("include a day whose manifest was removed", async () => {
    const world = setUp("2026-11-24T10:00:00Z", [entry("milan", "Europe/Rome", "2026-11-01")]);
    await world.makeUp();
    const key = manifestKey("2026-11-05", "milan");
    const { store } = world;
    await store.remove(key, (await store.head(key))?.etag ?? "");
    await world.plan();
    expect(await world.work()).toEqual(["milan 2026-11-05"]);
  });

  it("are planned for the other PBXs if one has a wrong time zone", async () => {
    const world = setUp("2026-11-24T10:00:00Z", [
      entry("moon", "Moon/Base", "2026-11-23"),
      entry("milan", "Europe/Rome", "2026-11-23"),
    ]);
    expect(await world.plan()).toMatchObject({ pbxs: 1, queued: 1 });
    expect(world.lines).toEqual(["PBX not planned moon"]);
  });

  it("are none if no PBX is exported", async () => {
    expect(await setUp("2026-11-24T10:00:00Z", []).plan()).toEqual({ pbxs: 0, queued: 0, buried: 0 });
  });
});

describe("a PBX day has at most one message", () => {
  const one = [entry("milan", "Europe/Rome", "2026-11-23")];

  it("while a message waits or a worker has the day", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    await world.plan();
    for (let times = 0; times < 12; times++) {
      world.later(hour);
      expect(await world.plan()).toMatchObject({ queued: 0 });
    }
    const taken = await world.take();
    expect(taken).toHaveLength(1);
    for (let times = 0; times < 24; times++) {
      world.later(hour);
      await world.plan();
    }
    const all = await world.take();
    expect(all.filter(({ day }) => day === taken[0]?.day)).toHaveLength(1);
  });

  it("with three planners at the same time", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    const sums = await Promise.all([world.plan(), world.plan(), world.plan()]);
    expect(sums.reduce((sum, { queued }) => sum + queued, 0)).toBe(1);
    expect(await world.take()).toHaveLength(1);
  });

  it("and its exported days of another format or layout are counted until they are rewritten", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    for (const [day, manifest] of [
      ["2026-11-18", { version: 1, format: "ndjson" }],
      ["2026-11-19", { version: 2, format: "parquet" }],
      ["2026-11-20", { version: 2, format: "ndjson" }],
    ] as const)
      await writeText(world.store, manifestKey(day, "milan"), JSON.stringify(manifest), { absent: true });
    // a PBX that is not exported any more cannot be rewritten
    await writeText(world.store, manifestKey("2026-11-19", "gone"), '{"format":"parquet"}', { absent: true });
    const startDate = { startDate: "2026-11-18", lookbackDays: 1 };
    expect((await world.plan(startDate)).others).toEqual({
      first: "2026-11-18",
      last: "2026-11-19",
      kinds: { parquet: 1, "ndjson of version 1": 1 },
    });
    for (const day of ["2026-11-18", "2026-11-19"]) {
      const text = '{"version":2,"format":"ndjson"}';
      const seen = await world.store.head(manifestKey(day, "milan"));
      await writeText(world.store, manifestKey(day, "milan"), text, asSeen(seen));
    }
    expect(await world.plan(startDate)).not.toHaveProperty("others");
  });

  it("and gets it 15 minutes later if the planner was killed between record and message", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    const { queue } = world.ports;
    const killed = { ...world.ports, queue: { ...queue, send: () => Promise.reject(new Error("killed")) } };
    const places = plannedPbxs(one, settings, world.ports);
    await expect(planExports(killed, places)).rejects.toThrow("killed");
    expect(await world.plan()).toMatchObject({ queued: 0 });
    world.later(dayDefaults.sendSeconds * 1000);
    expect(await world.plan()).toMatchObject({ queued: 1 });
  });

  it("and keeps the record of a worker that is faster than the planner", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    const { queue } = world.ports;
    const fast = {
      ...queue,
      send: async (messages: Parameters<typeof queue.send>[0]) => {
        await queue.send(messages);
        await world.work();
      },
    };
    await planExports({ ...world.ports, queue: fast }, plannedPbxs(one, settings, world.ports));
    expect(await world.record("milan", "2026-11-23")).toMatchObject({ done: true, messageUntil: 0 });
  });

  it("and is retried after an hour, then two, four, up to a day, if it keeps failing", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    const { queue, deadLetters } = world.ports;
    const tries: number[] = [];
    for (let hours = 0; hours < 24 * 6; hours++) {
      await world.plan();
      const taken = await world.take();
      const [letter, ...others] = taken.filter(({ day }) => day === "2026-11-23");
      expect(others).toEqual([]);
      for (const message of taken) if (message !== letter) await world.finish(message);
      if (letter) {
        tries.push(hours);
        for (let receive = 1; receive <= 3; receive++) {
          const running = await world.start("milan", "2026-11-23");
          await createDayLedger(world.ports).fail(running, { code: "WMS_TIMEOUT", detail: "slow" });
          const [again] = receive === 1 ? [letter] : await queue.receive();
          await queue.postpone(again?.receipt ?? "", 0);
        }
        // instead of a fourth time it goes to the dead letters, and later days have their turn
        expect(await queue.receive()).toEqual([]);
      }
      world.later(hour);
    }
    expect(tries).toEqual([0, 2, 5, 10, 19, 36, 61, 86, 111, 136]);
    expect(await deadLetters.receive()).toEqual([]);
    expect(await world.record("milan", "2026-11-23")).toMatchObject({
      deaths: tries.length,
      reason: { code: "WMS_TIMEOUT" },
    });
    expect(world.lines.every((line) => line === "PBX day failed; it is retried later milan")).toBe(true);
  });

  it("and one dead letter, which counts once", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    await world.plan();
    const [message] = await world.take();
    const body = JSON.stringify({
      pbx: "milan",
      day: "2026-11-23",
      zone: "UTC",
      token: message?.token,
      part: 1,
    });
    const send = (dedupe: string, text: string) =>
      world.ports.deadLetters.send([{ group: "milan", dedupe, body: text }]);
    await send("1", body);
    await send("2", body.replace(message?.token ?? "", "other"));
    await send("3", "no message");
    await send("4", body);
    expect(await world.plan()).toMatchObject({ buried: 4 });
    expect(await world.record("milan", "2026-11-23")).toMatchObject({ deaths: 1 });
    expect(world.lines).toContain("a dead letter cannot be read undefined");
  });

  it("and its dead letter stays if another writer changes the record", async () => {
    const world = setUp("2026-11-24T10:00:00Z", one);
    await world.plan();
    const [message] = await world.take();
    const { token } = message ?? {};
    await world.ports.deadLetters.send([
      {
        group: "m",
        dedupe: "1",
        body: JSON.stringify({ pbx: "milan", day: "2026-11-23", zone: "UTC", token, part: 1 }),
      },
    ]);
    const racing = { ...world.ports.state, write: async () => undefined };
    expect(await planExports({ ...world.ports, state: racing }, [])).toMatchObject({ buried: 0 });
    world.later(30_000);
    expect(await world.plan()).toMatchObject({ buried: 1 });
  });
});

describe("the heartbeat of the export", () => {
  it("comes from a plan only if no day is due, queued or running", async () => {
    const { plan, heartbeats, take, start } = setUp("2026-11-21T12:00:00Z", [entry("milan", "UTC")]);
    await plan();
    await plan();
    expect(heartbeats()).toBe(0);
    const [message] = await take();
    if (message === undefined) throw new Error("no message");
    await start("milan", message.day);
    await plan();
    expect(heartbeats()).toBe(0);
  });
  it("comes from every plan after the last day is exported, and without a PBX", async () => {
    const { plan, heartbeats, work } = setUp("2026-11-21T12:00:00Z", [entry("milan", "UTC")]);
    await plan();
    await work();
    await plan();
    await plan();
    expect(heartbeats()).toBe(2);
    const empty = setUp("2026-11-21T12:00:00Z", []);
    await empty.plan();
    expect(empty.heartbeats()).toBe(1);
  });
});
