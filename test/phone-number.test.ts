import metadata from "libphonenumber-js/metadata.max.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { mapCall, readMapping } from "../lib/callers/mapping.ts";
import { readCall } from "../lib/calls/dial/dial.ts";
import { isCountry, nearCountry, planOf } from "../lib/numbering-plans.ts";
import {
  cleanNumber,
  e164Reader,
  isPhoneNumber,
  notationsOf,
  numberSet,
  readPastedNumber,
  sameNumber,
} from "../lib/phone-number.ts";
import cases from "./fixtures/phone-numbers.json" with { type: "json" };

const mapping = readMapping({ pointers: { to: "/phone" }, values: { extension: "108" } });

/** Each place where somebody pastes a number, by the field that an error names. */
const doors: Readonly<Record<string, (text: string) => unknown>> = {
  to: (text) => readCall({ extension: "108", to: text }).to,
  exten: (text) => readCall({ extension: "108", exten: text }).to,
  "/phone": (text) => mapCall(mapping, { phone: text }).body["to"],
  "caller_id.number": (text) =>
    readCall({ extension: "108", to: "109", caller_id: { number: text } }).callerId?.slice(4, -1),
};

describe("a pasted number", () => {
  it.each(cases)("$why: $text", ({ text, number, refused }) => {
    expect(cleanNumber(text)).toEqual(number === undefined ? { refused } : { number });
    expect(isPhoneNumber(text)).toBe(number !== undefined);
  });
  describe.each(Object.keys(doors))("in `%s`", (field) => {
    const read = (text: string): unknown => doors[field]?.(text);
    it.each(cases.filter(({ number }) => number !== undefined))("$why is read", ({ text, number }) => {
      expect(read(text)).toBe(number);
    });
    it.each(
      // a mapping drops white space around each value
      cases.filter(({ refused, text }) => refused !== undefined && text.trim() === text),
    )("$why is refused by name", ({ text, refused }) => {
      expect(() => read(text)).toThrowError(
        expect.objectContaining({
          code: "INPUT_INVALID",
          field,
          message: expect.stringContaining(refused ?? ""),
        }),
      );
    });
  });
  it("has 1 to 20 digits", () => {
    expect(readPastedNumber("to", "1".repeat(20))).toBe("1".repeat(20));
    for (const text of ["+", "", " - ", "1".repeat(21)])
      expect(() => readPastedNumber("to", text)).toThrowError(/must have 1 to 20 digits; got (0|21)\./);
    expect([isPhoneNumber("+"), isPhoneNumber(""), isPhoneNumber("1".repeat(21))]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("the table of countries", () => {
  it("is that of the phone library", () => {
    const countries = Object.entries(metadata.countries as unknown as Record<string, unknown[]>);
    expect(countries.length).toBeGreaterThan(240);
    for (const [country, values] of countries) {
      const trunk = values[5] || undefined;
      const plan = planOf(country);
      expect([country, plan?.code, plan?.exit.source]).toEqual([country, values[0], `^(?:${values[1]})`]);
      const extra = country === "LT" ? ["8"] : [];
      expect([country, plan?.trunks]).toEqual([country, [...(trunk === undefined ? [] : [trunk]), ...extra]]);
    }
    const known = new Set(countries.map(([country]) => country));
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const codes = letters.flatMap((a) => letters.map((b) => a + b));
    expect(codes.filter((code) => isCountry(code) !== known.has(code))).toEqual([]);
  });
  it.each([
    ["UK", "GB"],
    ["uk", "GB"],
    ["EL", "GR"],
    ["it", "IT"],
    [" it ", "IT"],
    ["XX", undefined],
    ["Italy", undefined],
  ])("takes %j for %s", (text, country) => expect(nearCountry(text)).toBe(country));
});

describe("two texts of one number", () => {
  const forms: [string, string, string[]][] = [
    [
      "IT",
      "+390212345678",
      ["0212345678", "00390212345678", "390212345678", "02 12345678", "+39 02 12345678"],
    ],
    ["ES", "+34912345678", ["912345678", "0034912345678", "34912345678"]],
    ["PT", "+351212345678", ["212345678", "00351212345678"]],
    ["PL", "+48221234567", ["221234567", "48221234567"]],
    ["NO", "+4722123456", ["22123456", "004722123456"]],
    ["DK", "+4533123456", ["33123456", "+45 33 12 34 56"]],
    ["LT", "+37061234567", ["61234567", "861234567", "061234567"]],
    ["LU", "+35227123", ["27123", "0035227123"]],
    ["DE", "+4930123456", ["030123456", "+49030123456", "0049 30 123456", "30123456"]],
    ["GB", "+447976399087", ["07976 399087", "00447976399087"]],
    ["US", "+16144841500", ["6144841500", "16144841500", "01116144841500", "(614) 484-1500"]],
    ["HU", "+3612345678", ["0612345678", "003612345678"]],
    ["RU", "+74951234567", ["84951234567", "81074951234567"]],
    ["SM", "+3780549886377", ["0549886377"]],
  ];
  const flat = forms.flatMap(([country, e164, texts]) => texts.map((text) => [country, e164, text] as const));
  it.each(flat)("in %s: %s is %s", (country, e164, text) => {
    expect(sameNumber(e164, text, { country })).toBe(true);
    expect(sameNumber(text, e164, { country })).toBe(true);
    expect(numberSet([e164], { country })(text)).toBe(true);
    expect(numberSet([text], { country })(e164)).toBe(true);
  });
  it.each(flat.filter(([country]) => country !== "LT"))(
    "of %s, which is not set: %s is %s",
    (_, e164, text) => {
      expect(sameNumber(e164, text, {})).toBe(true);
      expect(numberSet([e164], {})(text)).toBe(true);
    },
  );
  it.each([
    ["0", "0390212345678", "00390212345678"],
    ["9", "96144841500", "6144841500"],
  ])("with the prefix for calls outside, %s", (outsidePrefix, text, plain) => {
    const style = { country: outsidePrefix === "0" ? "IT" : "US", outsidePrefix };
    expect(sameNumber(outsidePrefix + plain, plain, style)).toBe(true);
    expect(sameNumber(text, outsidePrefix === "0" ? "+390212345678" : "+16144841500", style)).toBe(true);
  });
  it.each([
    ["IT", "+390212345678", "0212345679"],
    ["IT", "+390212345678", "212345678"],
    ["IT", "+390212345678", "12345678"],
    ["IT", "+390212345678", "+340212345678"],
    ["ES", "+34912345678", "12345678"],
    ["US", "+16144841500", "4841500"],
    ["IT", "+390212345678", "anonymous"],
    ["IT", "+390212345678", ""],
    ["IT", "anonymous", "anonymous"],
    ["IT", "+390212345678", "02/12345678"],
  ])("in %s: %s is not %s", (country, one, other) => {
    expect(sameNumber(one, other, { country })).toBe(false);
    expect(numberSet([one], { country })(other)).toBe(false);
  });
  it("are found again after many others", () => {
    const isOwn = numberSet(["+390212345678"], { country: "IT" });
    for (let at = 0; at < 20_001; at++) expect(isOwn(String(3_000_000_000 + at))).toBe(false);
    expect([isOwn("0212345678"), isOwn("0212345678"), numberSet([], {})("1")]).toEqual([true, true, false]);
  });
});

describe("a number of a PBX in E.164", () => {
  it.each([
    ["IT", "0212345678", "+390212345678"],
    ["IT", "00390212345678", "+390212345678"],
    ["IT", "+39 02 1234 5678", "+390212345678"],
    ["IT", "390212345678", "+390212345678"],
    ["IT", "3931234567", "+393931234567"],
    ["IT", "0016144841500", "+16144841500"],
    ["US", "6144841500", "+16144841500"],
    ["US", "16144841500", "+16144841500"],
    ["US", "01139021234567", "+39021234567"],
    ["US", "00493023125041", null],
    ["US", "0044793125041", null],
    ["US", "114155550123", null],
    ["CA", "5145550123", "+15145550123"],
    ["AU", "0049301234567", null],
    ["GB", "07976399087", "+447976399087"],
    ["ES", "912345678", "+34912345678"],
    ["ES", "34912345678", "+34912345678"],
    ["NO", "47123456", "+4747123456"],
    ["PL", "481234567", "+48481234567"],
    ["IT", "101", null],
    ["IT", "112", null],
    ["IT", "anonymous", null],
    ["IT", "00000000", null],
    ["IT", "+00000000", null],
    ["IT", "", null],
    ["IT", `00${"1".repeat(20)}`, null],
    [undefined, "+390212345678", "+390212345678"],
    [undefined, "00390212345678", "+390212345678"],
    [undefined, "0212345678", null],
  ] as const)("in %s, %s is %s", (country, text, e164) => {
    const read = e164Reader({ country });
    // the second answer is one that was kept
    expect([read(text), read(text)]).toEqual([e164, e164]);
  });
  it("has no prefix for calls outside", () => {
    const read = e164Reader({ country: "IT", outsidePrefix: "9" });
    expect(["90212345678", "0212345678", "900390212345678"].map(read)).toEqual([
      "+390212345678",
      "+390212345678",
      "+390212345678",
    ]);
  });
});

describe("the notations of a number in a PBX's rows", () => {
  it.each([
    ["+393335000006", { country: "IT" }, ["+393335000006", "393335000006", "00393335000006", "3335000006"]],
    ["333 500 0006", { country: "IT" }, ["3335000006", "+393335000006", "393335000006", "00393335000006"]],
    [
      "0039 333 5000006",
      { country: "IT" },
      ["00393335000006", "+393335000006", "393335000006", "3335000006"],
    ],
    [
      "020 7946 0000",
      { country: "GB", outsidePrefix: "9" },
      ["02079460000", "+442079460000", "442079460000", "00442079460000", "2079460000"].concat([
        "900442079460000",
        "92079460000",
        "902079460000",
      ]),
    ],
    ["(614) 484-1500", { country: "US" }, ["6144841500", "+16144841500", "16144841500", "01116144841500"]],
    [
      "+442079460000",
      {},
      ["+442079460000", "442079460000", "00442079460000", "011442079460000", "810442079460000"],
    ],
    ["108", { country: "IT" }, ["108"]],
    ["0011 39 0250000070", { country: "AU" }, ["0011390250000070", "+390250000070", "390250000070"]],
  ])("%s with %j", (text, style, notations) => {
    const found = notationsOf(text, style);
    expect(found.slice(0, notations.length).toSorted()).toEqual(notations.toSorted());
    expect(found.length).toBeLessThanOrEqual(12);
    for (const notation of found) expect(sameNumber(notation, text, style), notation).toBe(true);
  });
  it("are one for a text that is not a number", () =>
    expect(notationsOf("anonymous", { country: "IT" })).toEqual(["anonymous"]));
});
