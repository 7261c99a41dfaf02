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
    "02/12345678",
    "+39 02/1234/5678",
    "02\n12345678",
    "02\r\n12345678",
  ])("as the PBX can write it: %s", (text) => expect(without(text)).toBe(""));

  it.each([
    ["SIP/0212345678-0000a1", "SIP/-0000a1"],
    ["SIP/0212345678-00000012", "SIP/-00000012"],
    ["Local/00390212345678@users-00000001;2", "Local/@users-00000001;2"],
    ["SIP/trunk/0212345678,30", "SIP/trunk/,30"],
    ['"Anna" <+39 02 1234 5678>', '"Anna" <>'],
    ["0212345678 2026-11-23 10:00:00, 0212345678", " 2026-11-23 10:00:00, "],
    ["0212345678/0212345679", "/0212345679"],
    ["0212345679/02/12345678", "0212345679/"],
    ["call 02/12345678!", "call !"],
    ["SIP/1/0212345678", "SIP/1/"],
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
    "02/12345679",
    "23/11/2026",
  ])("without the number: %s", (text) => expect(without(text)).toBeUndefined());

  it("if its date has the digits of the number", () => {
    const isErased = oneNumber("+12026112310", { country: "US" });
    expect(withoutNumbers("2026-11-23 10:00:00", isErased)).toBeUndefined();
    expect(withoutNumbers("2026112310", isErased)).toBe("");
  });

  it.each(["+49 30 0212345678", "0049 30 0212345678", "＋49 (30) 0212345678"])(
    "if an international number that is the whole text contains it: %s",
    (text) => expect(without(text)).toBeUndefined(),
  );
  it.each([
    ["101 0212345678", "101 "],
    ["(101) 02-12345678", "(101) "],
    ["0212345678 0212345679", " 0212345679"],
    ["0212345679-0212345678", "0212345679-"],
    ["0212345678.101", ".101"],
  ])("but not if several numbers are the whole text: %s", (text, rest) => expect(without(text)).toBe(rest));
  it("if a whole text contains it with fewer than nine digits", () => {
    const short = oneNumber("+390612345", { country: "IT" });
    expect(["011 0612345", "a 0612345"].map((text) => withoutNumbers(text, short))).toEqual([
      undefined,
      "a ",
    ]);
    const nine = oneNumber("+39061234567", { country: "IT" });
    expect(withoutNumbers("011 061234567", nine)).toBe("011 ");
  });
});

describe("the length of a number in a text", () => {
  const all = (text: string): string | undefined => withoutNumbers(text, () => true);
  it("is six digits or more", () => {
    expect(["12345", "a 12345 b 12345 c"].map(all)).toEqual([undefined, undefined]);
    expect(["123456", "a 123456"].map(all)).toEqual(["", "a "]);
  });
  it("is at most twenty digits among other characters", () => {
    expect(all("a 12345678901234567890")).toBe("a ");
    expect(all("a 123456789012345678901")).toBeUndefined();
  });
  it("is at most eight groups of digits among other characters", () => {
    const isErased = (text: string): boolean => /^1( 1)*$/.test(text) && text.length >= 15;
    expect(withoutNumbers("a 1 1 1 1 1 1 1 1 b", isErased)).toBe("a  b");
    expect(withoutNumbers("a 1 1 1 1 1 1 1 1 1 b", (text) => isErased(text) && text.length === 17)).toBe(
      undefined,
    );
  });
});

it("of two erased numbers that begin together, the longer one is removed", () => {
  const isErased = (text: string): boolean => ["111111", "111111 2222"].includes(text);
  expect(withoutNumbers("a 111111 2222 b 111111 c", isErased)).toBe("a  b  c");
});

it("digits that two numbers share count for the first of them only", () => {
  const isErased = (text: string): boolean => ["1111 2222", "2222 3333"].includes(text);
  expect(withoutNumbers("a 1111 2222 3333", isErased)).toBe("a  3333");
});

it("without the PBX's country, a national number is read by the plan of the number", () => {
  const isErased = oneNumber("+390212345678", {});
  expect(withoutNumbers("0212345678", isErased)).toBe("");
  expect(withoutNumbers("00390212345678", isErased)).toBe("");
});
