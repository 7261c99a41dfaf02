import { describe, expect, it } from "vitest";
import type { CallbackRecord, NumberRecord } from "../../../lib/callbacks/record.ts";
import type { LedgerCall } from "../../../lib/calls/calls.ts";
import { type RingEnd, ringLegs } from "../../support/callback-pbx.ts";
import { rome } from "../../support/callbacks.ts";
import { customer, milan } from "../../support/milan.ts";
import { ledgerCall, ringOfVisits, visitWorld } from "../../support/visits.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const own = { key: ringOfVisits.key, at: ringOfVisits.at };
const over = { ...own, over: true };
const { callbacks: _off, ...callbacksOff } = milan;
const now = rome("10:05");
const opensKey = { partition: "callbacks/opens/milan", id: String(Math.floor(now / hour)) };

/** The visit at 10:05 of a ring of 10:03 with this end. */
const ended = async (
  end: RingEnd,
  {
    settings = milan,
    known = {},
    change = {},
    paused = false,
    opened = 0,
  }: {
    settings?: typeof milan;
    known?: Partial<NumberRecord>;
    change?: Partial<CallbackRecord>;
    paused?: boolean;
    opened?: number;
  } = {},
) => {
  const world = visitWorld({ settings });
  await world.addRinging(change);
  await world.setNumber({ callbacks: ["c"], dials: [own], ...known });
  if (opened > 0) await world.inner.count(opensKey, { by: opened, expiresAt: now / 1000 + 7200 });
  if (paused) await world.desk.targets.pause("milan", "201");
  world.pbx.show(ringLegs({ target: "201", number: customer, at: rome("10:03") }, end));
  expect(await world.visitDue()).toBe("done");
  return { world, record: await world.read(), number: await world.number() };
};
const talkEnd = rome("10:04:25");
const isPaused = async ({ inner }: ReturnType<typeof visitWorld>): Promise<boolean> =>
  (await inner.read({ partition: "callbacks/target/milan", id: "201~pause" })) !== undefined;

