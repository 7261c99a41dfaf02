import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDestination } from "../../lib/calls/destination.ts";
import { isEmergency } from "../../lib/calls/emergency.ts";
import { type AskedCall, judge } from "../../lib/calls/guard.ts";
import { withinHours } from "../../lib/calls/hours.ts";
import { dialText, readNumber } from "../../lib/calls/number.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import { openSettings } from "../support/calls.ts";

describe("a number", () => {
  it.each<[string, string | undefined, object | undefined]>([
    [
      "16144841500",
      "US",
      { e164: "+16144841500", country: "US", types: ["fixed_line", "mobile"], satellite: false },
    ],
    ["6144841500", "US", { e164: "+16144841500" }],
    ["+16144841500", undefined, { country: "US" }],
    ["+16144841500", "IT", { country: "US" }],
    ["16144841500", undefined, undefined],
    ["16144841500", "IT", undefined],
    ["16144841500", "XX", undefined],
    ["+16144841500", "XX", { country: "US" }],
    ["0401234567", "IT", { e164: "+390401234567", types: ["fixed_line"] }],
    ["3331234567", "IT", { types: ["mobile"] }],
    ["00390401234567", "IT", { e164: "+390401234567", country: "IT" }],
    ["01139040123456", "US", { country: "IT" }],
    ["899123456", "IT", { types: ["premium"] }],
    ["+448001234567", undefined, { country: "GB", types: ["toll_free"] }],
    ["+39848123456", undefined, { types: ["shared_cost"] }],
    ["+447012345678", undefined, { types: ["personal"] }],
    ["+443001234567", undefined, { types: ["uan"] }],
    ["+447640123456", undefined, { types: ["pager"] }],
    ["+445612345678", undefined, { types: ["voip"] }],
    ["+18765551234", undefined, { country: "JM" }],
    ["+441481256789", undefined, { country: "GG" }],
    ["+8816123456789", undefined, { country: undefined, types: ["mobile"], satellite: true }],
    ["+870301234567", undefined, { satellite: true }],
    ["+883510012345678", undefined, { satellite: true }],
    ["+979123456789", undefined, { country: undefined, types: ["premium"], satellite: false }],
    ["+80012345678", undefined, { country: undefined, satellite: false }],
    ["+1614484150", undefined, undefined],
    ["+", undefined, undefined],
    ["112", "IT", undefined],
  ])("%s in %s", (text, country, expected) => {
    const number = readNumber(text, country);
    if (expected === undefined) expect(number).toBeUndefined();
    else expect(number).toMatchObject(expected);
  });

  it.each<[string, PbxSettings, string | undefined]>([
    ["+390401234567", {}, "+390401234567"],
    ["+390401234567", { dial_format: "e164_plus" }, "+390401234567"],
    ["+390401234567", { dial_format: "e164_digits" }, "390401234567"],
    ["+390401234567", { dial_format: "e164_digits", outside_prefix: "9" }, "9390401234567"],
    ["+390401234567", { dial_format: "00" }, "00390401234567"],
    ["+390401234567", { dial_format: "00", outside_prefix: "0" }, "000390401234567"],
    ["+390401234567", { dial_format: "national", country: "IT" }, "0401234567"],
    ["+390401234567", { dial_format: "national", country: "IT", outside_prefix: "0" }, "00401234567"],
    ["+390401234567", { dial_format: "national", country: "US" }, "011390401234567"],
    ["+390401234567", { dial_format: "national", country: "DE" }, "00390401234567"],
    ["+16144841500", { dial_format: "national", country: "US" }, "6144841500"],
    ["+16135550123", { dial_format: "national", country: "US" }, "16135550123"],
    ["+390401234567", { dial_format: "national" }, undefined],
    ["+390401234567", { dial_format: "national", country: "XX" }, undefined],
  ])("%s by %j is dialled as %s", (e164, settings, text) => expect(dialText(e164, settings)).toBe(text));

  it("that is dialled nationally is the same number when it is read again", () => {
    const numbers = [
      "+390401234567",
      "+16144841500",
      "+4930123456",
      "+441632960123",
      "+33123456789",
      "+61212345678",
    ];
    const countries = ["IT", "US", "DE", "GB", "FR", "AU", "RU", "BR", "JP", "HU", "MX", "CH"];
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.constantFrom(...countries), (e164, country) => {
        const text = dialText(e164, { dial_format: "national", country });
        return text === undefined || readNumber(text, country)?.e164 === e164;
      }),
    );
  });
});

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

