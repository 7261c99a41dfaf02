import { describe, expect, it } from "vitest";
import {
  fieldText,
  fieldWord,
  fromNumber,
  isHidden,
  toNumber,
} from "../../../lib/history/rows/field-text.ts";

describe("a field", () => {
  it("is its text, the digits of a number, or empty", () =>
    expect(["a B", 12, Number.NaN, null, {}].map(fieldText)).toEqual(["a B", "12", "", "", ""]));
  it("that has one of few words is in lower case, also if many different words came before", () => {
    const texts = Array.from({ length: 1_000 }, (_, n) => ` Word ${n} `);
    for (const text of [...texts, ...texts]) expect(fieldWord(text)).toBe(text.trim().toLowerCase());
    expect([fieldWord("NO ANSWER"), fieldWord(7), fieldWord(undefined)]).toEqual(["no answer", "7", ""]);
  });
});

describe("a number of a row", () => {
  it.each([
    ["+390212345678", "+390212345678"],
    ["02 1234 (56)-78", "02 1234 (56)-78"],
    [" 101 ", "101"],
    [101, "101"],
    ["tel:+39-02-1234-5678;ext=1", "+39-02-1234-5678"],
    ["TEL:0212345678", "0212345678"],
    ["sip:0212345678@pbx.example;user=phone", "0212345678"],
    ["sips:101@10.0.0.1:5061", "101"],
    ["sip:%2B390212345678@10.0.0.1", "+390212345678"],
    ["sip:101;npdi@10.0.0.1", "101"],
    ["sip:101?subject=1", "101"],
    ["101@internalcalls", "101"],
    ['"Rossi <Milan>" <sip:101@pbx.example>', "101"],
    ["<101> ", "101"],
    ["sip:anonymous@192.168.1.1", "anonymous"],
    ['"Ada" <sip:101@pbx.example>;tag=7;x="<1>"', "101"],
    ["<tel:101>;isub=1", "101"],
    ["sip:101:secret@pbx.example", "101"],
    ["101:5060", "101:5060"],
    ["sip:10.0.0.5", ""],
    ["sip:10.0.0.5:5060;lr", ""],
    ["sip:[2001:db8::1]", ""],
    ["10.20.30.40", "10.20.30.40"],
    ["anonymous", "anonymous"],
    ["100%2B", "100%2B"],
    ["tel", "tel"],
    ["1 sip:2", "1 sip:2"],
    ["x-sip:2", "x-sip:2"],
    ["<  sip:2 >", "2"],
    ["@host\nmore", ""],
    ["*45*101#", "*45*101#"],
  ])("%j is %j", (written, number) => {
    expect([fromNumber({ from_number: written }), toNumber({ to_number: written })]).toEqual([
      number,
      number,
    ]);
    expect([fromNumber({ src: written }), toNumber({ dst: written })]).toEqual([number, number]);
  });
  it("is that of the dialplan if the other is empty", () => {
    const row = { from_number: " ", src: "101", to_number: "sip:@h", dst: "102" };
    expect([fromNumber(row), toNumber(row)]).toEqual(["101", "102"]);
  });
  it.each(["anonymous", "Restricted", "", "0", "000000", "+0", "-1", "-"])("%j is hidden", (number) =>
    expect(isHidden(number)).toBe(true),
  );
  it.each(["1", "9", "+39", "0800-1", "101", "user5"])("%j is not hidden", (number) =>
    expect(isHidden(number)).toBe(false),
  );
});
