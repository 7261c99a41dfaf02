import { describe, expect, it } from "vitest";
import { close, decide, nextRound } from "../../../lib/callbacks/controller/decide.ts";
import type { Facts, Ring } from "../../../lib/callbacks/controller/decision.ts";
import {
  type CallbackRecord,
  firstOf,
  lastOf,
  type NumberRecord,
  noNumber,
  type Outcome,
  openItems,
} from "../../../lib/callbacks/controller/record.ts";
import { earliestOf, isTalking, spacedFrom, wholeSecond } from "../../../lib/callbacks/controller/timing.ts";
import { policyOf } from "../../../lib/callbacks/policy.ts";
import { customer, milan, rome } from "../../support/callbacks.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const now = rome("10:10");

const record = (change: Partial<CallbackRecord> = {}): CallbackRecord => ({
  id: "c",
  pbx: "milan",
  number: customer,
  country: "IT",
  target: "201",
  state: "waiting",
  reason: "delay",
  due: rome("10:02:25"),
  misses: [{ start: rome("10:00"), end: rome("10:00:25") }],
  since: 0,
  round: 1,
  n: 0,
  attempts: 0,
  failures: 0,
  agentMisses: 0,
  outcomes: [],
  ...change,
});
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
    ["talked", { state: "closed", reason: "talked", n: 1, attempts: 0, until: rome("10:09:30") }],
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
    for (const ring of [over("busy"), { is: "unsent" } as const, over("unknown")])
      expect(state(ring)).toMatchObject({ state: "closed", reason: "cancelled", until: cancelled });
  });
  it("closes with nothing of the ring left", () => {
    const { record: after } = close(ringing({ hold: { until: 1, reason: "retry" } }), facts(), "talked", now);
    expect([after.dial, after.hold, after.due]).toEqual([undefined, undefined, now]);
  });
  it("opens the next round for a call that was missed after what closes it", () => {
    const misses = [...record().misses, { start: rome("10:09:40"), end: rome("10:09:55") }];
    const { record: after } = decide(
      ringing({ misses, attempts: 2, failures: 1, agentMisses: 2, n: 4, storm: true }),
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
    expect([after.storm, after.dial, after.until, after.cancelled]).toEqual(Array.from({ length: 4 }));
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

describe("the first moment for a dial", () => {
  const earliest = (of: Partial<CallbackRecord>, known: Partial<NumberRecord> = {}) => {
    const { at, reason } = earliestOf(record(of), number(known));
    return [new Date(at + hour).toISOString().slice(11, 19), reason];
  };
  it.each<[string, Partial<CallbackRecord>, Partial<NumberRecord>, [string, string]]>([
    ["is two minutes after the last missed call", {}, {}, ["10:02:25", "delay"]],
    [
      "is at most fifteen after the first",
      {
        misses: [
          { start: rome("10:00"), end: rome("10:00:25") },
          { start: rome("10:14"), end: rome("10:14:20") },
        ],
      },
      {},
      ["10:15:00", "delay"],
    ],
    [
      "is the time that a person asked for",
      { asked: { at: rome("10:01"), notBefore: rome("10:30") } },
      {},
      ["10:30:00", "delay"],
    ],
    [
      "is not one that was asked for in an earlier round",
      { since: rome("09:59"), asked: { at: rome("09:59"), notBefore: rome("10:30") } },
      {},
      ["10:02:25", "delay"],
    ],
    [
      "is when the hold of the last ring ends",
      { hold: { until: rome("10:01"), reason: "agent" } },
      {},
      ["10:01:00", "agent"],
    ],
    [
      "is five minutes after the last dial",
      {},
      {
        dials: [
          { key: "a", at: rome("10:00") },
          { key: "b", at: rome("09:00") },
        ],
      },
      ["10:05:00", "retry"],
    ],
    [
      "is not kept back by the key that is about to be used",
      { dial },
      { dials: [{ key: dial.key, at: rome("10:09") }] },
      ["10:02:25", "delay"],
    ],
    ["is five minutes after a call by hand", {}, { hand: rome("10:03") }, ["10:08:00", "retry"]],
    [
      "is when another callback of the number lets it",
      {},
      { holdUntil: rome("10:40") },
      ["10:40:00", "retry"],
    ],
  ])("%s", (_name, of, known, expected) => {
    expect(earliest(of, known)).toEqual(expected);
  });
  it("is a day after the third last dial", () => {
    const dials = ["08:00", "09:00", "09:30"].map((at) => ({ key: at, at: rome(at) }));
    expect(spacedFrom(number({ dials }), undefined)).toBe(rome("08:00") + 24 * hour);
    expect(spacedFrom(number({ dials: dials.slice(1) }), undefined)).toBe(rome("09:35"));
    expect(spacedFrom(number({ dials: dials.toReversed() }), "09:30")).toBe(rome("09:05"));
  });
  it("is a whole second", () => {
    expect([wholeSecond(1_000), wholeSecond(1_001), wholeSecond(1_999)]).toEqual([1_000, 2_000, 2_000]);
  });
});

describe("a number talks", () => {
  it("while a dial of another callback is not over, for two hours", () => {
    const talks = (change: object, own?: string, at = now): boolean =>
      isTalking(number({ dials: [{ key: "a", at: now, ...change }] }), own, at);
    expect(talks({})).toBe(true);
    expect(talks({ over: true })).toBe(false);
    expect(talks({}, "a")).toBe(false);
    expect([talks({}, undefined, now + 2 * hour - 1), talks({}, undefined, now + 2 * hour)]).toEqual([
      true,
      false,
    ]);
    expect(isTalking(noNumber, undefined, now)).toBe(false);
  });
});
