import { describe, expect, it } from "vitest";
import { withinHours } from "../../../lib/calls/guard/hours.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";

describe("calling hours", () => {
  const hours = (timezone: string | undefined, calling_hours: PbxSettings["calling_hours"]): PbxSettings => ({
    ...(timezone === undefined ? {} : { timezone }),
    ...(calling_hours === undefined ? {} : { calling_hours }),
  });
  // 2026-11-24 is a Tuesday
  it.each<[string, PbxSettings, string, boolean]>([
    ["none", hours(undefined, undefined), "2026-11-24T03:00:00Z", true],
    ["from their first minute", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T08:00:00Z", true],
    ["not before", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T07:59:59Z", false],
    ["to their last", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T11:29:59Z", true],
    ["not after", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T11:30:00Z", false],
    [
      "a second span",
      hours("Europe/Rome", { tue: ["09:00-12:30", "14:00-18:00"] }),
      "2026-11-24T14:00:00Z",
      true,
    ],
    [
      "between spans",
      hours("Europe/Rome", { tue: ["09:00-12:30", "14:00-18:00"] }),
      "2026-11-24T12:00:00Z",
      false,
    ],
    ["another day", hours("Europe/Rome", { wed: ["00:00-24:00"] }), "2026-11-24T12:00:00Z", false],
    [
      "the day as it is there",
      hours("Pacific/Auckland", { wed: ["00:00-24:00"] }),
      "2026-11-24T12:00:00Z",
      true,
    ],
    ["to midnight", hours("UTC", { tue: ["22:00-24:00"] }), "2026-11-24T23:59:59Z", true],
    ["at midnight", hours("UTC", { tue: ["00:00-01:00"] }), "2026-11-24T00:00:00Z", true],
    ["in summer", hours("Europe/Rome", { tue: ["09:00-10:00"] }), "2026-07-21T07:00:00Z", true],
    ["without a zone, UTC", hours(undefined, { tue: ["09:00-10:00"] }), "2026-11-24T09:00:00Z", true],
  ])("%s", (_name, settings, at, expected) => expect(withinHours(settings, Date.parse(at))).toBe(expected));
});
