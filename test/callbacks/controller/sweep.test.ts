import { describe, expect, it } from "vitest";
import { type CallbackPorts, createCallbacks } from "../../../lib/callbacks/callbacks.ts";
import { createDesk } from "../../../lib/callbacks/controller/desk.ts";
import type { Visited } from "../../../lib/callbacks/controller/judging.ts";
import { createSweep } from "../../../lib/callbacks/controller/sweep.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { missedLegs } from "../../support/callback-pbx.ts";
import { callbackWorld, rome, type WorldOptions } from "../../support/callbacks.ts";
import { customer, milan, waitingCallback } from "../../support/milan.ts";

const minute = 60_000;
const numbers = [customer, "+393337654321", "+390212345678", "+393331111112"];

/** Missed calls of several numbers, a second apart, and the sweep of 10:03. */
const missed = async (count: number, options: WorldOptions = {}) => {
  const world = callbackWorld({ start: rome("10:00:30"), ...options });
  for (const [at, number] of numbers.slice(0, count).entries())
    await world.callbacks.takeFact(world.fact({ number, startedAt: rome("10:00") + at * 1_000 }));
  world.clock.at = rome("10:03");
  return world;
};
const withCallbacks = (change: object) => ({ ...milan, callbacks: { ...milan.callbacks, ...change } });

describe("a sweep", () => {
  it("reports what was due, visited and rang, and counts itself", async () => {
    const world = await missed(3);
    expect(await world.sweep()).toEqual({ due: 3, visited: 1, rang: 1, failed: 0, left: 0 });
    expect(world.counted).toMatchObject({ callback_sweeps: 1, callback_pbxs_failed: 0, callbacks_rang: 1 });
  });
  it("visits as many callbacks of a target as it may ring at a time", async () => {
    const world = await missed(4, { settings: withCallbacks({ concurrent: 2 }) });
    expect(await world.sweep()).toMatchObject({ due: 4, visited: 2, rang: 2 });
    expect(world.dials.map(({ to }) => to)).toEqual(numbers.slice(0, 2));
  });
  it("visits the targets of a PBX one after the other", async () => {
    const world = await missed(2, { settings: withCallbacks({ targets: { "*": "201", Sales: "202" } }) });
    await world.callbacks.takeFact(
      world.fact({ number: numbers[3] ?? "", queue: { name: "Sales" }, startedAt: rome("10:00:05") }),
    );
    expect(await world.sweep()).toMatchObject({ due: 3, visited: 2, rang: 2 });
    expect(world.times()).toEqual(["10:03 201", "10:03 202"]);
  });
  it("leaves a PBX for the next sweep if its time is up", async () => {
    const world = await missed(1, { others: { rome: milan } });
    await world.callbacks.takeFact(world.fact({ pbx: "rome" }));
    expect(await world.callbacks.sweep(world.clock.at)).toEqual({
      due: 2,
      visited: 0,
      rang: 0,
      failed: 0,
      left: 2,
    });
    expect(world.times()).toEqual([]);
  });
  it("begins no visit after its deadline", async () => {
    const world = await missed(2, { settings: withCallbacks({ concurrent: 2 }) });
    world.pbx.originate = async () => {
      world.clock.at += 40_000;
    };
    expect(await world.callbacks.sweep(world.clock.at + 30_000)).toMatchObject({
      visited: 1,
      rang: 1,
      left: 0,
    });
  });
  it("asks a PBX that does not answer once, and counts it as failed", async () => {
    const world = await missed(3);
    world.pbx.down = true;
    expect(await world.sweep()).toMatchObject({ visited: 1, rang: 0, failed: 1 });
    expect(world.counted).toMatchObject({ callback_pbxs_failed: 1 });
  });
});

