import metadata from "libphonenumber-js/metadata.max.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import { mapCall, readMapping } from "../lib/callers/mapping.ts";
import { readCall } from "../lib/calls/dial/dial.ts";
import { isCountry, nearCountry, planOf, withoutTrunkZero } from "../lib/numbering-plans.ts";
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
  it("has the lengths of the numbers of each code with a trunk zero", () => {
    const lengths = new Map<string, Set<number>>();
    for (const [country, values] of Object.entries(
      metadata.countries as unknown as Record<string, unknown[]>,
    )) {
      const { code = "", trunks = [] } = planOf(country) ?? {};
      if (!trunks.some((trunk) => trunk.startsWith("0"))) continue;
      // E.164 has at most 15 digits, and the code has one at least
      const possible = (values[3] as number[]).filter((length) => length <= 14);
      lengths.set(code, new Set([...(lengths.get(code) ?? []), ...possible]));
    }
    const nationals = Array.from({ length: 14 }, (_, at) => "2".repeat(at + 1));
    for (const country of Object.keys(metadata.countries)) {
      const { code = "" } = planOf(country) ?? {};
      const trunk = code === "36" ? "06" : "0";
      const found = nationals.filter((number) => withoutTrunkZero(code + trunk + number) === code + number);
      expect([code, new Set(found.map(({ length }) => length))]).toEqual([
        code,
        lengths.get(code) ?? new Set(),
      ]);
    }
  });
  it("drops no zero with which a number of the phone library begins", () => {
    for (const [country, values] of Object.entries(
      metadata.countries as unknown as Record<string, unknown[]>,
    )) {
      const { code = "" } = planOf(country) ?? {};
      const national = new RegExp(`^(?:${values[2]})$`);
      for (let length = 4; length <= 12; length++)
        for (const digit of "123456789") {
          const number = `0${digit.repeat(length - 1)}`;
          if (national.test(number)) expect(withoutTrunkZero(code + number), country).toBe(code + number);
        }
    }
    expect(withoutTrunkZero("25006666666")).toBe("25006666666");
  });
  it("has the numbers of each country whose exit codes take a part of them", () => {
    const taking = Object.keys(metadata.countries).filter((country) => {
      const plan = planOf(country);
      const found = plan?.exit.exec(`00${plan.code}2223456789`)?.[0];
      return found !== undefined && found !== "00";
    });
    expect(taking.filter((country) => planOf(country)?.own === undefined)).toEqual([]);
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
    ["BR", "+5511912345678", ["005511912345678", "011912345678", "11912345678", "+55011912345678"]],
    ["CO", "+573001234567", ["00573001234567", "3001234567"]],
    ["IT", "+442079460000", ["+4402079460000", "004402079460000", "00442079460000"]],
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
  it.each(["005512125551234", "002112125551234", "0012125551234"])(
    "in BR, %s over a carrier is +12125551234, if the digits are those of a carrier",
    (text) => {
      const isOverCarrier = text.length === 15;
      expect(sameNumber("+12125551234", text, { country: "BR" })).toBe(isOverCarrier);
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
    ["BR", "005511912345678", "+5511912345678"],
    ["BR", "00551132345678", "+551132345678"],
    ["BR", "005512125551234", "+12125551234"],
    ["BR", "002112125551234", "+12125551234"],
    ["BR", "+55011912345678", "+5511912345678"],
    ["CO", "00573001234567", "+573001234567"],
    ["CO", "00912125551234", "+12125551234"],
    ["HK", "0085223456789", "+85223456789"],
    ["KH", "0085512345678", "+85512345678"],
    ["KR", "00821012345678", "+821012345678"],
    ["SG", "006591234567", "+6591234567"],
    ["TH", "0066812345678", "+66812345678"],
    ["CV", "002382211234", "+2382211234"],
    ["WS", "0068522123", "+68522123"],
    ["GB", "+4402079460000", "+442079460000"],
    ["GB", "4402079460000", "+442079460000"],
    ["IT", "004402079460000", "+442079460000"],
    ["IT", "+49030123456", "+4930123456"],
    ["IT", "+3606 1 2345678", "+3612345678"],
    ["IT", "+380 0 44 123 4567", "+380441234567"],
    ["IT", "+390212345678", "+390212345678"],
    ["IT", "+44020794600000", "+44020794600000"],
    ["IT", "+25006123456", "+25006123456"],
    [undefined, "+4402079460000", "+442079460000"],
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
    [
      "0055 11 91234-5678",
      { country: "BR" },
      ["005511912345678", "+5511912345678", "5511912345678", "11912345678", "011912345678"],
    ],
    [
      "+4402079460000",
      { country: "IT" },
      ["+4402079460000", "+442079460000", "442079460000", "00442079460000"],
    ],
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
