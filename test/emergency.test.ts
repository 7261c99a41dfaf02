import { describe, expect, it } from "vitest";
import { isEmergency, reachesEmergency } from "../lib/emergency.ts";

describe("an emergency number", () => {
  it.each<[string, string | undefined, boolean]>([
    ["112", "US", true],
    ["911", "IT", true],
    ["999", "FR", true],
    ["000", "AT", true],
    ["113", "IT", true],
    ["113", "US", false],
    ["108", "IN", true],
    ["108", "IT", false],
    ["108", undefined, true],
    ["108", "XX", true],
    ["18000", "GB", true],
    ["10111", "ZA", true],
    ["06", "FI", false],
    ["", "FI", false],
    ["", undefined, false],
    ["109", undefined, false],
    ["1", undefined, false],
  ])("is %s in %s: %s", (digits, country, expected) => expect(isEmergency(digits, country)).toBe(expected));
});

describe("an extension", () => {
  it.each<[string, Parameters<typeof reachesEmergency>[1], boolean]>([
    ["101", { country: "IN" }, true],
    ["101", { country: "IT" }, false],
    ["9101", { country: "IN", outside_prefix: "9" }, true],
    ["9101", { country: "IN" }, false],
    ["9101", { country: "IN", outside_prefix: "8" }, false],
    ["101", { country: "IN", outside_prefix: "" }, true],
  ])("%s of a PBX with %j reaches an emergency line: %s", (digits, pbx, expected) =>
    expect(reachesEmergency(digits, pbx)).toBe(expected),
  );
});