/** A sweep at 10:03 of callbacks `a`, `b` and so on, whose visits return what a test says. */
const scripted = async (
  changes: readonly Partial<CallbackRecord>[],
  results: readonly Visited[] = [],
  options: WorldOptions = {},
) => {
  const world = callbackWorld({ start: rome("10:03"), ...options });
  const desk = createDesk(world.ports);
  for (const [n, change] of changes.entries()) {
    const start = rome("10:00") + n * 1_000;
    const misses = [{ start, end: start + 10_000 }];
    const id = String.fromCodePoint(97 + n);
    await desk.index.put(undefined, waitingCallback({ id, due: rome("10:02"), misses, ...change }), 0);
  }
  const visited: string[] = [];
  let visitMs = 0;
  const sweep = createSweep(desk, async ({ id }) => {
    visited.push(id);
    world.clock.at += visitMs;
    return results[visited.length - 1] ?? "done";
  });
  return {
    ...world,
    visited,
    sweepUntil: (deadline: number, oneVisitMs = 0) => {
      visitMs = oneVisitMs;
      return sweep(deadline);
    },
  };
};
const ringing = { state: "ringing", reason: "ringing" } as const;

describe("the visits of a sweep", () => {
  it("are first those of callbacks that ring, each once", async () => {
    const { visited, sweepUntil } = await scripted([{}, ringing, {}, ringing]);
    expect(await sweepUntil(rome("10:04"))).toEqual({ due: 4, visited: 4, rang: 0, failed: 0, left: 0 });
    expect(visited).toEqual(["b", "d", "a", "c"]);
  });
  it("are by target the oldest missed call first", async () => {
    const start = rome("09:00");
    const { visited, sweepUntil } = await scripted([{}, {}, { misses: [{ start, end: start + 10_000 }] }]);
    await sweepUntil(rome("10:04"));
    expect(visited).toEqual(["c", "a", "b"]);
  });
  it.each<[string, Visited[], string[], object]>([
    ["end at a target without a free place", ["busy"], ["a", "d"], { rang: 0, failed: 0 }],
    ["end at a target that rings", ["rang"], ["a", "d"], { rang: 1, failed: 0 }],
    ["do not count a callback that did not ring", ["done", "rang"], ["a", "b", "d"], { rang: 1 }],
    ["end at a PBX whose calls are stopped, which did not fail", ["stopped"], ["a"], { failed: 0 }],
    ["end at a PBX that failed", ["failed"], ["a"], { failed: 1 }],
  ])("%s", async (_name, results, expected, counts) => {
    const { visited, sweepUntil } = await scripted([{}, {}, {}, { target: "202" }], results);
    expect(await sweepUntil(rome("10:04"))).toMatchObject({ ...counts, visited: expected.length });
    expect(visited).toEqual(expected);
  });
  it("are made at a PBX whose callbacks are off, so that they close", async () => {
    const { callbacks: _off, ...settings } = milan;
    const { visited, sweepUntil } = await scripted([{}, {}], [], { settings });
    await sweepUntil(rome("10:04"));
    expect(visited).toEqual(["a", "b"]);
  });
  it.each([
    ["callbacks that ring", ringing],
    ["callbacks that wait", {}],
  ])("of %s do not begin at the deadline", async (_name, change) => {
    const { visited, sweepUntil } = await scripted([change, change, change]);
    expect(await sweepUntil(rome("10:03:40"), 20_000)).toMatchObject({ visited: 2, left: 0 });
    expect(visited).toEqual(["a", "b"]);
  });
  it("leave out a PBX that cannot be read, which is logged, and go on with the others", async () => {
    const { visited, sweepUntil, logged, counted } = await scripted([{ pbx: "nobody" }, {}]);
    expect(await sweepUntil(rome("10:04"))).toEqual({ due: 2, visited: 1, rang: 0, failed: 1, left: 0 });
    expect(visited).toEqual(["b"]);
    expect(counted).toEqual({ callback_sweeps: 1, callback_pbxs_failed: 1 });
    expect(logged).toEqual([
      {
        message: "the callbacks of a PBX failed",
        pbx: "nobody",
        code: "PBX_UNKNOWN",
        detail: "nobody",
        field: "pbx",
      },
    ]);
  });
});

