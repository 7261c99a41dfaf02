import { describe, expect, it } from "vitest";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { EmptyDays } from "../../../lib/history/publication/verify-empty.ts";

const warned = (rows: Readonly<Record<string, number>>, others: Readonly<Record<string, number>> = {}) => {
  const days = new EmptyDays();
  for (const [day, count] of Object.entries(rows)) days.add({ day, pbx: "milan", rows: count });
  for (const [day, count] of Object.entries(others)) days.add({ day, pbx: "rome", rows: count });
  return days.warnings();
};

describe("a day without legs", () => {
  it("between two days with thousands is a warning", () =>
    expect(warned({ "2026-11-23": 3000, "2026-11-24": 0, "2026-11-25": 2500 })).toEqual([
      {
        key: manifestKey("2026-11-24", "milan"),
        problem: "day without legs",
        detail:
          "the day has no legs, but the days before and after have 3000 and 2500; check the PBX's history and export the day again with --force",
      },
    ]));
  it("between two days with exactly 1,000 is a warning too, in the order of the days", () =>
    expect(
      warned({
        "2026-11-22": 1000,
        "2026-11-23": 0,
        "2026-11-24": 1000,
        "2026-11-25": 0,
        "2026-11-26": 1000,
      }),
    ).toMatchObject([
      { key: manifestKey("2026-11-23", "milan") },
      { key: manifestKey("2026-11-25", "milan") },
    ]));
  it.each([
    ["at a weekend", { "2026-11-27": 3000, "2026-11-28": 0, "2026-11-29": 0, "2026-11-30": 3000 }],
    ["after a quiet day", { "2026-11-23": 999, "2026-11-24": 0, "2026-11-25": 3000 }],
    ["before a quiet day", { "2026-11-23": 3000, "2026-11-24": 0, "2026-11-25": 999 }],
    ["at the end", { "2026-11-23": 3000, "2026-11-24": 0 }],
    ["at the beginning", { "2026-11-24": 0, "2026-11-25": 3000 }],
    ["that is the only one", { "2026-11-24": 0 }],
  ])("%s is none", (_name, rows) => expect(warned(rows)).toEqual([]));
  it("is not a day with one leg", () =>
    expect(warned({ "2026-11-23": 3000, "2026-11-24": 1, "2026-11-25": 3000 })).toEqual([]));
  it("is not compared with days of another PBX", () =>
    expect(warned({ "2026-11-24": 0 }, { "2026-11-23": 3000, "2026-11-25": 3000 })).toEqual([]));
});
