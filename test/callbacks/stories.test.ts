import { describe, expect, it } from "vitest";
import type { CallFact } from "../../lib/callbacks/facts.ts";
import { resumeCalls, stopCalls } from "../../lib/calls/guard/kill-switch.ts";
import { missedLegs, type RingEnd, ringLegs, talkLeg } from "../support/callback-pbx.ts";
import { callbackWorld, rome, type WorldOptions } from "../support/callbacks.ts";
import { customer, milan } from "../support/milan.ts";

const another = "+393337654321";
const settingsWith = (callbacks: object, others: object = {}) => ({
  ...milan,
  ...others,
  callbacks: { ...milan.callbacks, ...callbacks },
});

/** A world from a moment on, and what a test does in it. */
const worldFrom = (start: string, options: WorldOptions = {}) => {
  const world = callbackWorld({ start: rome(start), ...options });
  return {
    ...world,
    missed: (from: string, to: string, change: Partial<CallFact> = {}) =>
      world.callbacks.takeFact(
        world.fact({ startedAt: rome(from), endedAt: rome(to), ref: `${from} ${change.number}`, ...change }),
      ),
    rings: (time: string, end: RingEnd, visible: string, number = customer, target = "201") =>
      world.pbx.show(ringLegs({ target, number, at: rome(time) }, end), rome(visible)),
    goes: (time: string) => world.until(rome(time)),
    only: async () => {
      const { callbacks } = await world.callbacks.list("milan");
      expect(callbacks).toHaveLength(1);
      return callbacks[0];
    },
    byHand: (start: string, answer: string | undefined, end: string, visible = end) => {
      const leg = talkLeg("203", customer, {
        start: rome(start),
        answer: rome(answer ?? start),
        end: rome(end),
      });
      const { answer: _answer, ...unanswered } = leg;
      world.pbx.show(
        [answer === undefined ? { ...unanswered, disposition: "NO ANSWER" } : leg],
        rome(visible) + 1000,
      );
    },
  };
};

describe("hours", () => {
  it("a callback that is due at 17:54 is dialled, and one that is due at 17:55 is dialled on Monday", async () => {
    const world = worldFrom("2026-11-27 17:50");
    await world.goes("2026-11-27 17:52:30");
    await world.missed("2026-11-27 17:51", "2026-11-27 17:51:40");
    await world.missed("2026-11-27 17:52", "2026-11-27 17:52:20", { number: another });
    world.rings("2026-11-27 17:54", "no_answer", "2026-11-27 17:54:30");
    await world.goes("2026-11-30 10:10");
    // 54 at its hour; the other one is younger, and the target rings for the first
    expect(world.times()).toEqual(["2026-11-27 17:54 201", "2026-11-30 09:00 201"]);
  });
  it("a break at noon moves a retry to the afternoon", async () => {
    const world = worldFrom("11:59", {
      settings: settingsWith({ hours: { tue: ["09:00-12:30", "14:00-18:00"] } }),
    });
    await world.goes("12:20:30");
    await world.missed("12:20", "12:20:20");
    world.rings("12:23", "busy", "12:23:30");
    await world.goes("14:30");
    expect(world.times()).toEqual(["12:23 201", "14:00 201"]);
  });
  it("the clocks go forward at the weekend: Monday 09:00 by the new clock", async () => {
    const world = worldFrom("2027-03-26 18:10");
    await world.goes("2027-03-26 18:11");
    await world.missed("2027-03-26 18:10:10", "2027-03-26 18:10:40");
    await world.goes("2027-03-29 10:00");
    // 09:00 in summer is 08:00 by the clock of this test
    expect(world.times()).toEqual(["2027-03-29 08:00 201"]);
  });
  it("a holiday and a weekend are longer than the expiry", async () => {
    const world = worldFrom("2026-12-24 18:29", { settings: settingsWith({ holidays: ["12-25"] }) });
    await world.goes("2026-12-24 18:31");
    await world.missed("2026-12-24 18:30", "2026-12-24 18:30:30");
    await world.goes("2026-12-27 18:30");
    expect(await world.only()).toMatchObject({ state: "waiting", reason: "hours" });
    await world.goes("2026-12-27 18:31");
    expect(await world.only()).toMatchObject({ state: "closed", reason: "expired" });
    expect(world.dials).toEqual([]);
  });
  it("a country with several zones is called while all of them are awake", async () => {
    const settings = {
      ...milan,
      country: "US",
      timezone: "America/New_York",
      allowed_countries: ["US"],
    };
    const world = worldFrom("14:59", { settings });
    await world.goes("15:01:30");
    // 09:01 in New York is 04:01 in Honolulu; 14:00 in New York is 09:00 there
    await world.missed("15:01", "15:01:20", { number: "+12125550123" });
    await world.goes("21:00");
    expect(world.times()).toEqual(["20:00 201"]);
  });
});

