import { describe, expect, it } from "vitest";
import { readNumber } from "../../../lib/calls/dial/number.ts";
import { type AskedCall, decide } from "../../../lib/calls/guard/guard.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import { callsWith, openSettings } from "../../support/calls.ts";

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
    decide({ ...call, ...asked }, settings, now);

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
      "`context` needs a context, and the setting `contexts` of this PBX is empty. Add the context to `contexts`.",
    ],
    [{}, { ...openSettings, contexts: [] }, "context", "context", "is empty"],
    [
      { context: "x" },
      openSettings,
      "context",
      "context",
      "`context` must be one of the `contexts` of this PBX; got x. Use one of them, or add it to `contexts`.",
    ],
    [{ channelContext: "x" }, openSettings, "context", "context", "must be one of the `contexts`"],
    [
      {},
      { contexts: ["users"], allowed_countries: ["US"] },
      "extension",
      "extension",
      "`extension` needs the setting `extension_pattern` of this PBX, which is missing. Set it, for example to [1-9][0-9]{2}.",
    ],
    [
      { extension: "1080" },
      openSettings,
      "extension",
      "extension",
      "`extension` must match the `extension_pattern` of this PBX; got another form. Use an extension that matches, or change the pattern.",
    ],
    [
      { extension: "112" },
      openSettings,
      "emergency",
      "extension",
      "`extension` must not be an emergency number; got one. Dial it on a phone.",
    ],
    [
      { extension: "108" },
      { contexts: ["users"], extension_pattern: "108" },
      "emergency",
      "extension",
      "`extension` must not be an emergency number; got an emergency number of at least one country. Set `country` of this PBX, so that only the emergency numbers of that country are refused.",
    ],
    [{ extension: "113" }, { ...openSettings, country: "IT" }, "emergency", "extension", "emergency"],
    [
      { variable: { name: "X" } },
      openSettings,
      "variable",
      "variable",
      "`variable` must set one of the `call_variables` of this PBX; got another name. Use one of them, or add the name to `call_variables`.",
    ],
    [
      {},
      { ...openSettings, timezone: "UTC", calling_hours: {} },
      "hours",
      "calling_hours",
      "`calling_hours` of this PBX do not include this time. Call within these hours, or change them.",
    ],
    [
      { destination: { kind: "emergency", digits: "112" } },
      openSettings,
      "emergency",
      "to",
      "`to` must not be an emergency number; got one. Dial it on a phone.",
    ],
    [
      { destination: { kind: "short", digits: "4242" } },
      openSettings,
      "short_number",
      "to",
      "`to` must be a number or one of the `short_numbers` of this PBX; got another short number. Add it to `short_numbers` to allow it.",
    ],
    [
      to("+8816123456789"),
      { ...openSettings, allowed_number_types: ["mobile"] },
      "satellite",
      "to",
      "`to` must not belong to a satellite or an international network; got such a number.",
    ],
    [
      to("+979123456789"),
      { ...openSettings, allowed_number_types: ["premium"] },
      "country",
      "to",
      "`to` must belong to a country; got a number that belongs to none. Check the country code.",
    ],
    [
      to("+390401234567"),
      openSettings,
      "country",
      "to",
      "`to` must be in one of the `allowed_countries` of this PBX; got a number in IT. Add IT to `allowed_countries` to allow it.",
    ],
    [
      to("+16144841500"),
      { country: "US", contexts: ["users"], extension_pattern: "108" },
      "country",
      "to",
      "got a number in US",
    ],
    [
      to("+19005551234"),
      openSettings,
      "number_type",
      "to",
      "`to` must have one of the types in `allowed_number_types` of this PBX; got premium. Add it to `allowed_number_types` to allow it.",
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
      "got unknown",
    ],
    [
      to("+16144841500"),
      { ...openSettings, country: "BR", dial_format: "national" },
      "dial_format",
      "to",
      "`to` cannot be written in the `dial_format` of this PBX. Set `country` of this PBX, or choose another `dial_format`.",
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

describe("an emergency line behind the prefix for calls outside", () => {
  const pbxs: [string, PbxSettings, string][] = [
    ["US", { outside_prefix: "9", extension_pattern: "[1-9][0-9]{2,3}" }, "9911"],
    ["FR", { outside_prefix: "9", extension_pattern: "[0-9]{3}" }, "915"],
    ["IT", { outside_prefix: "0", extension_pattern: "[0-9]{3,4}" }, "0112"],
  ];
  const bodies: [string, (phone: string) => object][] = [
    ["the extension of a call to a number", (extension) => ({ extension, to: "+16144841500" })],
    ["the extension that hears an application", (extension) => ({ extension, application: "Echo" })],
    ["a channel", (phone) => ({ channel: `Local/${phone}@users`, exten: "+16144841500" })],
    ["the number", (to) => ({ extension: "108", to })],
  ];
  it.each(pbxs.flatMap((pbx) => bodies.map((body) => [...pbx, ...body] as const)))(
    "in %s with %j: %s is refused as %s",
    async (country, settings, phone, _field, bodyOf) => {
      const { place, sent, audited } = callsWith({
        settings: { ...openSettings, ...settings, country, dial_format: "00" },
      });
      await expect(place(bodyOf(phone))).rejects.toMatchObject({
        code: "CALL_FORBIDDEN",
        reason: "emergency",
      });
      expect([sent, audited]).toMatchObject([[], [{ decision: "refused", reason: "emergency" }]]);
    },
  );
});
