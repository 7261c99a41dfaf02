import { expect, it } from "vitest";
import { dayTest } from "../../../lib/history/export/context-window.ts";

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