describe("joins", () => {
  it("a caller who tries every two minutes is dialled fifteen minutes after the first call", async () => {
    const world = worldFrom("10:00");
    for (let minute = 0; minute < 16; minute += 2) {
      const [from, to] = [
        `10:${String(minute).padStart(2, "0")}:10`,
        `10:${String(minute).padStart(2, "0")}:30`,
      ];
      await world.goes(to);
      await world.missed(from, to);
    }
    await world.goes("10:20");
    expect(world.times()).toEqual(["10:16 201"]);
    expect(await world.only()).toMatchObject({ count: 8 });
  });
  it("a call that is missed just before a retry moves it by two minutes", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "busy", "10:03:30");
    await world.goes("10:08:50");
    await world.missed("10:08:20", "10:08:45");
    await world.goes("10:20");
    expect(world.times()).toEqual(["10:03 201", "10:11 201"]);
  });
  it("a caller who got through while we rang another caller is not dialled", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:50");
    await world.missed("10:00", "10:00:20", { number: another });
    await world.missed("10:00:20", "10:00:40");
    world.rings("10:03", "talked", "10:06:30", another);
    world.pbx.show(
      [talkLeg(customer, "203", { start: rome("10:04"), answer: rome("10:04:05"), end: rome("10:05") })],
      rome("10:05:02"),
    );
    await world.goes("10:10");
    expect(world.times()).toEqual(["10:03 201"]);
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["got_through", "talked"]);
  });
  it("a caller who calls us while we call is not dialled again once a colleague answered", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "busy", "10:03:30");
    world.pbx.show(
      [talkLeg(customer, "203", { start: rome("10:03:05"), answer: rome("10:03:15"), end: rome("10:06") })],
      rome("10:06:01"),
    );
    await world.goes("10:12");
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.only()).toMatchObject({ reason: "got_through", attempts: 1, count: 1 });
  });
  it("after three dials, a new missed call of the same day waits until a day after the first dial", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    for (const time of ["10:03", "10:09", "10:15"]) world.rings(time, "busy", `${time}:30`);
    await world.goes("10:17");
    expect(await world.only()).toMatchObject({ state: "closed", reason: "attempts", attempts: 3 });
    await world.goes("11:00:30");
    await world.missed("11:00", "11:00:25");
    expect(await world.only()).toMatchObject({ state: "waiting", count: 1, attempts: 0 });
    await world.goes("2026-11-25 11:00");
    expect(world.times()).toEqual(["10:03 201", "10:09 201", "10:15 201", "2026-11-25 10:03 201"]);
  });
});

describe("two queues", () => {
  const settings = settingsWith({ targets: { Sales: "201", support: "202" } });
  it("one caller is dialled for one of them at a time, and a talk settles both", async () => {
    const world = worldFrom("10:00", { settings });
    await world.goes("10:01:30");
    await world.missed("10:00", "10:00:25", { queue: { name: "Sales" } });
    await world.missed("10:01", "10:01:25", { queue: { name: "Support" } });
    world.rings("10:03", "busy", "10:03:30");
    world.rings("10:09", "talked", "10:12");
    await world.goes("10:30");
    expect(world.times()).toEqual(["10:03 201", "10:09 201"]);
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["called_back", "talked"]);
  });
  it("a queue without a target is listed, and its caller is dialled for the other one", async () => {
    const world = worldFrom("10:00", { settings });
    await world.goes("10:01:30");
    await world.missed("10:00", "10:00:25", { queue: { name: "Billing" } });
    await world.missed("10:01", "10:01:25", { queue: { name: "Support" } });
    world.rings("10:04", "talked", "10:07", customer, "202");
    await world.goes("11:30");
    expect(world.times()).toEqual(["10:04 202"]);
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["called_back", "talked"]);
  });
});