describe("what digits mean", () => {
  const settings: PbxSettings = { ...openSettings, short_numbers: ["4242", "116117"] };
  it.each<[string, PbxSettings, object]>([
    ["109", settings, { kind: "extension", digits: "109" }],
    ["112", settings, { kind: "emergency", digits: "112" }],
    ["0112", { ...settings, outside_prefix: "0" }, { kind: "emergency" }],
    ["0112", settings, { kind: "short" }],
    ["9911", { ...settings, outside_prefix: "9" }, { kind: "emergency" }],
    ["8112", { ...settings, outside_prefix: "0", extension_pattern: "[0-9]{4}" }, { kind: "extension" }],
    ["0112", { ...settings, outside_prefix: "0", extension_pattern: "[0-9]{4}" }, { kind: "emergency" }],
    ["0112", { ...settings, outside_prefix: "", extension_pattern: "[0-9]{4}" }, { kind: "extension" }],
    ["4242", settings, { kind: "short", digits: "4242" }],
    ["116117", settings, { kind: "short", digits: "116117" }],
    ["4243", settings, { kind: "short", digits: "4243" }],
    ["123456", settings, { kind: "short" }],
    ["16144841500", settings, { kind: "number", number: { e164: "+16144841500" } }],
    ["10", { ...settings, extension_pattern: "[0-9]{2}|[0-9]{4}" }, { kind: "extension" }],
    ["109", { country: "US" }, { kind: "short" }],
  ])("%s at %j", (to, at, expected) => expect(readDestination(to, at)).toMatchObject(expected));
  it.each<[string, PbxSettings, string]>([
    ["1234567", settings, "is no number in US, and none with a + before it. Write it as + and country code."],
    ["+1234567", settings, "is no number that exists. Check the country code and the digits."],
    [
      "16144841500",
      { ...settings, country: "IT" },
      "is no number in IT. With a + before the same digits (+1…) it is one in US: did you mean that?",
    ],
    [
      "16144841500",
      { contexts: ["users"] },
      "is no number in this PBX's country, which is not set. With a + before the same digits (+1…) it is one in US: did you mean that?",
    ],
    ["8816123456789", settings, "(+8…) it is one in no country"],
  ])("%s at %j is refused: %s", (to, at, words) =>
    expect(() => readDestination(to, at)).toThrowError(
      expect.objectContaining({
        code: "INPUT_INVALID",
        field: "to",
        message: expect.stringContaining(words),
      }),
    ),
  );
});

const now = Date.parse("2026-11-24T09:30:00Z");

