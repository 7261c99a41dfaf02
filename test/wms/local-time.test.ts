import { describe, expect, it } from "vitest";
import { formatBound, formatLocal, granularity, parseLocal } from "../../lib/wms/local-time.ts";

const noon = Date.UTC(2026, 10, 23, 12, 34, 56) / 1000;

describe("a time of the PBX's wall clock", () => {
  it.each(["2026-11-23 12:34:56", "2026-11-23T12:34:56"])("%s is read", (text) =>
    expect(parseLocal(text)).toBe(noon),
  );
  it.each([
    "",
    "0000-00-00 00:00:00",
    "2026-02-29 00:00:00",
    "2026-11-23 24:00:00",
    "2026-11-23 12:60:00",
    "2026-11-23 12:34",
    "2026-11-23 12:34:56+01:00",
    "23/11/2026 12:34:56",
    " 2026-11-23 12:34:56",
  ])("%j is not one", (text) => expect(parseLocal(text)).toBeUndefined());
  it("is written as it was read", () => expect(formatLocal(noon)).toBe("2026-11-23 12:34:56"));
  it.each([
    ["iso", "2026-11-23 12:34:56", 1],
    ["dmy", "23/11/2026 12:34", 60],
    ["mdy", "11/23/2026 12:34", 60],
  ] as const)("as a bound in %s is %s, exact to %i s", (format, text, seconds) =>
    expect([formatBound(noon, format), granularity(format)]).toEqual([text, seconds]),
  );
});
