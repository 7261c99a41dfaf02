import { describe, expect, it } from "vitest";
import { close, decide, nextRound } from "../../../lib/callbacks/controller/decide.ts";
import type { Facts, Ring } from "../../../lib/callbacks/controller/decision.ts";
import { policyOf } from "../../../lib/callbacks/policy.ts";
import {
  type CallbackRecord,
  firstOf,
  lastOf,
  type NumberRecord,
  noNumber,
  type Outcome,
  openItems,
} from "../../../lib/callbacks/record.ts";
import { missedAtTen as record, rome } from "../../support/callbacks.ts";
import { milan } from "../../support/milan.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const now = rome("10:10");

const dial = { key: "cb/c/1/0", at: rome("10:09"), target: "201" };
const ringing = (change: Partial<CallbackRecord> = {}): CallbackRecord =>
  record({ state: "ringing", reason: "ringing", dial, ...change });
const number = (change: Partial<NumberRecord> = {}): NumberRecord => ({ ...noNumber, ...change });
const policy = policyOf(milan);
const facts = (change: Partial<Facts> = {}): Facts => ({ policy, now, number: noNumber, ...change });
const withSettings = (callbacks: object): Facts["policy"] =>
  policyOf({ ...milan, callbacks: { ...milan.callbacks, ...callbacks } });
const over = (outcome: Outcome, end = rome("10:09:30")): Ring => ({
  is: "over",
  outcome,
  call: "call-1",
  end,
});

const decided = (of: CallbackRecord, given: Partial<Facts> = {}) => {
  const { record: after, act } = decide(of, facts(given));
  return [after.state, after.reason, act];
};

