import * as z from "zod/mini";
import { defined } from "../defined.ts";
import { didYouMean } from "../did-you-mean.ts";
import { compilePattern } from "../digit-pattern.ts";
import { ProductError } from "../errors.ts";
import { firstIssue, keysAt } from "../input.ts";
import { nearCountry } from "../numbering-plans.ts";
import { isPhoneNumber } from "../phone-number.ts";
import {
  type Auth,
  type AuthField,
  authChoices,
  authFields,
  notTogether,
  readAuth,
} from "../wms/auth-kinds.ts";
import { CodedError } from "../wms/errors.ts";
import { isJsonObject } from "../wms/json.ts";
import { checkConnection, typographicQuotes } from "../wms/signing/host.ts";
import type { Connection } from "../wms/types.ts";
import { type JsonPath, readWrittenJson } from "../written-json.ts";
import { callSettings, callSettingWords, country, numberTypes } from "./call-settings.ts";
import {
  callbackFault,
  callbackSettings,
  callbackSettingWords,
  callbackValueWords,
} from "./callback-settings.ts";

const text = z.string().check(z.minLength(1));
/** A longer secret is a mistake. */
const longestPattern = 100;
const pattern = text.check(
  z.refine((source) => source.length <= longestPattern && compilePattern(source) !== undefined),
);

/** How this PBX is used. Every field has a default: see docs/configuration.md. */
const settingsSchema = z.strictObject({
  /** Two letters, ISO 3166: how bare digits are read. */
  country: z.optional(country),
  /** Contexts (parts of the dialplan) that calls may be placed in. */
  contexts: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)))),
  dial_format: z.optional(z.enum(["e164_plus", "e164_digits", "00", "national"])),
  /** Regular expression of a whole extension. */
  extension_pattern: z.optional(pattern),
  /** Numbers of this PBX, however they are written. */
  own_numbers: z.optional(z.array(z.string().check(z.refine(isPhoneNumber)))),
  /** The field of history that has one id for all legs of a call. */
  call_id_field: z.optional(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/))),
  /** How the PBX reads dates in filters. */
  date_format: z.optional(z.enum(["iso", "dmy", "mdy"])),
  /** The export of agents has their e-mail addresses. */
  export_emails: z.optional(z.boolean()),
  requests_per_second: z.optional(z.number().check(z.minimum(0.1), z.maximum(100))),
  ...callSettings,
  callbacks: z.optional(callbackSettings),
});

const authSchema = Object.fromEntries(authFields.map((field) => [field, z.optional(text)])) as Record<
  AuthField,
  z.ZodMiniOptional<typeof text>
>;

const secretSchema = z.strictObject({
  host: text,
  ...authSchema,
  /** Name of the PBX whose credentials serve this one too. */
  credentials_from: z.optional(text),
  /** Secrets of the PBX's webhooks; several while one replaces another. */
  webhook_secrets: z.optional(z.array(text)),
  /** The key of the SQS transport; a list while one replaces another. */
  sqs_signing_key: z.optional(z.union([text, z.array(text)])),
  /** When the credentials end, ISO 8601. */
  expires_at: z.optional(z.iso.datetime({ offset: true })),
  settings: z.optional(settingsSchema),
});

export type PbxSettings = z.infer<typeof settingsSchema>;

/** A PBX's secret, checked. Its credentials are of one kind of lib/wms/auth-kinds.ts. */
export interface PbxSecret {
  readonly connection: Connection;
  readonly settings: PbxSettings;
  readonly expiresAt: string | undefined;
  /** The newest is the last. */
  readonly webhookSecrets: readonly string[];
  /** The newest is the last. */
  readonly sqsSigningKeys: readonly string[];
}

const refuse = (pbx: string, field: string | undefined, detail: string, cause?: unknown): never => {
  throw new ProductError("PBX_SECRET_INVALID", {
    detail: `the secret of ${pbx}: ${detail}`,
    ...defined({ field, cause }),
  });
};

/** Reads the JSON text of a secret. Throws PBX_SECRET_INVALID that names the PBX and the key, and never a value. */
export const parseSecret = (
  pbx: string,
  json: string,
): PbxSecret & { readonly credentialsFrom: string | undefined } => {
  return readSecret(pbx, readSecretJson(pbx, json));
};

