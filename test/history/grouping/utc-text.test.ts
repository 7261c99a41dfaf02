import { expect, it } from "vitest";
import { utcWriter } from "../../../lib/history/grouping/utc-text.ts";

it("seconds are written as the same text as a date's, on any day and in any order", () => {
  const utcOf = utcWriter();
  for (const text of [
    "2026-11-23T10:05:09Z",
    "2026-11-23T23:59:59Z",
    "2026-11-24T00:00:00Z",
    "2026-11-23T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:58Z",
    "9999-12-31T23:00:00Z",
  ])
    expect(utcOf(Date.parse(text) / 1000)).toBe(text);
  expect([utcOf(null), utcOf(undefined)]).toEqual([null, null]);
});