describe("a waiting callback", () => {
  it.each<[string, Partial<CallbackRecord>, Partial<Facts>, unknown[]]>([
    ["is asked for in history when it is due", {}, {}, ["waiting", "delay", "ask"]],
    ["is rung when history was asked", {}, { asked: true }, ["waiting", "delay", "ring"]],
    ["expires at the moment", {}, { now: rome("10:00:25") + 72 * hour }, ["closed", "expired", undefined]],
    [
      "has not expired a millisecond before",
      {},
      { now: rome("10:00:25") + 72 * hour - 1 },
      ["waiting", "delay", "ask"],
    ],
    ["expires if callbacks are off", {}, { policy: undefined }, ["closed", "expired", undefined]],
    [
      "expires if callbacks are off, also one that was asked for later",
      { asked: { at: rome("10:05"), notBefore: rome("12:00") } },
      { policy: undefined },
      ["closed", "expired", undefined],
    ],
    ["closes for a number on the list", {}, { listed: true }, ["closed", "do_not_call", undefined]],
    [
      "closes for a number that may not be called",
      {},
      { callable: false },
      ["closed", "forbidden", undefined],
    ],
    ["is observed above the bound", { storm: true }, {}, ["waiting", "observed", undefined]],
    [
      "waits for the delay first, also if it is observed",
      { storm: true },
      { now: rome("10:02:24") },
      ["waiting", "delay", undefined],
    ],
    [
      "is observed from the end of the delay on",
      { storm: true },
      { now: rome("10:02:25") },
      ["waiting", "observed", undefined],
    ],
    [
      "is asked for at the moment at which the hours begin",
      { misses: [{ start: rome("08:00"), end: rome("08:00:25") }] },
      { now: rome("09:00") },
      ["waiting", "delay", "ask"],
    ],
    [
      "waits for the hours a millisecond before",
      { misses: [{ start: rome("08:00"), end: rome("08:00:25") }] },
      { now: rome("09:00") - 1 },
      ["waiting", "hours", undefined],
    ],
    [
      "closes if its number may never be called in the hours",
      {},
      { policy: withSettings({ hours: { mon: ["21:00-22:00"] } }) },
      ["closed", "hours_never", undefined],
    ],
    ["is stopped by the kill switch", {}, { stopped: true }, ["waiting", "stopped", undefined]],
    [
      "closes if the caller got through at its start",
      {},
      { number: number({ bridged: { end: rome("10:00"), way: "inbound" } }) },
      ["closed", "got_through", undefined],
    ],
    [
      "stays open if the talk was over before",
      {},
      { number: number({ bridged: { end: rome("10:00") - 1, way: "inbound" } }) },
      ["waiting", "delay", "ask"],
    ],
    [
      "closes if it was called back by hand",
      {},
      { number: number({ bridged: { end: now, way: "outbound" } }) },
      ["closed", "called_back", undefined],
    ],
    [
      "waits for a number that talks",
      {},
      { number: number({ live: now - 2 * hour + 1 }) },
      ["waiting", "retry", undefined],
    ],
    [
      "does not wait for a call of which no end was heard for two hours",
      {},
      { number: number({ live: now - 2 * hour }) },
      ["waiting", "delay", "ask"],
    ],
  ])("%s", (_name, change, given, expected) => {
    expect(decided(record(change), given)).toEqual(expected);
  });
  it("is looked at again at the next sweep, in an hour, or when it expires", () => {
    const due = (given: Partial<Facts>, change: Partial<CallbackRecord> = {}): number =>
      decide(record(change), facts(given)).record.due - now;
    expect(due({ stopped: true })).toBe(45 * second);
    expect(due({ number: number({ live: now }) })).toBe(45 * second);
    expect(due({ policy: withSettings({ mode: "observe" }) })).toBe(hour);
    expect(due({ policy: withSettings({ mode: "observe", expire_hours: 1 }) })).toBe(rome("11:00:25") - now);
  });
  it("waits for the hours of the next day if its delay ends after those of this day", () => {
    const late = record({ misses: [{ start: rome("17:53"), end: rome("17:53:30") }] });
    const { record: after } = decide(late, facts({ now: rome("17:54") }));
    expect([after.reason, after.due]).toEqual(["hours", rome("2026-11-25 09:00")]);
  });
  it.each<[string, Partial<Facts>]>([
    ["do_not_call", { listed: true }],
    ["forbidden", { callable: false }],
    ["expired", { policy: undefined }],
    ["hours_never", { policy: withSettings({ hours: { mon: ["21:00-22:00"] } }) }],
  ])("closes as %s also for a missed call that begins later by the clock of the PBX", (reason, given) => {
    const misses = [...record().misses, { start: now + minute, end: now + 2 * minute }];
    const { record: after } = decide(record({ misses }), facts(given));
    expect(after).toMatchObject({ state: "closed", reason, round: 1, until: now + minute });
  });
  it("closes for what began until now", () => {
    expect(decide(record(), facts({ listed: true })).record.until).toBe(now);
  });
  it("opens the next round for a call that was missed after the talk, and asks history before its dial", () => {
    const misses = [...record().misses, { start: rome("10:05"), end: rome("10:06") }];
    const bridged = { end: rome("10:04"), way: "inbound" } as const;
    const { record: after, act } = decide(
      record({ misses }),
      facts({ number: number({ bridged }), asked: true }),
    );
    expect([after.round, after.since, after.n, act]).toEqual([2, rome("10:04"), 0, "ask"]);
  });
  it("is observed without a target", () => {
    const { target: _target, ...untargeted } = record();
    expect(decided(untargeted)).toEqual(["waiting", "observed", undefined]);
  });
  it("keeps its place in the index while it is due", () => {
    expect(decide(record(), facts()).record.due).toBe(rome("10:02:25"));
    expect(decide(record({ due: rome("11:00") }), facts()).record.due).toBe(rome("10:02:25"));
  });
  it("is not changed once it is closed", () => {
    const closed = record({ state: "closed", reason: "talked" });
    expect(decide(closed, facts({ listed: true })).record).toBe(closed);
  });
});

describe("a callback whose settings change between two dials", () => {
  it("closes if it was dialled as often as the new setting allows, for what was before the last dial", () => {
    const closing = (change: Partial<CallbackRecord>) =>
      decide(record(change), facts({ policy: withSettings({ attempts: 2 }) })).record;
    expect(closing({ attempts: 1 }).state).toBe("waiting");
    expect(closing({ attempts: 2, tried: rome("10:05") })).toMatchObject({
      state: "closed",
      reason: "attempts",
      until: rome("10:05"),
    });
    const misses = [...record().misses, { start: rome("10:05:01"), end: rome("10:05:20") }];
    expect(closing({ attempts: 2, tried: rome("10:05"), misses })).toMatchObject({
      ...{ state: "waiting", round: 2, attempts: 0 },
    });
    expect(closing({ attempts: 2, misses })).toMatchObject({ state: "closed", until: now });
    expect(closing({ failures: 2, misses })).toMatchObject({ reason: "failed", until: now });
  });
});

