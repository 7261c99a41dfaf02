import * as z from "zod/mini";
import { isCountry } from "../numbering-plans.ts";
import { isZoneName } from "../zone-name.ts";

/** ISO 3166, two capital letters. */
export const country = z.string().check(z.refine(isCountry));

const digits = (most: number) => z.string().check(z.regex(new RegExp(`^[0-9]{1,${most}}$`)));
const cap = z.int().check(z.minimum(0), z.maximum(1_000_000));

/** Every cap of a PBX, with its default. A new cap is added here, and counted in lib/calls/guard/caps.ts. */
const defaultCaps = {
  /** Calls that one caller may place in a minute. */
  per_minute: 30,
  /** The others are for 24 hours from the first call: by one caller, to one number, through one PBX. */
  per_caller: 300,
  per_destination: 20,
  per_day: 1000,
};
export type PbxCap = keyof typeof defaultCaps;
const capNames = Object.keys(defaultCaps) as PbxCap[];
const optionalCap = z.optional(cap);
const caps = Object.fromEntries(capNames.map((name) => [name, optionalCap])) as Record<
  PbxCap,
  typeof optionalCap
>;

const time = "(?:[01]\\d|2[0-3]):[0-5]\\d";
/** `HH:MM-HH:MM`. The start must be before the end, so a range over midnight is written as two. */
const span = z.string().check(
  z.regex(new RegExp(`^${time}-(?:${time}|24:00)$`)),
  z.refine((text) => text.slice(0, 5) < text.slice(6)),
);
const zone = z.string().check(z.refine(isZoneName));

/** Kinds of numbers as libphonenumber distinguishes them, except those that are never dialled. */
export const numberTypes = [
  "fixed_line",
  "mobile",
  "voip",
  "toll_free",
  "shared_cost",
  "personal",
  "uan",
  "pager",
  "voicemail",
  "premium",
] as const;
export type NumberType = (typeof numberTypes)[number];

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const day = z.optional(z.array(span));
/** Time ranges by weekday. */
export const hours = z.strictObject({
  mon: day,
  tue: day,
  wed: day,
  thu: day,
  fri: day,
  sat: day,
  sun: day,
});

/** What may be called through a PBX. Closed by default: without countries, contexts and an extension pattern nothing is. */
export const callSettings = {
  /** Where numbers may be dialled to. */
  allowed_countries: z.optional(z.array(country)),
  allowed_number_types: z.optional(z.array(z.enum(numberTypes))),
  /** Short numbers that may be dialled unchanged. */
  short_numbers: z.optional(z.array(digits(8))),
  /** Digits before every number outside, as this PBX's dialplan wants them. */
  outside_prefix: z.optional(digits(4)),
  /** Names that `variable` may set. */
  call_variables: z.optional(z.array(z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)))),
  /** Where a call's mark travels, so that its row in history is known again. */
  call_marker: z.optional(z.enum(["account", "variable"])),
  /** IANA zone of the PBX's wall clock. */
  timezone: z.optional(zone),
  /** When calls may be placed, by the PBX's wall clock; absent: always. */
  calling_hours: z.optional(hours),
  caps: z.optional(z.strictObject(caps)),
};

/** The rule for each setting, after "must be" in a message. */
export const callSettingWords: Readonly<Record<keyof typeof callSettings, string>> = {
  allowed_countries: 'a list of countries, for example ["IT", "CH"]',
  allowed_number_types: `a list of ${numberTypes.join(", ")}`,
  short_numbers: "a list of strings of up to 8 digits",
  outside_prefix: "a string of up to 4 digits",
  call_variables: 'a list of names, for example ["CRM_ID"]',
  call_marker: "account or variable",
  timezone: "an IANA time zone, for example Europe/Rome, not an abbreviation or offset",
  calling_hours: 'an object such as {"mon": ["09:00-12:30", "14:00-18:00"]}',
  caps: `an object with ${capNames.join(", ")}: whole numbers`,
};

export const callDefaults = {
  number_types: ["fixed_line", "mobile", "voip", "toll_free"] as readonly NumberType[],
  caps: defaultCaps,
};
