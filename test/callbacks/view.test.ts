import { describe, expect, it } from "vitest";
import type { CallbackRecord } from "../../lib/callbacks/record.ts";
import { viewOf as viewAt } from "../../lib/callbacks/view.ts";
import { waitingCallback } from "../support/milan.ts";

const [first, second] = [Date.UTC(2026, 10, 24, 9), Date.UTC(2026, 10, 24, 9, 1, 30)];
const due = Date.UTC(2026, 10, 24, 9, 3, 50);
const misses = [
  { start: first, end: first + 25_000 },
  { start: second, end: second + 20_000 },
];
const record = (change: Partial<CallbackRecord> = {}): CallbackRecord =>
  waitingCallback({ due, misses, ...change });
const viewOf = (of: CallbackRecord, now = due) => viewAt(of, now);

describe("a callback as callers see it", () => {
  it("has its times, counts and outcomes, and no whole number", () => {
    const outcomes = [{ at: second, outcome: "busy", call: "call-1" }] as const;
    const queue = { id: "17", name: "Sales" };
    expect(viewOf(record({ queue, attempts: 1, agentMisses: 2, outcomes }))).toStrictEqual({
      id: "c",
      pbx: "milan",
      to: "+39333…67",
      queue,
      target: "201",
      state: "waiting",
      reason: "delay",
      due: "2026-11-24T09:03:50.000Z",
      first: "2026-11-24T09:00:00.000Z",
      last: "2026-11-24T09:01:50.000Z",
      count: 2,
      attempts: 1,
      misses: 2,
      outcomes: [{ at: "2026-11-24T09:01:30.000Z", outcome: "busy", call: "call-1" }],
      next: "The callback waits until 2026-11-24 09:03 UTC, because the caller may redial.",
    });
  });
  it("has no time of the next visit when it is closed", () => {
    expect(viewOf(record({ state: "closed", reason: "talked" }))).not.toHaveProperty("due");
    expect(viewOf(record({ state: "ringing", reason: "ringing" }))).toHaveProperty("due");
  });
  it("counts the missed calls of this round only", () => {
    const [old, current] = [{ ...misses[0], voicemail: true } as const, misses[1]];
    const of = (since: number) =>
      viewOf(record({ misses: [old, current] as CallbackRecord["misses"], since }));
    expect(of(first - 1)).toMatchObject({ count: 2, voicemail: true });
    expect(of(first)).toMatchObject({ count: 1, first: "2026-11-24T09:01:30.000Z" });
    expect(of(first)).not.toHaveProperty("voicemail");
  });
  it("does not count missed calls of another queue, and keeps the times of those that it had", () => {
    const moved = misses.map((miss) => ({ ...miss, moved: true as const, voicemail: true as const }));
    const view = viewOf(record({ state: "closed", reason: "moved", misses: moved }));
    expect(view).toMatchObject({
      count: 0,
      first: "2026-11-24T09:00:00.000Z",
      last: "2026-11-24T09:01:50.000Z",
    });
    expect(view).not.toHaveProperty("voicemail");
    const old = { start: first - 60_000, end: first - 50_000 };
    const later = viewOf(
      record({ state: "closed", reason: "moved", misses: [old, ...moved], since: old.start }),
    );
    expect(later.first).toBe("2026-11-24T09:00:00.000Z");
  });
});