describe("polls of call history", () => {
  const asked = async (world: ReturnType<typeof callbackWorld>, time: string): Promise<number> => {
    await world.until(rome(time));
    return world.pbx.questions;
  };
  it("begin five minutes after a PBX was found, and are five minutes apart", async () => {
    const world = callbackWorld();
    expect(await asked(world, "10:04")).toBe(0);
    expect(await asked(world, "10:05")).toBe(1);
    expect(await asked(world, "10:09")).toBe(1);
    expect(await asked(world, "10:30")).toBe(6);
  });
  it("are not needed for 15 minutes after an event", async () => {
    const world = callbackWorld();
    await world.until(rome("10:00"));
    await world.callbacks.takeFact(world.fact({ number: "203" }));
    expect(await asked(world, "10:14")).toBe(0);
    expect(await asked(world, "10:21")).toBeGreaterThan(0);
  });
  it("read what was missed since the last event, 15 minutes and more before", async () => {
    const world = callbackWorld();
    await world.until(rome("10:00"));
    await world.callbacks.takeFact(world.fact({ number: "203" }));
    world.pbx.show(missedLegs(customer, rome("10:01"), rome("10:01:30")));
    await world.until(rome("10:25"));
    expect((await world.records()).map(({ misses }) => misses.length)).toEqual([1]);
  });
  it("ask no PBX without callbacks, and find one within the hour after it has them", async () => {
    const { callbacks: _off, ...plain } = milan;
    const world = callbackWorld({ settings: plain });
    expect(await asked(world, "10:59")).toBe(0);
    world.pbx.settings = milan;
    expect(await asked(world, "11:06")).toBeGreaterThan(0);
    world.pbx.settings = plain;
    const before = world.pbx.questions;
    expect(await asked(world, "11:30")).toBe(before);
  });
  it("leave out a PBX whose secret is wrong, and ask the others", async () => {
    const world = callbackWorld({ others: { broken: milan } });
    const { ports } = world;
    const broken: CallbackPorts = {
      ...ports,
      registry: { list: async () => [...(await ports.registry.list())].reverse() },
      pbxs: { get: (id) => ports.pbxs.get(id === "broken" ? "nobody" : id) },
    };
    const callbacks = createCallbacks(broken);
    for (let at = 0; at < 8; at++) {
      world.clock.at = rome("10:00") + at * minute;
      await callbacks.sweep(world.clock.at + 50_000);
    }
    expect(world.pbx.questions).toBe(1);
    expect(world.logged).toEqual([]);
  });
  it("begin where the first one failed, also if a process ended between finding the PBX and noting it", async () => {
    const world = callbackWorld();
    await world.inner.write({ partition: "callbacks/found", id: "pbxs" }, rome("10:00"), { absent: true });
    const due = String(rome("10:01") / 1_000).padStart(11, "0");
    await world.inner.write({ partition: "callbacks/polls", id: `${due}~milan` }, null, { absent: true });
    world.pbx.down = true;
    await world.until(rome("10:02"));
    world.pbx.show(missedLegs(customer, rome("10:03"), rome("10:03:25")));
    await world.until(rome("10:30"));
    world.pbx.down = false;
    await world.until(rome("10:37"));
    expect((await world.records()).length).toBe(1);
  });
  it("log a PBX that does not answer, and go on", async () => {
    const world = callbackWorld();
    world.pbx.down = true;
    await world.until(rome("10:11"));
    expect(world.logged).toMatchObject([
      { pbx: "milan", code: "WMS_UNREACHABLE" },
      { pbx: "milan", code: "WMS_UNREACHABLE" },
    ]);
  });
  it("read a leg again that appears up to ten minutes after later ones", async () => {
    const world = callbackWorld();
    world.pbx.show(missedLegs(customer, rome("10:26"), rome("10:26:20")), rome("10:36:30"));
    world.pbx.show(missedLegs("+393337654321", rome("10:27"), rome("10:27:20")), rome("10:27:30"));
    await world.until(rome("10:42"));
    expect((await world.records()).length).toBe(2);
  });
});
