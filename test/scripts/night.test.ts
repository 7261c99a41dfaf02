import { describe, expect, it } from "vitest";
import { nightOf } from "../../scripts/night.ts";

const year = Array.from({ length: 366 }, (_, day) => nightOf(new Date(Date.UTC(2026, 10, 28 + day))));

describe("the night of the second test run", () => {
  it("is every night of a leap year within 366 days", () => {
    const dates = new Set(year.map(({ at }) => at.slice(0, 10)));
    expect(dates.size).toBe(366);
    for (const date of ["2028-02-29", "2028-12-31", "2028-01-01", "2028-03-26", "2028-10-29"])
      expect(dates).toContain(date);
  });
  it("has each zone and each language near midnight and near a change of clocks", () => {
    for (const time of ["23:57", "01:57", "02:57"]) {
      const those = year.filter(({ at }) => at.endsWith(time));
      expect(new Set(those.map(({ zone }) => zone)).size).toBe(5);
      expect(new Set(those.map(({ language }) => language)).size).toBe(3);
    }
  });
});