describe("the bound of a day and the voicemail of an agent", () => {
  const settings = settingsWith({ targets: { "*": "201", Sales: "202" } });
  it("three dials for one queue keep the callback of another queue back until a day after the first", async () => {
    const world = worldFrom("10:00", { settings });
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    for (const time of ["10:03", "10:09", "10:15"]) world.rings(time, "busy", `${time}:30`);
    await world.goes("10:30:30");
    await world.missed("10:30", "10:30:20", { queue: { name: "sales" } });
    await world.goes("2026-11-25 10:10");
    expect(world.times()).toEqual(["10:03 201", "10:09 201", "10:15 201", "2026-11-25 10:03 202"]);
  });
  it("the voicemail of one agent keeps back no other agent", async () => {
    const world = worldFrom("10:00", { settings });
    await world.goes("10:01");
    await world.missed("10:00", "10:00:25");
    await world.missed("10:00:10", "10:00:40", { number: another, queue: { name: "Sales" } });
    world.rings("10:03", "agent_voicemail", "10:04:30");
    world.rings("10:03", "no_answer", "10:04:30", another, "202");
    await world.goes("11:10");
    expect(world.times()).toEqual(["10:03 201", "10:03 202", "11:05 201", "11:05 202"]);
  });
});

describe("calls by hand", () => {
  it("a talk before the missed call settles nothing, and keeps the dial back for five minutes", async () => {
    const world = worldFrom("09:57");
    world.byHand("09:58", "09:58:05", "09:59:30");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    await world.goes("10:10");
    expect(world.times()).toEqual(["10:03 201"]);
  });
  it("one that nobody answers, at the end of a retry, keeps it back; one that is answered closes it", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "no_answer", "10:03:40");
    world.byHand("11:02", undefined, "11:02:30");
    world.rings("11:07", "no_answer", "11:07:40");
    world.byHand("11:30", "11:30:10", "11:31");
    await world.goes("12:10");
    expect(world.times()).toEqual(["10:03 201", "11:07 201"]);
    expect(await world.only()).toMatchObject({ reason: "called_back", attempts: 2 });
  });
  it("one that begins while we ring keeps the next dial back", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "agent_missed", "10:03:30");
    world.byHand("10:06", undefined, "10:06:30");
    await world.goes("10:15");
    // the agent would ring again at 10:09
    expect(world.times()).toEqual(["10:03 201", "10:11 201"]);
  });
});

describe("agents", () => {
  it("one who hangs up at once, one on DND and one who is busy are agents who were not reached", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    const refusing = (time: string, disposition: string) => {
      const [leg] = ringLegs({ target: "201", number: customer, at: rome(time) }, "agent_missed");
      if (leg !== undefined)
        world.pbx.show([{ ...leg, end: rome(time) + 1000, disposition }], rome(time) + 30_000);
    };
    refusing("10:03", "BUSY");
    refusing("10:09", "FAILED");
    world.rings("10:20", "no_answer", "10:20:50");
    await world.goes("11:30");
    expect(world.times()).toEqual(["10:03 201", "10:09 201", "10:20 201", "11:21 201"]);
    expect(await world.only()).toMatchObject({ state: "ringing", attempts: 1, misses: 0 });
  });
  it("a talk of forty minutes keeps the next caller of the target back, and no longer", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:50");
    await world.missed("10:00", "10:00:20");
    await world.missed("10:00:20", "10:00:40", { number: another });
    world.pbx.show(
      ringLegs({ target: "201", number: customer, at: rome("10:03") }, "talked", { talkMs: 2_400_000 }),
      rome("10:43:30"),
    );
    await world.goes("10:50");
    expect(world.dials.map(({ to }) => to)).toEqual([customer, another]);
    expect(world.times()).toEqual(["10:03 201", "10:44 201"]);
  });
});

describe("what ends a callback while it rings", () => {
  it.each([
    ["no_answer", 1],
    ["agent_missed", 0],
  ] as const)("cancelled, then %s: no other dial, and %i attempts", async (end, attempts) => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", end, "10:04:30");
    await world.goes("10:03:20");
    const { id = "" } = (await world.only()) ?? {};
    expect(await world.callbacks.cancel("milan", id)).toMatchObject({ state: "ringing", ringing: true });
    await world.goes("12:00");
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.only()).toMatchObject({
      state: "closed",
      reason: "cancelled",
      attempts,
      outcomes: [{ outcome: end }],
    });
  });
  it("on the list, then busy: no other dial, and one attempt", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "busy", "10:04:30");
    await world.goes("10:03:20");
    await world.callbacks.doNotCall.block({ pbx: "milan" }, customer, { by: "test" });
    await world.goes("12:00");
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.only()).toMatchObject({ reason: "do_not_call", attempts: 1 });
  });
});