describe("the toll guard", () => {
  const call: AskedCall = {
    extension: "108",
    context: undefined,
    channelContext: undefined,
    destination: { kind: "extension", digits: "109" },
    variable: undefined,
  };
  const to = (text: string): AskedCall => {
    const number = readNumber(text, undefined);
    if (number === undefined) throw new Error(`${text} is no number`);
    return { ...call, destination: { kind: "number", number } };
  };
  const verdict = (asked: Partial<AskedCall>, settings: PbxSettings = openSettings) =>
    judge({ ...call, ...asked }, settings, now);

  it.each<[string, Partial<AskedCall>, PbxSettings, object]>([
    ["an extension", {}, openSettings, { context: "users", channelContext: "users", exten: "109" }],
    ["a number", to("+16144841500"), openSettings, { exten: "+16144841500" }],
    [
      "a number in the PBX's own way",
      to("+16144841500"),
      { ...openSettings, dial_format: "national" },
      { exten: "6144841500" },
    ],
    [
      "a configured short number",
      { destination: { kind: "short", digits: "4242" } },
      { ...openSettings, short_numbers: ["4242"] },
      { exten: "4242" },
    ],
    ["an application", { destination: undefined }, openSettings, { exten: undefined }],
    ["a phone that is looked up later", { extension: undefined }, openSettings, { exten: "109" }],
    [
      "the first context by default",
      {},
      { ...openSettings, contexts: ["a", "b"] },
      { context: "a", channelContext: "a" },
    ],
    [
      "another context",
      { context: "b" },
      { ...openSettings, contexts: ["a", "b"] },
      { context: "b", channelContext: "b" },
    ],
    [
      "two contexts",
      { channelContext: "b" },
      { ...openSettings, contexts: ["a", "b"] },
      { context: "a", channelContext: "b" },
    ],
    [
      "a configured variable",
      { variable: { name: "CRM_ID" } },
      { ...openSettings, call_variables: ["CRM_ID"] },
      { exten: "109" },
    ],
    [
      "a country that is configured",
      to("+390401234567"),
      { ...openSettings, allowed_countries: ["US", "IT"] },
      { exten: "+390401234567" },
    ],
    [
      "a premium number where one wants it",
      to("+19005551234"),
      { ...openSettings, allowed_number_types: ["premium"] },
      { exten: "+19005551234" },
    ],
    [
      "a number of either kind, one of which may be",
      to("+16144841500"),
      { ...openSettings, allowed_number_types: ["mobile"] },
      { exten: "+16144841500" },
    ],
    [
      "within hours",
      {},
      { ...openSettings, timezone: "UTC", calling_hours: { tue: ["09:00-10:00"] } },
      { exten: "109" },
    ],
  ])("allows %s", (_name, asked, settings, expected) =>
    expect(verdict(asked, settings)).toEqual({
      context: "users",
      channelContext: "users",
      exten: "109",
      ...expected,
    }),
  );

  it.each<[Partial<AskedCall>, PbxSettings, string, string, string]>([
    [
      {},
      {},
      "context",
      "context",
      "context is refused: `contexts` of this PBX names no dialplan that calls may use.",
    ],
    [{}, { ...openSettings, contexts: [] }, "context", "context", "names no dialplan"],
    [
      { context: "x" },
      openSettings,
      "context",
      "context",
      "context x is not among the `contexts` of this PBX.",
    ],
    [{ channelContext: "x" }, openSettings, "context", "context", "context x is not among"],
    [
      {},
      { contexts: ["users"], allowed_countries: ["US"] },
      "extension",
      "extension",
      "extension is refused: `extension_pattern` of this PBX is not set.",
    ],
    [
      { extension: "1080" },
      openSettings,
      "extension",
      "extension",
      "extension does not match the `extension_pattern` of this PBX.",
    ],
    [
      { extension: "112" },
      openSettings,
      "emergency",
      "extension",
      "extension is an emergency number, which is never called from here.",
    ],
    [
      { extension: "108" },
      { contexts: ["users"], extension_pattern: "108" },
      "emergency",
      "extension",
      "extension may be an emergency number, and `country` of this PBX, which would tell, is not set.",
    ],
    [{ extension: "113" }, { ...openSettings, country: "IT" }, "emergency", "extension", "emergency"],
    [
      { variable: { name: "X" } },
      openSettings,
      "variable",
      "variable",
      "variable sets a name that is not among the `call_variables` of this PBX.",
    ],
    [
      {},
      { ...openSettings, timezone: "UTC", calling_hours: {} },
      "hours",
      "calling_hours",
      "calling_hours of this PBX do not include this time.",
    ],
    [
      { destination: { kind: "emergency", digits: "112" } },
      openSettings,
      "emergency",
      "to",
      "to is an emergency number, which is never called from here.",
    ],
    [
      { destination: { kind: "short", digits: "4242" } },
      openSettings,
      "short_number",
      "to",
      "to is a short number that is not among the `short_numbers` of this PBX.",
    ],
    [
      to("+8816123456789"),
      { ...openSettings, allowed_number_types: ["mobile"] },
      "satellite",
      "to",
      "to is a satellite or network number, which is never dialled.",
    ],
    [
      to("+979123456789"),
      { ...openSettings, allowed_number_types: ["premium"] },
      "country",
      "to",
      "to is a number of no country.",
    ],
    [
      to("+390401234567"),
      openSettings,
      "country",
      "to",
      "to is in IT, which is not among the `allowed_countries` of this PBX.",
    ],
    [
      to("+16144841500"),
      { country: "US", contexts: ["users"], extension_pattern: "108" },
      "country",
      "to",
      "to is in US",
    ],
    [
      to("+19005551234"),
      openSettings,
      "number_type",
      "to",
      "to is of the kind premium, which `allowed_number_types` does not have.",
    ],
    [to("+39848123456"), { ...openSettings, allowed_countries: ["IT"] }, "number_type", "to", "shared_cost"],
    [to("+16144841500"), { ...openSettings, allowed_number_types: [] }, "number_type", "to", "fixed_line"],
    [
      {
        destination: {
          kind: "number",
          number: { e164: "+16144841500", country: "US", types: [], satellite: false },
        },
      },
      openSettings,
      "number_type",
      "to",
      "to is of the kind unknown",
    ],
    [
      to("+16144841500"),
      { ...openSettings, country: "BR", dial_format: "national" },
      "dial_format",
      "to",
      "to cannot be said in the `dial_format` of this PBX. Set `country`, or another format.",
    ],
  ])("%j at %j: %s", (asked, settings, reason, field, words) => {
    const told = verdict(asked, settings);
    expect(told).toMatchObject({ reason, field, detail: expect.stringContaining(words) });
  });
  it("judges the phone, then the variable, then the time, then the number", () => {
    const wrong: Partial<AskedCall> = { ...to("+390401234567"), extension: "1", variable: { name: "X" } };
    const closed: PbxSettings = { ...openSettings, timezone: "UTC", calling_hours: {} };
    const reasons = [
      verdict({ ...wrong, context: "x" }, closed),
      verdict(wrong, closed),
      verdict({ ...wrong, extension: "108" }, closed),
      verdict({ ...wrong, extension: "108", variable: undefined }, closed),
      verdict({ ...wrong, extension: "108", variable: undefined }),
    ].map((each) => ("reason" in each ? each.reason : "allowed"));
    expect(reasons).toEqual(["context", "extension", "variable", "hours", "country"]);
  });
});

