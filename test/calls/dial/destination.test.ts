import { describe, expect, it } from "vitest";
import { readDestination } from "../../../lib/calls/dial/destination.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import { openSettings } from "../../support/calls.ts";

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
    ["12345678", { ...settings, short_numbers: ["12345678"] }, { kind: "short", digits: "12345678" }],
    ["123456", settings, { kind: "short" }],
    ["16144841500", settings, { kind: "number", number: { e164: "+16144841500" } }],
    ["10", { ...settings, extension_pattern: "[0-9]{2}|[0-9]{4}" }, { kind: "extension" }],
    ["109", { country: "US" }, { kind: "short" }],
  ])("%s at %j", (to, at, expected) => expect(readDestination(to, at)).toMatchObject(expected));
  it.each<[string, PbxSettings, string]>([
    [
      "1234567",
      settings,
      "must be a number in US, or begin with + and a country code; got neither. Write + and the country code.",
    ],
    [
      "+1234567",
      settings,
      "must be a valid phone number; no country has numbers of this form. Check the country code and the digits.",
    ],
    [
      "16144841500",
      { ...settings, country: "IT" },
      "must be a number in IT, or begin with + and a country code; got digits that need a +. Did you mean +1…, a number in US?",
    ],
    [
      "16144841500",
      { contexts: ["users"] },
      "must begin with + and a country code; got digits that need a +. Did you mean +1…, a number in US?",
    ],
    [
      "3331234567",
      {},
      "must begin with + and a country code; got digits without them. Write + and the country code.",
    ],
    ["8816123456789", settings, "Did you mean +8…, a number in no country?"],
    [
      "+5215512345678",
      settings,
      "must not have a 1 after +52; got the old form of a number in Mexico. Remove the 1: +52 and ten digits.",
    ],
    [
      "5215512345678",
      { country: "MX" },
      "must not have a 1 after 52; got the old form of a number in Mexico.",
    ],
    ["0115215512345678", settings, "must not have a 1 after 52; got the old form of a number in Mexico."],
    ["+5210000000000", settings, "must be a valid phone number"],
    ["+995215512345678", settings, "must be a valid phone number"],
    ["+52155123456789", settings, "must be a valid phone number"],
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