describe("rules from outside", () => {
  it("calls that are stopped over the end of the day go on in the morning", async () => {
    const world = worldFrom("17:40");
    await world.goes("17:45:30");
    await world.missed("17:45", "17:45:20");
    await stopCalls(world.inner, world.clock, { pbx: "milan" });
    await world.goes("18:30");
    await resumeCalls(world.inner, { pbx: "milan" });
    await world.goes("2026-11-25 09:10");
    expect(world.times()).toEqual(["2026-11-25 09:00 201"]);
  });
  it("a cap of one call a day lets the second callback ring a day later", async () => {
    const world = worldFrom("10:00", { settings: settingsWith({}, { caps: { per_caller: 1 } }) });
    await world.goes("10:00:50");
    await world.missed("10:00", "10:00:20");
    await world.missed("10:00:20", "10:00:40", { number: another });
    world.rings("10:03", "talked", "10:04:30");
    await world.goes("10:06");
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["capped", "talked"]);
    await world.goes("2026-11-25 12:00");
    expect(world.times()).toEqual(["10:03 201", "2026-11-25 11:00 201"]);
  });
  it.each(["anonymous", "112", "203", "+39899123456", "+18765550123", "+881612345678", "+39800123456", ""])(
    "a missed call of %j opens nothing",
    async (number) => {
      const world = worldFrom("10:00");
      await world.goes("10:00:30");
      expect(await world.missed("10:00", "10:00:25", { number })).toBe("ignored");
      expect(await world.records()).toEqual([]);
    },
  );
  it("history that does not answer for 17 minutes delays the dial until it does", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.pbx.down = true;
    await world.goes("10:19:30");
    world.pbx.down = false;
    await world.goes("10:25");
    expect(world.times()).toEqual(["10:20 201"]);
  });
  it("two PBXs call one caller back independently", async () => {
    const world = worldFrom("10:00", { others: { turin: settingsWith({ targets: { "*": "301" } }) } });
    await world.goes("10:01:30");
    await world.missed("10:00", "10:00:25");
    await world.missed("10:01", "10:01:25", { pbx: "turin" });
    world.rings("10:03", "talked", "10:03:50");
    await world.goes("10:05");
    expect(world.times()).toEqual(["10:03 201", "10:04 301"]);
    expect(await world.only()).toMatchObject({ reason: "talked" });
    expect(await world.records("turin")).toMatchObject([{ state: "ringing" }]);
  });
});

describe("settings that change", () => {
  it("fewer dials than were made: the callback closes at its next visit", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "no_answer", "10:03:40");
    await world.goes("10:30");
    world.pbx.settings = settingsWith({ attempts: 1 });
    await world.goes("12:00");
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.only()).toMatchObject({ reason: "attempts", attempts: 1 });
  });
  it("another target, other hours and callbacks that are off hold from the next visit on", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    world.rings("10:03", "busy", "10:03:40");
    await world.goes("10:06");
    world.pbx.settings = settingsWith({ targets: { "*": "202" }, hours: { tue: ["11:00-12:00"] } });
    world.rings("11:00", "busy", "11:00:40", customer, "202");
    await world.goes("11:03");
    expect(world.times()).toEqual(["10:03 201", "11:00 202"]);
    const { callbacks: _off, ...without } = milan;
    world.pbx.settings = without;
    await world.goes("11:10");
    expect(await world.only()).toMatchObject({ reason: "expired", attempts: 2 });
  });
});

