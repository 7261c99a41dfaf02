import { describe, expect, it } from "vitest";
import { dialText, readNumber } from "../../../lib/calls/dial/number.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import { fc } from "../../support/fast-check.ts";

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
    // ranges of one country in another's plan
    ["+390549886377", undefined, { e164: "+390549886377", country: "SM" }],
    ["0549886377", "IT", { e164: "+390549886377", country: "SM" }],
    ["+3780549886377", undefined, { country: "SM" }],
    ["+39066982", undefined, { country: "VA" }],
    ["+390669812345", "IT", { country: "VA" }],
    ["+390669012345", "IT", { country: "IT" }],
    ["+903922281234", undefined, { country: "CY" }],
    ["+902122281234", undefined, { country: "TR" }],
    ["+78401234567", undefined, { country: "GE" }],
    ["+972592345678", undefined, { country: "PS" }],
    ["0562345678", "IL", { country: "PS" }],
    ["+972542345678", undefined, { country: "IL" }],
    ["+37744123456", undefined, { country: "XK" }],
    ["+37799991234", undefined, { country: "MC" }],
    ["+38643123456", undefined, { country: "XK" }],
    ["+38138500123", undefined, { country: "XK" }],
    ["+381112345678", undefined, { country: "RS" }],
    ["+79401234567", undefined, { country: "GE" }],
    ["+74951234567", undefined, { country: "RU" }],
    ["+77012345678", undefined, { country: "KZ" }],
    ["+77172123456", undefined, { country: "KZ" }],
    ["+212528812345", undefined, { country: "EH" }],
    ["+4779123456", undefined, { country: "SJ" }],
    ["+35818212345", undefined, { country: "AX" }],
    ["+262262123456", undefined, { country: "RE" }],
    ["+441534123456", undefined, { country: "JE" }],
    ["+447797123456", undefined, { country: "JE" }],
    ["+447624123456", undefined, { country: "IM" }],
    ["+447781123456", undefined, { country: "GG" }],
    ["+17872345678", undefined, { country: "PR" }],
    ["+18092345678", undefined, { country: "DO" }],
    ["+16712345678", undefined, { country: "GU" }],
    ["+590590271234", undefined, { country: "BL" }],
    ["+59994351234", undefined, { country: "CW" }],
    ["+5997171234", undefined, { country: "BQ" }],
    ["+61891641234", undefined, { country: "CX" }],
    ["+61891621234", undefined, { country: "CC" }],
    ["+38344123456", undefined, { country: "XK" }],
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
    // Hong Kong has several ways to dial abroad, and this is not one that is read back
    ["+971501234567", { dial_format: "national", country: "HK" }, undefined],
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
