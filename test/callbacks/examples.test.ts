import { describe, expect, it } from "vitest";
import { missedLegs, ringLegs, talkLeg } from "../support/callback-pbx.ts";
import { callbackWorld, rome } from "../support/callbacks.ts";
import { customer } from "../support/milan.ts";

const dialAt = (time: string) => ({ target: "201", number: customer, at: rome(time) });

describe("worked examples", () => {
  it("1: an event that comes six minutes late is dialled at the next minute", async () => {
    const world = callbackWorld();
    await world.until(rome("10:06:25"));
    await world.callbacks.takeFact(world.fact());
    world.pbx.show(ringLegs(dialAt("10:07"), "talked"), rome("10:10"));
    await world.until(rome("10:15"));
    expect(world.times()).toEqual(["10:07 201"]);
    expect(await world.records()).toMatchObject([{ state: "closed", reason: "talked", attempts: 1 }]);
  });
  it("3: missed calls join, and the callback waits for the last", async () => {
    const world = callbackWorld();
    const second = { startedAt: rome("10:01:30"), endedAt: rome("10:01:50"), ref: "e2" };
    await world.until(rome("10:02"));
    for (const change of [second, {}, second, {}]) await world.callbacks.takeFact(world.fact(change));
    expect(await world.records()).toMatchObject([{ due: rome("10:03:50"), misses: [{}, {}] }]);
    await world.until(rome("10:04:35"));
    expect(world.times()).toEqual(["10:04 201"]);
    const third = { startedAt: rome("10:04:10"), endedAt: rome("10:04:30"), ref: "e3" };
    await world.callbacks.takeFact(world.fact(third));
    world.pbx.show(ringLegs(dialAt("10:04"), "busy"), rome("10:05"));
    await world.until(rome("10:10"));
    expect(world.times()).toEqual(["10:04 201", "10:10 201"]);
    expect(await world.records()).toMatchObject([{ state: "ringing", misses: [{}, {}, {}] }]);
  });
  it("4: a call by hand moves the dial, and ends the callback if they talked", async () => {
    for (const talked of [false, true]) {
      const world = callbackWorld();
      await world.until(rome("10:00:30"));
      await world.callbacks.takeFact(world.fact());
      const times = { start: rome("10:01"), answer: rome("10:01:05"), end: rome("10:02:05") };
      const leg = talkLeg("203", customer, times);
      const { answer: _answer, ...missed } = { ...leg, end: rome("10:01:30"), disposition: "NO ANSWER" };
      world.pbx.show([talked ? leg : missed], rome("10:02:10"));
      await world.until(rome("10:07"));
      expect(world.times()).toEqual(talked ? [] : ["10:06 201"]);
      if (talked) expect(await world.records()).toMatchObject([{ state: "closed", reason: "called_back" }]);
    }
  });
  it.each([
    ["talked", "talked"],
    ["no_answer", "attempts"],
  ] as const)("5: busy, no answer, then %s", async (last, reason) => {
    const world = callbackWorld();
    await world.until(rome("10:00:30"));
    await world.callbacks.takeFact(world.fact());
    world.pbx.show(ringLegs(dialAt("10:03"), "busy"), rome("10:03:30"));
    world.pbx.show(ringLegs(dialAt("10:09"), "no_answer"), rome("10:09:30"));
    world.pbx.show(ringLegs(dialAt("11:10"), last), rome("11:13"));
    await world.until(rome("12:30"));
    expect(world.times()).toEqual(["10:03 201", "10:09 201", "11:10 201"]);
    expect(await world.records()).toMatchObject([{ state: "closed", reason }]);
  });
});

describe("without webhooks", () => {
  it("2: six phones of one call are one missed call, found by polling", async () => {
    const world = callbackWorld();
    const phones = ["201", "202", "203", "204", "205", "206"];
    const local = { channel: "Local/201@queue-1;1", dstchannel: "SIP/201-1" };
    const legs = missedLegs(customer, rome("10:00"), rome("10:00:25"), phones);
    const [pair] = legs;
    if (pair !== undefined) world.pbx.show([...legs, { ...pair, ...local }], rome("10:00:30"));
    await world.until(rome("11:00"));
    expect(world.times()).toEqual(["10:05 201"]);
    expect(await world.records()).toMatchObject([{ misses: [{}], n: 0 }]);
  });
  it("a caller who got through later is not called, and a PBX that sends events is not polled", async () => {
    const world = callbackWorld();
    world.pbx.show(missedLegs(customer, rome("10:00"), rome("10:00:25")), rome("10:00:30"));
    const times = { start: rome("10:01"), answer: rome("10:01:10"), end: rome("10:03") };
    world.pbx.show([talkLeg(customer, "202", times)], rome("10:03:10"));
    await world.until(rome("11:00"));
    expect(world.times()).toEqual([]);
    expect(await world.records()).toMatchObject([{ state: "closed", reason: "got_through" }]);
    const asked = world.pbx.questions;
    await world.callbacks.takeFact(world.fact({ number: "anonymous", endedAt: rome("11:00") }));
    await world.until(rome("11:14"));
    expect(world.pbx.questions).toBe(asked);
    await world.until(rome("11:40"));
    expect(world.pbx.questions).toBeGreaterThan(asked);
  });
});
