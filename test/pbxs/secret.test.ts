import { describe, expect, it } from "vitest";
import { parseSecret } from "../../lib/pbxs/secret.ts";
import badSecrets from "../fixtures/bad-secrets.json" with { type: "json" };
import { giveSecret } from "../support/leaks.ts";

const secretKey = giveSecret("pbxs-test-secret-0123456789abcdef");
// what bad-secrets.json has for secret keys, in full and in part
giveSecret("0123456789abcdef");
const secret = { host: "https://pbx.example.com", app_id: "app-1", app_name: "crm", secret_key: secretKey };

describe("configurations that are refused, each by name", () => {
  it("are 30 and more", () => expect(badSecrets.length).toBeGreaterThanOrEqual(30));
  it.each(badSecrets)("$name", ({ secret: text, field, says }) => {
    expect(() => parseSecret("milan", text)).toThrowError(
      expect.objectContaining({
        code: "PBX_SECRET_INVALID",
        field: field ?? undefined,
        message: expect.stringContaining(says),
      }),
    );
    expect(() => parseSecret("milan", text)).toThrowError(/^the secret of milan: /);
  });
});

describe("a secret that is right", () => {
  it.each([
    ["S2S", {}, { kind: "s2s", app_id: "app-1", app_name: "crm", secret_key: secretKey }],
    [
      "an API key",
      { app_id: undefined, app_name: undefined, secret_key: undefined, api_key: "wsk-v1-x" },
      { kind: "api_key", api_key: "wsk-v1-x" },
    ],
    [
      "a token",
      { app_id: undefined, app_name: undefined, secret_key: undefined, token: "access_x" },
      { kind: "token", token: "access_x" },
    ],
  ])("by %s", (_name, change, auth) => {
    const text = JSON.stringify({ ...secret, ...change });
    const expected = { connection: { host: secret.host, auth }, settings: {} };
    expect(parseSecret("milan", text)).toMatchObject(expected);
    expect(parseSecret("milan", `\uFEFF${text}`)).toMatchObject(expected);
  });
  it("with every setting", () => {
    const settings = {
      country: "IT",
      contexts: ["users"],
      dial_format: "00",
      extension_pattern: "[1-9]\\d{2}",
      own_numbers: ["0401"],
      date_format: "dmy",
      requests_per_second: 5,
      allowed_countries: ["IT", "CH"],
      allowed_number_types: ["mobile", "premium"],
      short_numbers: ["4242"],
      outside_prefix: "0",
      call_variables: ["CRM_ID"],
      call_marker: "variable",
      timezone: "Europe/Rome",
      calling_hours: { mon: ["09:00-12:30", "14:00-24:00"], sun: [] },
      caps: { per_minute: 0, per_caller: 5, per_destination: 2, per_day: 1_000_000 },
    };
    expect(
      parseSecret(
        "milan",
        JSON.stringify({
          ...secret,
          expires_at: "2027-05-01T00:00:00Z",
          webhook_secrets: ["a"],
          sqs_signing_key: "b",
          settings,
        }),
      ),
    ).toMatchObject({ settings });
  });
});

describe("pasted credentials", () => {
  it.each([
    ["secret_key", "\u200b", "U+200B"],
    ["app_id", "\u00a0", "U+00A0"],
    ["app_name", "\ufeff", "U+FEFF"],
  ])("with an invisible character in %s are refused by its name", (field, character, name) => {
    const value = `${Reflect.get(secret, field)}${character}`;
    expect(() => parseSecret("milan", JSON.stringify({ ...secret, [field]: value }))).toThrow(
      `\`${field}\` must not contain the invisible character ${name}. Copy it again.`,
    );
  });
  it.each([
    ["\u201c", "\u201d"],
    ["\u201e", "\u201c"],
    ["\u00ab", "\u00bb"],
    ["'", "'"],
    [' "', '" '],
  ])("in the quotation marks %s %s are refused by their field", (open, close) => {
    const value = `${open}${secretKey}${close}`;
    for (const [field, given] of [
      ["secret_key", value],
      ["app_id", value],
      ["webhook_secrets", ["a", value]],
      ["sqs_signing_key", value],
    ] as const)
      expect(() => parseSecret("milan", JSON.stringify({ ...secret, [field]: given }))).toThrow(
        `\`${field}\` must not have quotation marks around it. Copy it without them.`,
      );
  });
  it.each(['CRM "new"', "d'Italia", '"', "'a\""])("can have quotation marks inside: %s", (app_name) =>
    expect(parseSecret("milan", JSON.stringify({ ...secret, app_name })).connection.auth).toMatchObject({
      app_name,
    }),
  );
});

describe("the setting contexts", () => {
  it.each([" users", "users@x", "", "a b"])("has no dialplan %j, which no call could name", (context) =>
    expect(() =>
      parseSecret("milan", JSON.stringify({ ...secret, settings: { contexts: ["users", context] } })),
    ).toThrow("`settings.contexts.1` must be the name of a context, for example users."),
  );
});

describe("the setting timezone", () => {
  const read = (timezone: string) =>
    parseSecret("milan", JSON.stringify({ ...secret, settings: { timezone } }));
  it.each(["Europe/Rome", "america/new_york", "Etc/GMT-3", "America/Argentina/Buenos_Aires", "UTC"])(
    "can be %s",
    (zone) => expect(read(zone).settings.timezone).toBe(zone),
  );
  it.each(["+01:00", "EST", "GMT", "EST5EDT", "Z", "Europe/Rome ", "Etc/GMT-99", "Europe/Romee", ""])(
    "cannot be %j",
    (zone) => expect(() => read(zone)).toThrow("`settings.timezone` must be an IANA time zone"),
  );
});
