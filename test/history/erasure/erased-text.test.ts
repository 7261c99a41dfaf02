import { describe, expect, it } from "vitest";
import { oneNumber } from "../../../lib/erased-numbers.ts";
import { withoutNumbers } from "../../../lib/history/erasure/erased-text.ts";

const rome = oneNumber("+390212345678", { country: "IT", outsidePrefix: "9" });
const without = (text: string): string | undefined => withoutNumbers(text, rome);

describe("a number is removed from a text", () => {
  it.each([
    "+390212345678",
    "00390212345678",
    "0212345678",
    "90212345678",
    "+39 02 1234 5678",
    "390212345678",
  ])("as the PBX can write it: %s", (text) => expect(without(text)).toBe(""));

  it.each([
    ["SIP/0212345678-0000a1", "SIP/-0000a1"],
    ["SIP/0212345678-00000012", "SIP/-00000012"],
    ["Local/00390212345678@users-00000001;2", "Local/@users-00000001;2"],
    ["SIP/trunk/0212345678,30", "SIP/trunk/,30"],
    ['"Anna" <+39 02 1234 5678>', '"Anna" <>'],
    ["0212345678 2026-11-23 10:00:00, 0212345678", " 2026-11-23 10:00:00, "],
    ["Anna 02 12345678 (home) 02 12345678", "Anna  (home) "],
  ])("among other characters: %s", (text, rest) => expect(without(text)).toBe(rest));
});

describe("a text stays", () => {
  it.each([
    "",
    "101",
    "+390212345679",
    "02123456789",
    "SIP/0212345679-0000a1",
    "2026-11-23 10:00:00",
    "12345678",
  ])("without the number: %s", (text) => expect(without(text)).toBeUndefined());

  it("if its date has the digits of the number", () => {
    const isErased = oneNumber("+12026112310", { country: "US" });
    expect(withoutNumbers("2026-11-23 10:00:00", isErased)).toBeUndefined();
    expect(withoutNumbers("2026112310", isErased)).toBe("");
  });

  it("if a longer number that is the whole text contains it", () => {
    expect(without("+49 30 0212345678")).toBeUndefined();
  });
});

it("without the PBX's country, a national number is read by the plan of the number", () => {
  const isErased = oneNumber("+390212345678", {});
  expect(withoutNumbers("0212345678", isErased)).toBe("");
  expect(withoutNumbers("00390212345678", isErased)).toBe("");
});
