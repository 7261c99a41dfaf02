import { describe, expect, it } from "vitest";
import { at, callsOf, countsOf, leg, many } from "./legs.ts";

describe("a grouper that gets bad rows", () => {
  it("makes a call of a row without any field", () => {
    expect(callsOf([{}])).toEqual([
      expect.objectContaining({
        caller: null,
        called: null,
        direction: null,
        started: null,
        outcome: "abandoned",
        grouping: "inferred",
      }),
    ]);
    expect(callsOf([{}, {}])).toHaveLength(2);
  });
  it("accepts fields of every type", () => {
    for (const field of Object.keys(leg()))
      for (const value of [null, 7, {}, [], true, "", "\u0000", "x".repeat(10_000)])
        expect(callsOf([leg({ [field]: value }), leg()]).flatMap(({ leg_ids }) => leg_ids)).toHaveLength(2);
  });
  it("continues after a clock that was wrong, and counts the jump back", () => {
    const legs = many(200, (n) => (n === 50 ? { end: "2099-01-01 00:00:00" } : {}));
    expect(callsOf(legs)).toHaveLength(200);
    expect(countsOf(legs)).toMatchObject({ clock_jumps: 1 });
    expect(countsOf(many(200, (n) => ({ end: at(n % 100) })))).toMatchObject({ clock_jumps: 0 });
    expect(countsOf([leg(), leg({ end: at(35 - 86_400) })])).toMatchObject({ clock_jumps: 0 });
    expect(countsOf([leg(), leg({ end: at(34 - 86_400) })])).toMatchObject({ clock_jumps: 1 });
  });
});

describe("two groups that a later leg links", () => {
  const question = leg({
    ...{ from_number: "101", src: "101", to_number: "102", dst: "102" },
    channel: "SIP/101-00000005",
    dstchannel: "SIP/102-00000006",
    start: at(15),
    answer: at(20),
  });
  const joined = (start: number) =>
    leg({
      to_number: "102",
      dst: "102",
      dstchannel: "SIP/102-00000006",
      start: at(start),
      answer: at(start),
      end: at(start + 20),
    });

  it("stay two if legs of both were settled", () => {
    const between = many(100, (n) => ({ start: at(100 + n), end: at(100 + n) }));
    // the caller is inside, so that the call waits
    const caller = { from_number: "104", channel: "SIP/104-00000009" };
    const legs = [question, leg(caller), ...between, { ...joined(35), ...caller }];
    expect(countsOf(legs)).toMatchObject({ calls: 102, refused: 1 });
  });
  it("stay two if they have two callers from outside", () => {
    const other = leg({
      from_number: "00393335000002",
      channel: "SIP/telco-00000009",
      dstchannel: "SIP/101-00000007",
    });
    const link = leg({
      channel: "SIP/101-00000002",
      dstchannel: "SIP/101-00000007",
      from_number: "101",
      to_number: "102",
      start: at(20),
      answer: at(21),
    });
    expect(countsOf([leg(), other, link])).toMatchObject({ calls: 2, refused: 1 });
  });
});
