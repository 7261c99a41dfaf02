import { describe, expect, it } from "vitest";
import { earliestOf, isTalking, spacedFrom, wholeSecond } from "../../../lib/callbacks/controller/timing.ts";
import { type CallbackRecord, type NumberRecord, noNumber } from "../../../lib/callbacks/record.ts";
import { missedAtTen as record, rome } from "../../support/callbacks.ts";

const hour = 3_600_000;
const now = rome("10:10");

const dial = { key: "cb/c/1/0", at: rome("10:09"), target: "201" };
const number = (change: Partial<NumberRecord> = {}): NumberRecord => ({ ...noNumber, ...change });

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
      "is two minutes after a call that is missed after the request",
      { asked: { at: rome("09:59"), notBefore: rome("2026-12-15 10:00") } },
      {},
      ["10:02:25", "delay"],
    ],
    [
      "is at most fifteen after the first call that is missed after the request",
      {
        misses: ["09:50", "10:00", "10:14"].map((at) => ({ start: rome(at), end: rome(at) + 20_000 })),
        asked: { at: rome("09:59"), notBefore: rome("10:30") },
      },
      {},
      ["10:15:00", "delay"],
    ],
    [
      "is the time that a person asked for if a call is missed shortly before it",
      { asked: { at: rome("09:59"), notBefore: rome("10:02") } },
      {},
      ["10:02:00", "delay"],
    ],
    [
      "is not one that was asked for in an earlier round",
      { since: rome("09:59"), asked: { at: rome("09:59"), notBefore: rome("10:30") } },
      {},
      ["10:02:25", "delay"],
    ],
    [
      "is when the hold of the last ring ends",
      { hold: { until: rome("10:04"), reason: "agent" } },
      {},
      ["10:04:00", "agent"],
    ],
    [
      "is two minutes after a missed call that joins shortly before the hold of the last ring ends",
      { hold: { until: rome("10:01"), reason: "retry" } },
      {},
      ["10:02:25", "delay"],
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
    [
      "names the number if that and the hold of the last ring let it at the same moment",
      { hold: { until: rome("10:40"), reason: "agent" } },
      { holdUntil: rome("10:40") },
      ["10:40:00", "retry"],
    ],
    [
      "is not the time that a person asked for while the hold of a later ring lasts",
      {
        asked: { at: rome("10:01"), notBefore: rome("10:30") },
        hold: { until: rome("10:50"), reason: "capped" },
      },
      {},
      ["10:50:00", "capped"],
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
