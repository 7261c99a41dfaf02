import { describe, expect, it } from "vitest";
import { oneNumber } from "../lib/erased-numbers.ts";

describe("the test for an erased number", () => {
  it.each([
    ["US", "0039 333 123 4567"],
    ["US", "011393331234567"],
    ["IT", "011 39 333 1234567"],
    ["AU", "00393331234567"],
    ["JP", "+00393331234567"],
    [undefined, "00393331234567"],
  ])("of a PBX in %s finds it behind the exit code of another country: %s", (country, text) => {
    expect(oneNumber("+393331234567", { country })(text)).toBe(true);
    expect(oneNumber("+393331234567", { country, outsidePrefix: "9" })(`9${text.replace("+", "")}`)).toBe(
      true,
    );
    expect(oneNumber("+393331234568", { country })(text)).toBe(false);
  });
  it("does not take a number of Turin for one abroad", () => {
    expect(oneNumber("+5551234", { country: "IT" })("0115551234")).toBe(false);
    expect(oneNumber("+390115551234", { country: "IT" })("0115551234")).toBe(true);
  });
});
