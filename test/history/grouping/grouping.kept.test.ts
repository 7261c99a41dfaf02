import { describe, expect, it } from "vitest";
import { CallGrouper } from "../../../lib/history/grouping/grouping.ts";
import { at, callsOf, many, rowsOf, settings } from "./legs.ts";

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
  it("is a leg for 64 rows only, if the clock was a day or more ahead when it came", () =>
    expect(waits(many(200, (n) => ({ end: n === 0 ? "2099-01-01 00:00:00" : at(0) })))).toEqual({
      settled: 64,
      closed: 64,
    }));
  it("is a call with a caller inside for four hours, or until there are 10,000 legs", () => {
    const hour = 3_600;
    expect(waits(many(400, (n) => ({ ...inside, end: at(60 * n) })))).toEqual({ settled: 64, closed: 241 });
    expect(waits(many(200, (n) => ({ ...inside, end: at(n < 100 ? 0 : 4 * hour) }))).closed).toBe(0);
    expect(waits(many(200, (n) => ({ ...inside, end: at(n < 100 ? 0 : 4 * hour + 1) }))).closed).toBe(100);
    // 10 rows a second, held for 30 seconds: at row 10,290 exactly 10,000 legs wait
    expect(waits(many(10_500, (n) => ({ ...inside, end: at(Math.floor(n / 10)) }))).closed).toBe(10_300);
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