describe("calling hours", () => {
  const hours = (timezone: string | undefined, calling_hours: PbxSettings["calling_hours"]): PbxSettings => ({
    ...(timezone === undefined ? {} : { timezone }),
    ...(calling_hours === undefined ? {} : { calling_hours }),
  });
  // 2026-11-24 is a Tuesday
  it.each<[string, PbxSettings, string, boolean]>([
    ["none", hours(undefined, undefined), "2026-11-24T03:00:00Z", true],
    ["from their first minute", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T08:00:00Z", true],
    ["not before", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T07:59:59Z", false],
    ["to their last", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T11:29:59Z", true],
    ["not after", hours("Europe/Rome", { tue: ["09:00-12:30"] }), "2026-11-24T11:30:00Z", false],
    [
      "a second span",
      hours("Europe/Rome", { tue: ["09:00-12:30", "14:00-18:00"] }),
      "2026-11-24T14:00:00Z",
      true,
    ],
    [
      "between spans",
      hours("Europe/Rome", { tue: ["09:00-12:30", "14:00-18:00"] }),
      "2026-11-24T12:00:00Z",
      false,
    ],
    ["another day", hours("Europe/Rome", { wed: ["00:00-24:00"] }), "2026-11-24T12:00:00Z", false],
    [
      "the day as it is there",
      hours("Pacific/Auckland", { wed: ["00:00-24:00"] }),
      "2026-11-24T12:00:00Z",
      true,
    ],
    ["to midnight", hours("UTC", { tue: ["22:00-24:00"] }), "2026-11-24T23:59:59Z", true],
    ["at midnight", hours("UTC", { tue: ["00:00-01:00"] }), "2026-11-24T00:00:00Z", true],
    ["in summer", hours("Europe/Rome", { tue: ["09:00-10:00"] }), "2026-07-21T07:00:00Z", true],
    ["without a zone, UTC", hours(undefined, { tue: ["09:00-10:00"] }), "2026-11-24T09:00:00Z", true],
  ])("%s", (_name, settings, at, expected) => expect(withinHours(settings, Date.parse(at))).toBe(expected));
});
