import { expect, it } from "vitest";
import { contextWindow, dayTest } from "../../../lib/history/export/context-window.ts";
import { formatLocal } from "../../../lib/wms/local-time.ts";

it.each([
  ["2026-11-22 23:59:59", false],
  ["2026-11-23 00:00:00", true],
  ["2026-11-23 12:00:00", true],
  ["2026-11-23 23:59:59", true],
  ["2026-11-24 00:00:00", false],
  ["", false],
])("a leg that starts at %j is one of the day: %j", (start, isOfDay) =>
  expect(dayTest("2026-11-23")(start)).toBe(isOfDay),
);

it.each([
  ["many hours after the day", "2026-11-24T10:00:00Z", "2026-11-24 02:00:00"],
  ["two hours and 30 s after the day", "2026-11-24T01:00:30Z", "2026-11-24 01:00:00"],
  ["a second less than two hours after the day", "2026-11-24T00:59:59Z", "2026-11-24 00:59:00"],
  ["half an hour after the day", "2026-11-23T23:30:00Z", "2026-11-24 00:00:00"],
  ["during the day", "2026-11-23T12:00:00Z", "2026-11-24 00:00:00"],
])("legs are read from two hours before the day, and %s (%s) up to %s", (_name, now, to) => {
  const span = contextWindow("2026-11-23", "Europe/Rome", Date.parse(now));
  expect([span.from, span.to].map(formatLocal)).toEqual(["2026-11-22 22:00:00", to]);
});