describe("a callback that rings", () => {
  it("is looked at again at the next sweep while nothing is known", () => {
    const { record: after, act } = decide(ringing(), facts());
    expect([after, act]).toEqual([{ ...ringing(), due: now + 45 * second }, undefined]);
  });
  it.each<[Ring["is"], number, unknown[], number | undefined]>([
    ["unsent", 0, ["waiting", "retry"], undefined],
    ["capped", 0, ["waiting", "capped"], hour],
    ["stopped", 0, ["waiting", "stopped"], 45 * second],
    ["busy", 1, ["waiting", "capped"], 5 * minute],
    ["forbidden", 0, ["closed", "forbidden"], undefined],
  ])("%s: its key grows by %i", (is, n, state, wait) => {
    const { record: after } = decide(ringing(), facts({ ring: { is } as Ring, asked: true }));
    expect([after.n, after.state, after.reason]).toEqual([n, ...state]);
    if (wait !== undefined) expect([after.hold?.until, after.due]).toEqual([now + wait, now + wait]);
  });
  it.each<[Outcome, object]>([
    ["talked", { state: "closed", reason: "talked", n: 1, attempts: 1, until: rome("10:09:30") }],
    ["unknown", { state: "closed", reason: "outcome_unknown", n: 1, attempts: 0, until: now }],
    ["busy", { state: "waiting", reason: "retry", n: 1, attempts: 1, failures: 0, due: now + 5 * minute }],
    ["no_answer", { state: "waiting", reason: "retry", n: 1, attempts: 1, failures: 0, due: now + hour }],
    ["failed", { state: "waiting", reason: "retry", n: 1, attempts: 1, failures: 1, due: now + 30 * minute }],
    ["agent_voicemail", { state: "waiting", reason: "retry", n: 1, attempts: 1, due: now + hour }],
    [
      "agent_missed",
      { state: "waiting", reason: "agent", n: 1, attempts: 0, agentMisses: 1, due: now + 5 * minute },
    ],
  ])("and ends as %s", (outcome, expected) => {
    const { record: after, act } = decide(ringing(), facts({ ring: over(outcome), asked: true }));
    expect(after).toMatchObject({ ...expected, outcomes: [{ at: now, outcome, call: "call-1" }] });
    expect([after.dial, act]).toEqual([undefined, undefined]);
  });
  it("and of which nothing was sent is asked for in history again", () => {
    const { record: after, act } = decide(ringing(), facts({ ring: { is: "unsent" }, asked: true }));
    expect([after.reason, act]).toEqual(["retry", "ask"]);
  });
  it("and ends when callbacks are off expires", () => {
    const { record: after } = decide(ringing(), facts({ ring: over("busy"), policy: undefined }));
    expect(after).toMatchObject({ state: "closed", reason: "expired", attempts: 1 });
  });
  it("closes after the last attempt as got through if the caller was reached meanwhile", () => {
    const known = number({ bridged: { end: rome("10:09:50"), way: "inbound" } });
    const { record: after } = decide(ringing({ attempts: 2 }), facts({ ring: over("busy"), number: known }));
    expect(after).toMatchObject({ state: "closed", reason: "got_through", attempts: 3 });
  });
  it("opens the next round after the last attempt for a call that was missed after the caller was reached", () => {
    const misses = [...record().misses, { start: rome("10:09:40"), end: rome("10:09:55") }];
    const known = number({ bridged: { end: rome("10:09:30"), way: "inbound" } });
    const { record: after } = decide(
      ringing({ attempts: 2, misses }),
      facts({ ring: over("busy"), number: known }),
    );
    expect(after).toMatchObject({ state: "waiting", round: 2, attempts: 0, since: rome("10:09:30") });
  });
  it("forgets agents that were not reached once one was", () => {
    expect(decide(ringing({ agentMisses: 3 }), facts({ ring: over("busy") })).record.agentMisses).toBe(0);
  });
  it("waits longer for each agent that is not reached, and closes after six", () => {
    const minutes = [0, 1, 2, 3, 4].map((agentMisses) => {
      const { record: after } = decide(ringing({ agentMisses }), facts({ ring: over("agent_missed") }));
      return (after.due - now) / minute;
    });
    expect(minutes).toEqual([5, 10, 20, 40, 60]);
    const { record: last } = decide(ringing({ agentMisses: 5 }), facts({ ring: over("agent_missed") }));
    expect(last).toMatchObject({ state: "closed", reason: "no_agent", agentMisses: 6, until: dial.at });
  });
  it("closes after the last attempt, and after two failures, for what was before the dial", () => {
    const at = (change: Partial<CallbackRecord>, outcome: Outcome) =>
      decide(ringing(change), facts({ ring: over(outcome) })).record;
    expect(at({ attempts: 2 }, "busy")).toMatchObject({ reason: "attempts", attempts: 3, until: dial.at });
    expect(at({ attempts: 1 }, "busy").state).toBe("waiting");
    expect(at({ failures: 1 }, "failed")).toMatchObject({ reason: "failed", failures: 2, until: dial.at });
    expect(at({ failures: 1 }, "busy").state).toBe("waiting");
  });
  it("keeps the last 20 outcomes", () => {
    const outcomes = Array.from({ length: 20 }, (_, at) => ({ at, outcome: "busy" as const, call: `${at}` }));
    const { record: after } = decide(ringing({ outcomes }), facts({ ring: over("busy") }));
    expect(after.outcomes.map(({ call }) => call)).toEqual([
      ...outcomes.slice(1).map(({ call }) => call),
      "call-1",
    ]);
  });
  it("is cancelled when its ring is over, unless they talked", () => {
    const cancelled = rome("10:09:10");
    const state = (ring: Ring) => decide(ringing({ cancelled }), facts({ ring })).record;
    expect(state({ is: "open" }).state).toBe("ringing");
    expect(state(over("talked")).reason).toBe("talked");
    for (const ring of [over("busy"), { is: "unsent" } as const, over("unknown"), over("agent_missed")])
      expect(state(ring)).toMatchObject({ state: "closed", reason: "cancelled", until: cancelled });
  });
  it.each<[Outcome, number, number]>([
    ["busy", 1, 0],
    ["agent_voicemail", 1, 0],
    ["agent_missed", 0, 1],
    ["unknown", 0, 0],
  ])("and was cancelled meanwhile keeps the outcome %s, with %i dials", (outcome, attempts, agentMisses) => {
    const { record: after } = decide(ringing({ cancelled: now }), facts({ ring: over(outcome) }));
    const outcomes = [{ at: now, outcome, call: "call-1" }];
    expect(after).toMatchObject({ reason: "cancelled", attempts, agentMisses, outcomes });
  });
  it("closes with nothing of the ring left", () => {
    const { record: after } = close(ringing({ hold: { until: 1, reason: "retry" } }), facts(), "talked", now);
    expect([after.dial, after.hold, after.due]).toEqual([undefined, undefined, now]);
  });
  it("opens the next round for a call that was missed after what closes it", () => {
    const misses = [...record().misses, { start: rome("10:09:40"), end: rome("10:09:55") }];
    const { record: after } = decide(
      ringing({ misses, attempts: 2, failures: 1, agentMisses: 2, n: 4, storm: true, tried: now }),
      facts({ ring: over("talked") }),
    );
    expect(after).toMatchObject({
      state: "waiting",
      reason: "delay",
      round: 2,
      since: rome("10:09:30"),
      n: 0,
      attempts: 0,
      failures: 0,
      agentMisses: 0,
      due: rome("10:11:55"),
    });
    expect([after.storm, after.dial, after.until, after.cancelled, after.tried]).toEqual(
      Array.from({ length: 5 }),
    );
  });
});

describe("a round", () => {
  it("is for what starts after it began", () => {
    const missed = record({ asked: { at: rome("10:05"), notBefore: rome("10:20") } });
    expect([openItems(missed).length, firstOf(missed), lastOf(missed)]).toEqual([
      2,
      rome("10:00"),
      rome("10:20"),
    ]);
    const next = nextRound(missed, rome("10:00"));
    expect(openItems(next)).toEqual([{ start: rome("10:05"), end: rome("10:20") }]);
    expect(openItems(nextRound(missed, rome("10:05")))).toEqual([]);
  });
});
