import { describe, expect, it } from "vitest";
import { readConfig, required } from "../lib/config.ts";

describe("settings", () => {
  it("have defaults, and fail by name", () => {
    expect(readConfig({})).toMatchObject({ maxSoundText: 3000, rowsPerPart: 250_000, defaultPbx: undefined });
    expect(() => readConfig({ WILDIX_ROWS_PER_PART: "many" })).toThrowError(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        field: "WILDIX_ROWS_PER_PART",
        message: '`WILDIX_ROWS_PER_PART` must be a whole number of 1 or more, of up to 9 digits; got "many".',
      }),
    );
    for (const [name, least] of [
      ["WILDIX_LOOKBACK_DAYS", 0],
      ["WILDIX_CATCH_UP_DAYS", 1],
    ] as const) {
      for (const days of [least, 3_650]) expect(() => readConfig({ [name]: String(days) })).not.toThrow();
      for (const days of [least - 1, 3_651])
        expect(() => readConfig({ [name]: String(days) })).toThrow(
          `\`${name}\` must be a whole number from ${least} to 3650; got "${days}".`,
        );
    }
    for (const [day, wanted] of [
      ["01.11.2026", "such as 2026-11-01"],
      ["2026-02-31", "of the calendar"],
      ["2026-11-32", "of the calendar"],
    ] as const)
      expect(() => readConfig({ WILDIX_START_DATE: day })).toThrow(
        `\`WILDIX_START_DATE\` must be a day ${wanted}; got "${day}".`,
      );
    expect(readConfig({ WILDIX_START_DATE: "2028-02-29" }).startDate).toBe("2028-02-29");
    expect(() => required("", "WILDIX_BUCKET")).toThrowError(
      expect.objectContaining({ code: "CONFIG_MISSING", field: "WILDIX_BUCKET" }),
    );
  });
});