describe("a visit of a callback that rings", () => {
  it("does nothing in its first 20 seconds", async () => {
    const world = visitWorld();
    await world.addRinging();
    const before = await world.read();
    world.ledger.call = undefined;
    world.clock.at = rome("10:03:20") - 1;
    expect(await world.visitDue()).toBe("done");
    expect([await world.read(), world.ledger.asked]).toEqual([before, []]);
    world.clock.at = rome("10:03:20");
    expect(await world.visitDue()).toBe("done");
    expect((await world.read())?.state).toBe("waiting");
    expect(world.ledger.asked).toEqual([["callbacks", own.key]]);
  });
  it.each<[string, LedgerCall | undefined, Partial<CallbackRecord>]>([
    ["nothing", undefined, { state: "waiting", reason: "retry", n: 0 }],
    ["a reserved key", ledgerCall({ state: "RESERVED" }), { state: "waiting", reason: "retry", n: 0 }],
    [
      "a call that was not sent",
      ledgerCall({ state: "REFUSED", reason: "not_sent" }),
      { state: "waiting", reason: "retry", n: 0 },
    ],
    [
      "a call that was too old",
      ledgerCall({ state: "REFUSED", reason: "stale" }),
      { state: "waiting", reason: "retry", n: 0 },
    ],
    [
      "a cap",
      ledgerCall({ state: "REFUSED", reason: "capped" }),
      { state: "waiting", reason: "capped", n: 0, due: now + hour },
    ],
    [
      "a refusal of the PBX",
      ledgerCall({ state: "REFUSED", reason: "pbx_refused" }),
      { state: "closed", reason: "forbidden" },
    ],
    [
      "a PBX that is busy",
      ledgerCall({ state: "REFUSED", reason: "pbx_busy" }),
      { state: "waiting", reason: "capped", n: 1, due: now + 5 * minute },
    ],
    [
      "a PBX that refused the credentials",
      ledgerCall({ state: "REFUSED", reason: "unauthorized" }),
      { state: "waiting", reason: "capped", n: 1, due: now + 5 * minute },
    ],
  ])("frees number and target if the ledger has %s", async (_name, call, expected) => {
    const world = visitWorld();
    await world.addRinging();
    world.ledger.call = call;
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).toMatchObject(expected);
    expect([(await world.number()).dials, await world.placeOf()]).toEqual([[], undefined]);
    expect(world.questions).toEqual([]);
  });
  it("keeps number and target while its outcome is not known", async () => {
    const world = visitWorld();
    await world.addRinging();
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).toMatchObject({ state: "ringing", due: rome("10:05:45") });
    expect([(await world.number()).dials, await world.placeOf()]).toEqual([[own], own.key]);
    expect([world.counted, world.logged]).toEqual([{}, []]);
  });
  it.each([
    ["that answers", false],
    ["that does not answer", true],
  ])("with a history %s knows after two hours that its outcome is unknown", async (_name, down) => {
    const world = visitWorld();
    await world.addRinging();
    world.pbx.down = down;
    world.clock.at = rome("12:03") - 1;
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).toMatchObject({ state: "ringing" });
    world.clock.at = rome("12:03");
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).toMatchObject({
      state: "closed",
      reason: "outcome_unknown",
      outcomes: [{ outcome: "unknown", call: "call-1" }],
    });
    expect(world.counted).toEqual({ callbacks_closed: 1, callbacks_unknown: 1 });
    const number = await world.number();
    expect([number.dials, number.holdUntil, await world.placeOf()]).toEqual([[over], undefined, undefined]);
  });
  it("logs a history that does not answer", async () => {
    const world = visitWorld();
    await world.addRinging();
    world.pbx.down = true;
    await world.visitDue();
    expect(world.logged).toEqual([
      {
        message: "call history could not be read after a callback",
        pbx: "milan",
        code: "WMS_UNREACHABLE",
        detail: "down",
        sent: "no",
      },
    ]);
  });
  it("fails if history fails for another reason", async () => {
    const world = visitWorld();
    await world.addRinging();
    world.history.onQuestion = () => Promise.reject(new Error("broken"));
    await expect(world.visitDue()).rejects.toThrow("broken");
    expect([(await world.read())?.state, world.logged]).toEqual(["ringing", []]);
  });
  it("keeps the target if another process wrote the callback first", async () => {
    const world = visitWorld();
    await world.addRinging();
    world.pbx.show(ringLegs({ target: "201", number: customer, at: rome("10:03") }, "busy"));
    world.overtaken();
    expect(await world.visitDue()).toBe("done");
    expect([(await world.read())?.state, await world.placeOf()]).toEqual(["ringing", own.key]);
  });
  it("frees the second place of a target too", async () => {
    const world = visitWorld({ settings: { ...milan, callbacks: { ...milan.callbacks, concurrent: 2 } } });
    const dial = { key: "other", at: rome("10:02"), target: "201" };
    await world.add({ id: "other", state: "ringing", reason: "ringing", dial });
    await world.desk.targets.take("milan", "201", 2, { callback: "other", key: "other" });
    await world.addRinging();
    expect(await world.placeOf("201~1")).toBe(own.key);
    world.ledger.call = undefined;
    await world.visitDue();
    expect([await world.placeOf("201"), await world.placeOf("201~1")]).toEqual(["other", undefined]);
  });
});

describe("a ring after which they talked", () => {
  it("closes the callback, and other callbacks of the number", async () => {
    const world = visitWorld();
    await world.add({ id: "d", due: rome("10:30") });
    await world.addRinging();
    await world.setNumber({ callbacks: ["c", "d"], dials: [own] });
    world.pbx.show(ringLegs({ target: "201", number: customer, at: rome("10:03") }, "talked"));
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).toMatchObject({ state: "closed", reason: "talked", until: talkEnd });
    expect(await world.read("d")).toMatchObject({ state: "closed", reason: "called_back" });
    expect(await world.number()).toMatchObject({
      dials: [over],
      bridged: { end: talkEnd, way: "outbound" },
    });
    expect(world.counted).toEqual({ callbacks_closed: 2, callbacks_talked: 1 });
    expect(await world.placeOf()).toBeUndefined();
  });
  const missedLater = {
    misses: [
      { start: rome("10:00"), end: rome("10:00:25") },
      { start: talkEnd + second, end: talkEnd + 20 * second },
    ],
  };
  it("opens the callback again for a call that was missed after the talk, which is announced and counted", async () => {
    const { world, record } = await ended("talked", { change: missedLater });
    expect(record).toMatchObject({ state: "waiting", reason: "retry", round: 2 });
    expect(world.events).toMatchObject([{ event: "opened", callback: { count: 1, state: "waiting" } }]);
    expect(world.counted).toEqual({ callbacks_opened: 1 });
    expect(await world.inner.counted(opensKey)).toBe(1);
  });
  it("opens the callback again as observed above the bound of an hour", async () => {
    const { record } = await ended("talked", { change: missedLater, opened: 60 });
    expect(record).toMatchObject({ state: "waiting", round: 2, storm: true });
  });
  it.each([
    ["at the same time", talkEnd],
    ["later", talkEnd + minute],
  ])("does not replace a talk that ended %s", async (_name, end) => {
    const bridged = { end, way: "inbound" } as const;
    const { number } = await ended("talked", { known: { bridged } });
    expect(number).toMatchObject({ dials: [over], bridged });
  });
  it("replaces an earlier talk", async () => {
    const { number } = await ended("talked", { known: { bridged: { end: talkEnd - 1, way: "inbound" } } });
    expect(number.bridged).toEqual({ end: talkEnd, way: "outbound" });
  });
  it("closes the callback if callbacks are off now", async () => {
    const { world, record } = await ended("talked", { settings: callbacksOff });
    expect(record).toMatchObject({ state: "closed", reason: "talked" });
    expect(await world.placeOf()).toBeUndefined();
  });
});