describe("requests", () => {
  it("one for Saturday is dialled on Monday; asked twice, it is one", async () => {
    const world = worldFrom("10:00");
    const pbx = world.pbx.asPbx();
    const notBefore = rome("2026-11-28 11:00");
    const [first, again] = [
      await world.callbacks.request(pbx, { to: customer, notBefore }),
      await world.callbacks.request(pbx, { to: "333 123 4567", notBefore }),
    ];
    expect([first.opened, again.opened, again.view.id]).toEqual([true, false, first.view.id]);
    await world.goes("2026-11-30 09:10");
    expect(world.times()).toEqual(["2026-11-30 09:00 201"]);
  });
  it("one for December does not keep back the callback of a call that is missed today", async () => {
    const world = worldFrom("09:59");
    const notBefore = rome("2026-12-15 10:00");
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore });
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    expect(await world.only()).toMatchObject({ count: 1, next: expect.stringContaining("may redial") });
    world.rings("10:03", "talked", "10:05");
    await world.goes("2026-12-15 11:00");
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.only()).toMatchObject({ state: "closed", reason: "talked" });
  });
  it("one for December is dialled in December if the callback of a missed call reached nobody", async () => {
    const world = worldFrom("09:59");
    const notBefore = rome("2026-12-15 10:00");
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, notBefore });
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    for (const [time, visible] of [
      ["10:03", "10:04"],
      ["11:04", "11:05"],
      ["12:05", "12:06"],
    ] as const)
      world.rings(time, "no_answer", visible);
    await world.goes("13:00");
    expect(world.times()).toEqual(["10:03 201", "11:04 201", "12:05 201"]);
    expect(await world.only()).toMatchObject({ state: "waiting", count: 0, due: "2026-12-15T09:00:00.000Z" });
    await world.goes("2026-12-15 10:00");
    expect(world.times().at(-1)).toBe("2026-12-15 10:00 201");
  });
  it("one for now does not wait for the delay of a missed call", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    await world.callbacks.request(world.pbx.asPbx(), { to: customer });
    await world.goes("10:05");
    expect(world.times()).toEqual(["10:01 201"]);
  });
  it("one above the bound of an hour is dialled, because a person asked", async () => {
    const world = worldFrom("10:00");
    const key = { partition: "callbacks/opens/milan", id: String(Math.floor(rome("10:00") / 3_600_000)) };
    await world.inner.count(key, { by: 60, expiresAt: rome("12:00") / 1000 });
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    await world.goes("10:05");
    expect(await world.only()).toMatchObject({ reason: "observed" });
    for (const to of [customer, another]) await world.callbacks.request(world.pbx.asPbx(), { to });
    world.rings("10:06", "talked", "10:07:30");
    await world.goes("10:08");
    expect(world.times()).toEqual(["10:06 201", "10:08 201"]);
  });
  it("one to a number whose last talk was a minute ago is dialled", async () => {
    const world = worldFrom("10:00");
    world.pbx.show(
      [
        talkLeg(customer, "203", {
          start: rome("10:00:10"),
          answer: rome("10:00:15"),
          end: rome("10:01:00"),
        }),
      ],
      rome("10:01:01"),
    );
    await world.goes("10:02:30");
    await world.callbacks.request(world.pbx.asPbx(), { to: customer });
    await world.goes("10:05");
    expect(world.times()).toEqual(["10:03 201"]);
  });
});

describe("events", () => {
  it("late, doubled and out of order: the same as in order", async () => {
    const world = worldFrom("10:00");
    await world.goes("10:30:10");
    const talk = { kind: "bridged", talkSeconds: 30 } as const;
    const facts: [string, string, Partial<CallFact>][] = [
      ["10:20", "10:20:25", {}],
      ["10:10", "10:10:45", talk],
      ["10:00", "10:00:25", {}],
      ["10:20", "10:20:25", {}],
    ];
    for (const [from, to, change] of facts) await world.missed(from, to, change);
    await world.goes("10:40");
    expect(world.times()).toEqual(["10:31 201"]);
    expect(await world.only()).toMatchObject({ count: 1, first: "2026-11-24T09:20:00.000Z" });
  });
  it("without a queue, which history names: the callback keeps its phone and its time", async () => {
    const settings = settingsWith({ targets: { "*": "201", Sales: "202" } });
    const world = worldFrom("10:00", { settings });
    world.pbx.show(missedLegs(customer, rome("10:00"), rome("10:00:25"), ["204"], "Sales"), rome("10:00:27"));
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25");
    await world.goes("10:06");
    expect(world.times()).toEqual(["10:03 201"]);
    expect(await world.only()).toMatchObject({ count: 1 });
  });
  it("a live event without a queue, then call:completed with one: one dial, by the target of the queue", async () => {
    const settings = settingsWith({ targets: { Sales: "202" } });
    const world = worldFrom("10:00", { settings });
    await world.goes("10:00:30");
    await world.missed("10:00", "10:00:25", { source: "live" });
    await world.goes("10:06:30");
    await world.missed("10:00", "10:00:25", { queue: { name: "Sales" } });
    await world.goes("10:10");
    expect(world.times()).toEqual(["10:07 202"]);
    expect((await world.records()).map(({ reason }) => reason).toSorted()).toEqual(["moved", "ringing"]);
  });
  it("without any, a caller who gives up in a queue is found by polling and dialled by its target", async () => {
    const settings = settingsWith({ targets: { "*": "201", Sales: "202" } });
    const world = worldFrom("09:59", { settings });
    world.pbx.show(missedLegs(customer, rome("10:01"), rome("10:02:10"), ["204"], "Sales"), rome("10:02:12"));
    await world.goes("10:20");
    expect(world.times()).toEqual(["10:05 202"]);
  });
});
