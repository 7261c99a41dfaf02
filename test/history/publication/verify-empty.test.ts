import { describe, expect, it } from "vitest";
import { EmptyDays } from "../../../lib/history/publication/verify-empty.ts";

const warned = (rows: Readonly<Record<string, number>>, others: Readonly<Record<string, number>> = {}) => {
  const days = new EmptyDays();
  for (const [day, count] of Object.entries(rows))
    days.add(`manifests/${day}`, { day, pbx: "milan", rows: count });
  for (const [day, count] of Object.entries(others))
    days.add(`other/${day}`, { day, pbx: "rome", rows: count });
  return days.warnings();
};

describe("a day without legs", () => {
  it("between two days with thousands is a warning", () =>
    expect(warned({ "2026-11-23": 3000, "2026-11-24": 0, "2026-11-25": 2500 })).toEqual([
      {
        key: "manifests/2026-11-24",
        problem: "day without legs",
        detail:
          "the day has no legs, but the days before and after have 3000 and 2500; check the PBX's history and export the day again with --force",
      },
    ]));
  it.each([
    ["at a weekend", { "2026-11-27": 3000, "2026-11-28": 0, "2026-11-29": 0, "2026-11-30": 3000 }],
    ["of a quiet PBX", { "2026-11-23": 900, "2026-11-24": 0, "2026-11-25": 3000 }],
    ["at the end", { "2026-11-23": 3000, "2026-11-24": 0 }],
  ])("%s is none", (_name, rows) => expect(warned(rows)).toEqual([]));
  it("is not compared with days of another PBX", () =>
    expect(warned({ "2026-11-24": 0 }, { "2026-11-23": 3000, "2026-11-25": 3000 })).toEqual([]));
});