describe("a ring after which they did not talk", () => {
  it.each<[RingEnd, number]>([
    ["busy", 5 * minute],
    ["no_answer", hour],
    ["failed", 30 * minute],
    ["agent_voicemail", hour],
  ])("with the outcome %s keeps all callbacks of the number back", async (end, ms) => {
    const { world, number, record } = await ended(end);
    expect([number.dials, number.holdUntil]).toEqual([[over], now + ms]);
    expect(record).toMatchObject({ state: "waiting", attempts: 1 });
    expect(await world.placeOf()).toBeUndefined();
    expect(await isPaused(world)).toBe(end === "agent_voicemail");
  });
  it("does not shorten a longer wait", async () => {
    const { number } = await ended("busy", { known: { holdUntil: now + hour } });
    expect(number.holdUntil).toBe(now + hour);
  });
  it("keeps the number back for five minutes if callbacks are off now", async () => {
    const { number, record } = await ended("no_answer", { settings: callbacksOff });
    expect(number.holdUntil).toBe(now + 5 * minute);
    expect(record).toMatchObject({ state: "closed", reason: "expired" });
  });
  it("notifies that a voicemail answered, and counts it, once an hour", async () => {
    const { world } = await ended("agent_voicemail");
    expect(world.notifications).toEqual([
      [
        "Voicemail answered a callback at milan",
        "The voicemail of extension 201 at milan answered in place of the agent, and the PBX dialled the caller's number. The extension does not ring for callbacks for an hour. Turn off its voicemail, or choose another target.",
      ],
    ]);
    expect(world.counted).toEqual({ callbacks_agent_voicemail: 1 });
    const again = await ended("agent_voicemail", { paused: true });
    expect([again.world.notifications, again.world.counted]).toEqual([[], {}]);
    expect(again.number.holdUntil).toBe(now + hour);
  });
  it("notifies nobody of other outcomes", async () => {
    const { world } = await ended("busy");
    expect([world.notifications, world.counted]).toEqual([[], {}]);
  });
  it("because no agent was reached leaves only earlier dials of the number", async () => {
    const others = [
      { key: own.key, at: own.at - hour },
      { key: "b", at: own.at },
    ];
    const { number, record } = await ended("agent_missed", { known: { dials: [...others, own] } });
    expect([number.dials, number.holdUntil]).toEqual([others, undefined]);
    expect(record).toMatchObject({ state: "waiting", reason: "agent", agentMisses: 1 });
  });
  it("is over only for its own dial", async () => {
    const others = [
      { key: own.key, at: own.at - hour },
      { key: "b", at: own.at },
    ];
    const { number } = await ended("busy", { known: { dials: [...others, own] } });
    expect(number.dials).toEqual([...others, over]);
  });
  it("counts a callback that closes because no agent was reached", async () => {
    const { world, record } = await ended("agent_missed", { change: { agentMisses: 5 } });
    expect(record).toMatchObject({ state: "closed", reason: "no_agent" });
    expect(world.counted).toEqual({ callbacks_closed: 1, callbacks_no_agent: 1 });
  });
});
