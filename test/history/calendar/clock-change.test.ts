import { describe, expect, it } from "vitest";
import { changeFinder } from "../../../lib/history/calendar/clock-change.ts";

/** The minutes in which the time around a change begins and ends. */
const around = (zone: string, start: string): readonly (string | undefined)[] => {
  const change = changeFinder(zone)(start);
  return [change?.from, change?.to].map((time) => time?.slice(0, 16));
};

describe("the time around a change of the clocks", () => {
  it.each([
    // the first time on the wall clock with the new offset is 03:00:00
    ["Europe/Rome", "2026-10-25 11:00:00", ["2026-10-24 23:59", "2026-10-25 06:00"]],
    ["Europe/Rome", "2026-03-29 00:30:00", ["2026-03-28 23:59", "2026-03-29 06:00"]],
    // over midnight
    ["Atlantic/Azores", "2026-10-25 00:10:00", ["2026-10-24 21:59", "2026-10-25 04:00"]],
  ])("is three hours before and after it: %s, %s", (zone, start, times) => {
    expect(around(zone, start)).toEqual(times);
  });
  it.each([
    ["the day before", "2026-10-24 00:00:00", true],
    ["the day after", "2026-10-26 23:59:59", true],
    ["two days before", "2026-10-23 23:59:59", false],
    ["two days after", "2026-10-27 00:00:00", false],
  ])("is known for legs of %s", (_day, start, isNear) =>
    expect(around("Europe/Rome", start)[0]).toBe(isNear ? "2026-10-24 23:59" : undefined),
  );
  it.each([
    "",
    "-",
    "0000-00-00 00:00:00",
    "1969-12-31 10:00:00",
    "1970-01-01 10:00:00",
    "2026-13-01 00:00:00",
  ])("does not exist for %j", (start) =>
    expect(around("Europe/Rome", start)).toEqual([undefined, undefined]),
  );
  it("does not exist in a zone without changes", () =>
    expect(around("Africa/Lagos", "2026-10-25 03:00:00")).toEqual([undefined, undefined]));
  it("is found for each leg, whatever came before", () => {
    const find = changeFinder("Europe/Rome");
    const days = Array.from({ length: 1_100 }, (_, n) =>
      new Date(86_400_000 * (n + 400)).toISOString().slice(0, 10),
    );
    const starts = ["2026-10-25 11:00:00", "2026-10-20 11:00:00", "2026-03-29 11:00:00"];
    for (const start of [...starts, ...starts, ...days.map((day) => `${day} 10:00:00`), ...starts]) {
      expect(find(start)).toEqual(changeFinder("Europe/Rome")(start));
    }
    expect(find("2026-10-25 11:00:00")).not.toEqual(find("2026-03-29 11:00:00"));
  });
});
