import { describe, expect, it } from "vitest";
import { CallGrouper } from "../../../lib/history/grouping/grouping.ts";
import { at, callsOf, countsOf, leg, rowsOf, settings } from "./legs.ts";

const numbered = (n: number): string => n.toString(16).padStart(8, "0");
/** One call after the other, by callers of their own. */
const many = (count: number, change: (n: number) => Readonly<Record<string, unknown>> = () => ({})) =>
  Array.from({ length: count }, (_, n) =>
    leg({
      from_number: `0039333500${String(1_000 + n)}`,
      channel: `SIP/telco-${numbered(2 * n)}`,
      dstchannel: `SIP/101-${numbered(2 * n + 1)}`,
      start: at(n),
      answer: at(n),
      end: at(n + 1),
      billsec: "1",
      duration: "",
      ...change(n),
    }),
  );

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

describe("what a grouper keeps", () => {
  /** Rows until the first leg is settled, and until the first call is closed. */
  const waits = (legs: readonly Readonly<Record<string, unknown>>[]) => {
    const grouper = new CallGrouper(settings);
    let [settled, closed] = [0, 0];
    for (const [n, row] of rowsOf(legs).entries()) {
      const { legs: some, calls } = grouper.add(row);
      if (some.length > 0) settled ||= n;
      if (calls.length > 0) closed ||= n;
    }
    return { settled, closed };
  };
  const inside = { from_number: "101", to_number: "102" };

  it("is a leg for 30 seconds and 64 rows, and at most for 1,024 rows", () => {
    expect(waits(many(200))).toEqual({ settled: 64, closed: 64 });
    expect(waits(many(300, (n) => ({ end: at(Math.floor(n / 5)) })))).toEqual({ settled: 150, closed: 150 });
    expect(waits(many(1_100, () => ({ end: at(0) })))).toEqual({ settled: 1_024, closed: 1_024 });
  });
  it("is a call with a caller inside for four hours, or until there are 20,000 legs", () => {
    const hour = 3_600;
    expect(waits(many(400, (n) => ({ ...inside, end: at(60 * n) })))).toEqual({ settled: 64, closed: 241 });
    expect(waits(many(200, (n) => ({ ...inside, end: at(n < 100 ? 0 : 4 * hour) }))).closed).toBe(0);
    expect(waits(many(200, (n) => ({ ...inside, end: at(n < 100 ? 0 : 4 * hour + 1) }))).closed).toBe(100);
    expect(waits(many(20_500, (n) => ({ ...inside, end: at(Math.floor(n / 10)) }))).closed).toBeGreaterThan(
      20_000,
    );
  });
  it("is not a call for which no leg has a time", () =>
    expect(waits(many(1_100, () => ({ ...inside, start: "", answer: "", end: "" }))).closed).toBe(1_024));
  it("is no more than 4,096 legs of one channel", () => {
    const same = () => ({
      from_number: "00393335000001",
      channel: "SIP/telco-00000001",
      start: at(0),
      answer: "",
      end: at(1),
    });
    const calls = callsOf(many(5_000, same));
    expect(calls.map(({ leg_ids }) => leg_ids.length)).toEqual([4_096, 904]);
  });
  it("holds after all calls are closed only what came since", () => {
    const grouper = new CallGrouper(settings);
    for (const row of rowsOf(many(5_000))) grouper.add(row);
    const { groups, held } = grouper.snapshot();
    expect([groups.length, held.length]).toEqual([64, 64]);
    grouper.finish();
    expect(grouper.snapshot()).toMatchObject({ groups: [], held: [] });
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