const readSecretJson = (pbx: string, json: string): unknown => {
  // a plain password
  if (/^\s*[^\s{]/.test(json)) return refuseForm(pbx);
  return readWrittenJson(json, (why) => refuse(pbx, undefined, `it ${why}`));
};

const refuseForm = (pbx: string): never =>
  refuse(pbx, undefined, 'it must be a JSON object. Write {"host": …, "app_id": …}.');

/** The same for a value that is parsed already. */
const readSecret = (
  pbx: string,
  value: unknown,
): PbxSecret & { readonly credentialsFrom: string | undefined } => {
  if (!isJsonObject(value)) return refuseForm(pbx);
  const parsed = secretSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) return refuseIssue(pbx, firstIssue(parsed.error.issues), value);
  const secret = parsed.data;
  for (const field of authFields) refusePasted(pbx, field, secret[field]);
  const webhookSecrets = secret.webhook_secrets ?? [];
  const sqsSigningKeys = [secret.sqs_signing_key ?? []].flat();
  for (const value of webhookSecrets) refusePasted(pbx, "webhook_secrets", value);
  for (const value of sqsSigningKeys) refusePasted(pbx, "sqs_signing_key", value);
  const borrowed = secret.credentials_from;
  const auth = authOf(pbx, secret);
  if (borrowed !== undefined && auth !== undefined) {
    refuse(
      pbx,
      "credentials_from",
      "it must not have both `credentials_from` and its own credentials. Keep one of them.",
    );
  }
  if (borrowed === pbx)
    refuse(
      pbx,
      "credentials_from",
      "`credentials_from` must not name this PBX itself. Name the PBX that has the credentials.",
    );
  checkSettings(pbx, secret.settings ?? {});
  const connection: Connection = { host: secret.host, auth: auth ?? { kind: "token", token: "borrowed" } };
  checked(pbx, connection);
  return {
    connection,
    settings: secret.settings ?? {},
    expiresAt: secret.expires_at,
    webhookSecrets,
    sqsSigningKeys,
    credentialsFrom: borrowed,
  };
};

/** Line breaks, non-breaking spaces and invisible characters, which a paste can include. Credentials never contain them. */
const invisible = /[\p{Cc}\p{Cf}\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;

/** Quotation marks around a value, which a word processor or a file of variables can add. */
const quoted = new RegExp(`^(?:(["'\`]).*\\1|[${typographicQuotes}].*[${typographicQuotes}])$`, "su");

/** Refuses what a paste can add to credentials. Throws PBX_SECRET_INVALID. */
const refusePasted = (pbx: string, field: string, value = ""): void => {
  if (quoted.test(value.trim()))
    refuse(pbx, field, `\`${field}\` must not have quotation marks around it. Copy it without them.`);
  const code = invisible.exec(value)?.[0].codePointAt(0);
  if (code === undefined) return;
  const name =
    code === 10 || code === 13
      ? "a line break"
      : `the invisible character U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  refuse(pbx, field, `\`${field}\` must not contain ${name}. Copy it again.`);
};

/** Refuses settings that are valid separately but contradict each other. */
const checkSettings = (pbx: string, settings: PbxSettings): void => {
  if (settings.calling_hours !== undefined && settings.timezone === undefined)
    refuse(
      pbx,
      "settings.timezone",
      "`settings.timezone` must be set if `settings.calling_hours` is set. Give the zone of the hours.",
    );
  if (settings.outside_prefix !== undefined && (settings.dial_format ?? "e164_plus") === "e164_plus")
    refuse(
      pbx,
      "settings.outside_prefix",
      "`settings.outside_prefix` must not be set with dial_format e164_plus. Set dial_format to 00, national or e164_digits.",
    );
  if (settings.dial_format === "national" && settings.country === undefined)
    refuse(
      pbx,
      "settings.country",
      "`settings.country` must be set if dial_format is national. Give the country, for example IT.",
    );
  const fault = callbackFault(settings.callbacks, settings);
  if (fault !== undefined) refuse(pbx, fault.field, fault.detail);
};

const checked = (pbx: string, connection: Connection): void => {
  try {
    checkConnection(connection);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    refuse(pbx, error.field, error.message, error);
  }
};

const authOf = (pbx: string, secret: z.infer<typeof secretSchema>): Auth | undefined => {
  const read = readAuth(secret);
  switch (read.found) {
    case "one":
      return read.auth;
    case "several":
      return refuse(pbx, read.given[1]?.[0], notTogether(read.given.flat()));
    case "part":
      return refuse(
        pbx,
        read.missing[0],
        `\`${read.missing.join("`, `")}\` must be set, because the secret has ${read.given.join(", ")}.`,
      );
    case "none":
      if (secret.credentials_from !== undefined) return undefined;
      return refuse(pbx, authFields[0], `it must have credentials. Give ${authChoices()}.`);
  }
};

/** The names of the keys, for errors and documentation. */
export const secretKeys: readonly string[] = Object.keys(secretSchema.def.shape);
export const settingKeys: readonly string[] = Object.keys(settingsSchema.def.shape);

/** How a setting is written in a cell of a table: unchanged, as a list with commas, as a number or switch, or as JSON. */
export const cellOf = (setting: string): "text" | "list" | "scalar" | "json" => {
  const shape: Readonly<
    Record<string, { readonly def: { readonly innerType: z.core.$ZodType } } | undefined>
  > = settingsSchema.def.shape;
  const type = shape[setting]?.def.innerType._zod.def.type;
  if (type === "array") return "list";
  if (type === "number" || type === "boolean") return "scalar";
  return type === "string" || type === "enum" ? "text" : "json";
};

