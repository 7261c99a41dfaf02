import { describe, expect, it } from "vitest";
import type { Leg } from "../../../lib/history/grouping/leg.ts";
import { follows, gapOf, isMirror, isPerson, isSameSpan } from "../../../lib/history/grouping/leg-kinds.ts";

/** A leg with only what these functions read. */
const leg = (change: Partial<Leg> = {}): Leg =>
  ({
    start: 0,
    answer: 5,
    end: 35,
    disposition: "answered",
    app: "dial",
    channel: "",
    dstchannel: "",
    fax: false,
    fromKey: "a",
    toKey: "b",
    ...change,
  }) as Leg;

describe("the gap between two legs", () => {
  it.each([
    [{ start: 40, end: 50 }, 5],
    [{ start: 30, end: 50 }, -5],
    [{ start: 10, end: 20 }, -10],
    [{ start: null }, Number.POSITIVE_INFINITY],
    [{ end: null }, Number.POSITIVE_INFINITY],
  ])("to %j is %d seconds, either way round", (other, gap) =>
    expect([gapOf(leg(), leg(other)), gapOf(leg(other), leg())]).toEqual([gap, gap]),
  );
});

describe("two legs", () => {
  it("are one connection if they end together, and begin or are answered together", () => {
    expect(isSameSpan(leg(), leg({ start: 3 }))).toBe(true);
    expect(isSameSpan(leg(), leg({ answer: 9 }))).toBe(true);
    expect(isSameSpan(leg(), leg({ start: 3, answer: 9 }))).toBe(false);
    expect(isSameSpan(leg(), leg({ end: 36 }))).toBe(false);
    expect(isSameSpan(leg({ end: null }), leg({ end: null }))).toBe(false);
  });
  it("follow each other within a second", () => {
    for (const [start, expected] of [
      [33, false],
      [34, true],
      [36, true],
      [37, false],
      [null, false],
    ] as const)
      expect(follows(leg({ start }), leg())).toBe(expected);
    expect(follows(leg({ start: 0 }), leg({ end: null }))).toBe(false);
    expect(follows(leg({ start: null }), leg({ end: 0 }))).toBe(false);
  });
  it("are of Originate if the second has the same numbers, and begins at the answer of the first", () => {
    const dialling = { fromKey: "b", toKey: "a", start: 5 };
    expect(isMirror(leg(), leg(dialling))).toBe(true);
    for (const change of [
      { fromKey: "c" },
      { toKey: "c" },
      { start: 6 },
      { end: 36 },
      { channel: "SIP/1-2" },
    ])
      expect(isMirror(leg(), leg({ ...dialling, ...change }))).toBe(false);
    expect(isMirror(leg({ answer: null }), leg({ ...dialling, start: null }))).toBe(false);
    expect(isMirror(leg({ toKey: "a" }), leg({ ...dialling, fromKey: "a" }))).toBe(false);
  });
});

describe("a person answered", () => {
  it.each<[string, Partial<Leg>, boolean]>([
    ["Dial", {}, true],
    ["a channel that was reached", { app: "page", channel: "c", dstchannel: "d" }, true],
    ["a conference", { app: "confbridge", channel: "c" }, true],
    ["an older conference", { app: "meetme", channel: "c" }, true],
    ["nobody", { disposition: "no answer" }, false],
    ["no time of the answer", { answer: null }, false],
    ["a mailbox", { app: "voicemail", dstchannel: "d" }, false],
    ["a fax", { fax: true }, false],
    ["a queue that took the line at once", { app: "queue", answer: 0 }, false],
    ["a queue, later", { app: "queue" }, true],
    ["a queue that reached no channel", { app: "queue", channel: "c" }, false],
    ["a queue without a start", { app: "queue", start: null }, false],
    ["an announcement", { app: "playback" }, false],
  ])("%s: %j is %s", (_what, change, expected) => expect(isPerson(leg(change))).toBe(expected));
});