describe("what happens next", () => {
  it.each(["delay", "retry", "hours", "agent", "capped"] as const)(
    "is that older callbacks come first, if it is due and waits for %s",
    (reason) => {
      const { next: before } = viewOf(record({ reason }), due + 90_000);
      expect(before).not.toContain("is due");
      const { next } = viewOf(record({ reason }), due + 90_001);
      expect(next).toBe(
        "The callback is due. Extension 201 rings for it when no older callback of this extension is due.",
      );
    },
  );
  it.each([
    { reason: "observed" },
    { reason: "target_busy" },
    { reason: "stopped" },
    { state: "ringing", reason: "ringing" },
    { state: "closed", reason: "talked" },
  ] as const)("is not that for %o", (change) => {
    expect(viewOf(record(change), due + 100_000)).toEqual(viewOf(record(change)));
  });
  it("is the time if no extension rings first", () => {
    const { target: _target, ...untargeted } = record();
    expect(viewOf(untargeted, due + 100_000).next).toMatch(/^The callback waits until/);
  });
  it.each<[CallbackRecord["reason"], string]>([
    ["delay", "The callback waits until 2026-11-24 09:03 UTC, because the caller may redial."],
    ["retry", "The number is not dialled before 2026-11-24 09:03 UTC."],
    ["hours", "The hours for callbacks begin at 2026-11-24 09:03 UTC."],
    ["agent", "Extension 201 did not pick up. It does not ring again before 2026-11-24 09:03 UTC."],
    [
      "target_busy",
      "Extension 201 rings or talks for another callback, or its voicemail answered a callback in the last hour.",
    ],
    [
      "capped",
      "A cap of calls is reached, or the PBX accepts no calls. The callback is not tried again before 2026-11-24 09:03 UTC.",
    ],
    ["stopped", "Calls are stopped. The callback continues after `wildix resume`."],
    ["observed", "The number is not dialled, because the mode is `observe`."],
  ])("is said of one that waits: %s", (reason, next) => {
    expect(viewOf(record({ reason })).next).toBe(next);
  });
  it("is said of one that is observed for another reason", () => {
    const { target: _none, ...untargeted } = record({ reason: "observed" });
    expect(viewOf(untargeted).next).toBe("The number is not dialled, because the queue has no target.");
    expect(viewOf({ ...untargeted, storm: true }).next).toBe(
      "The number is not dialled, because too many callbacks were opened in an hour.",
    );
  });
  it("is said of one that was asked for in this round", () => {
    const asked = { at: first, notBefore: due };
    expect(viewOf(record({ asked, since: first - 1 })).next).toBe(
      "The callback waits until 2026-11-24 09:03 UTC, the time that was requested.",
    );
    expect(viewOf(record({ asked, since: first })).next).toBe(
      "The callback waits until 2026-11-24 09:03 UTC, because the caller may redial.",
    );
  });
  it("is said of one that was cancelled while it rings", () => {
    expect(viewOf(record({ state: "ringing", reason: "ringing", cancelled: due })).next).toBe(
      "The callback is cancelled. It closes when the ring of extension 201 is over.",
    );
  });
  it("is said of one that rings", () => {
    expect(viewOf(record({ state: "ringing", reason: "ringing" })).next).toBe(
      "Extension 201 rings, then the PBX dials the number. The outcome is known after the call.",
    );
  });
  it.each<[CallbackRecord["reason"], string]>([
    ["talked", "An agent and the caller were connected."],
    ["got_through", "The caller called again and was answered."],
    ["called_back", "A colleague called the number by hand, or for another callback, and was answered."],
    ["cancelled", "A request or a command cancelled the callback."],
    ["attempts", "The number was dialled as often as `attempts` allows."],
    ["failed", "The number cannot be reached: dialling it failed twice."],
    ["no_agent", "No agent picked up in six rings."],
    ["expired", "`expire_hours` passed since the last missed call, or callbacks were turned off."],
    ["do_not_call", "The number is on the do-not-call list."],
    ["forbidden", "The PBX, its settings or the toll guard forbid the call."],
    ["hours_never", "The hours for callbacks are never between 09:00 and 20:00 in the number's country."],
    [
      "outcome_unknown",
      "The outcome of the call is unknown. The number is not dialled again, because the agent and the caller may have talked.",
    ],
  ])("is said of one that is closed: %s", (reason, next) => {
    expect(viewOf(record({ state: "closed", reason })).next).toBe(next);
  });
});