/** The rule for each field, after "must be" in a message. Messages never show the value. */
const expected: Readonly<Record<string, string>> = {
  country: "the code of a country, two capital letters such as IT",
  contexts: 'a list of contexts, for example ["users"]',
  dial_format: "one of e164_plus, e164_digits, 00, national",
  extension_pattern:
    "a regular expression of digits, [ ], \\d, ( ), |, ?, *, + and { }, for example [1-9][0-9]{2}",
  own_numbers: "a list of phone numbers as strings, each with + and its country code",
  call_id_field: "the name of a field, for example linkedid",
  date_format: "one of iso, dmy, mdy",
  export_emails: "true or false",
  requests_per_second: "a number from 0.1 to 100",
  ...callSettingWords,
  callbacks: `an object with ${Object.keys(callbackSettingWords).join(", ")}`,
  ...Object.fromEntries(
    Object.entries(callbackSettingWords).map(([key, words]) => [`callbacks.${key}`, words]),
  ),
  webhook_secrets: "a list of secrets",
  sqs_signing_key: "a string that is not empty, or a list of such strings",
  expires_at: "a time such as 2027-01-31T18:00:00Z",
  settings: "an object",
};

/** The rule for each value inside a field. */
const inside: Readonly<Record<string, string>> = {
  contexts: "the name of a context, for example users",
  own_numbers: "a phone number as a string, with + and its country code",
  allowed_countries: "the code of a country, two capital letters such as IT",
  allowed_number_types: `one of ${numberTypes.join(", ")}`,
  short_numbers: "a string of up to 8 digits",
  call_variables: "a name of letters, digits and underscores, for example CRM_ID",
  calling_hours: "a time range within one day, for example 09:00-12:30; write a range over midnight as two",
  caps: "a whole number from 0 to 1 million",
  webhook_secrets: "a string that is not empty",
  ...Object.fromEntries(
    Object.entries(callbackValueWords).map(([key, words]) => [`callbacks.${key}`, words]),
  ),
};

/** Refuses a field that is unknown at a path. Throws PBX_SECRET_INVALID; `beside`: fields that a list of PBXs knows too. */
export const refuseUnknown = (
  pbx: string,
  path: JsonPath,
  key: string,
  beside: readonly string[] = [],
): never => {
  const field = [...path, key].join(".");
  const known = [...keysAt(secretSchema, path), ...beside];
  const meant = meantField(key, known, path.length === 0 ? settingKeys : []);
  // a list of many fields is too long
  const fix = path.length < 2 ? "Remove it." : `Use ${known.join(", ")}.`;
  return refuse(
    pbx,
    field,
    `the field \`${field}\` is unknown. ${meant === undefined ? fix : `Did you mean ${meant}?`}`,
  );
};

/** The field that a typing error, or a longer name such as `Monday`, probably stands for: at the top, a setting too. */
const meantField = (
  key: string,
  known: readonly string[],
  settings: readonly string[],
): string | undefined => {
  const similar = didYouMean(key, [...known, ...settings]);
  // `lun` is a Monday, and near to `sun`: names of days are short
  const isOther = similar?.length === 3 && similar[0] !== key[0]?.toLowerCase();
  const near = (isOther ? undefined : similar) ?? known.find((name) => key.toLowerCase().startsWith(name));
  return near === undefined || known.includes(near) ? near : `settings.${near}`;
};

const refuseIssue = (pbx: string, issue: z.core.$ZodIssue | undefined, value: unknown): never => {
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === "unrecognized_keys") return refuseUnknown(pbx, path, issue.keys[0] ?? "");
  const field = path.join(".");
  if (field === "host" && valueAt(value, path) === undefined)
    return refuse(
      pbx,
      field,
      "`host` must be set. Give the address of the PBX, for example https://NAME.wildixin.com.",
    );
  const key = keyAt(path);
  const depth = path[0] !== "settings" ? 1 : path[1] === "callbacks" ? 3 : 2;
  const words = path.length > depth ? (inside[key] ?? expected[key]) : expected[key];
  // one item in place of a list
  const isItem = issue?.code === "invalid_type" && issue.expected === "array";
  const isList = isItem && path.length > depth;
  const country = countrySettings.has(key) ? nearCountry(String(valueAt(value, path))) : undefined;
  const near = isItem && country !== undefined ? `["${country}"]` : country;
  return refuse(
    pbx,
    field,
    `\`${field}\` must be ${isList ? "a list; each item must be " : ""}${words ?? "a string that is not empty"}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
  );
};

/** The key of `expected` for a path. */
const keyAt = (path: readonly string[]): string => {
  if (path[0] !== "settings") return path[0] ?? "";
  if (path[1] === "callbacks" && path[2] !== undefined) return `callbacks.${path[2]}`;
  return path[1] ?? "settings";
};

const countrySettings: ReadonlySet<string> = new Set(["country", "allowed_countries", "callbacks.countries"]);

const valueAt = (value: unknown, path: readonly string[]): unknown => {
  let at = value;
  for (const step of path) at = (at as Readonly<Record<string, unknown>>)[step];
  return at;
};
