import { describe, expect, it } from "vitest";
import { readConfig, required } from "../lib/config.ts";

describe("settings", () => {
  it("have defaults, and fail by name", () => {
    expect(readConfig({})).toMatchObject({ maxSoundText: 3000, rowsPerPart: 250_000, defaultPbx: undefined });
    expect(() => readConfig({ WILDIX_ROWS_PER_PART: "many" })).toThrowError(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        field: "WILDIX_ROWS_PER_PART",
        message: '`WILDIX_ROWS_PER_PART` must be a whole number of 1 or more; got "many".',
      }),
    );
    expect(() => required("", "WILDIX_BUCKET")).toThrowError(
      expect.objectContaining({ code: "CONFIG_MISSING", field: "WILDIX_BUCKET" }),
    );
  });
});
