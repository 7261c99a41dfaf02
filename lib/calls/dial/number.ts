import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/max";
import { defined } from "../../defined.ts";
import type { NumberType } from "../../pbxs/call-settings.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";

/** A number of a numbering plan, in the form in which it was read. */
export interface WorldNumber {
  /** `+` and digits. */
  readonly e164: string;
  /** Two letters; undefined for numbers without a country, for example of satellites. */
  readonly country: string | undefined;
  /** Undefined if the numbering plan does not say. `fixed_line` and `mobile` stand for both where a plan does not part them. */
  readonly types: readonly NumberType[];
  /** By calling code: the library calls some satellite numbers mobile. */
  readonly satellite: boolean;
}

const types: Readonly<Record<string, readonly NumberType[]>> = {
  FIXED_LINE: ["fixed_line"],
  MOBILE: ["mobile"],
  FIXED_LINE_OR_MOBILE: ["fixed_line", "mobile"],
  VOIP: ["voip"],
  TOLL_FREE: ["toll_free"],
  SHARED_COST: ["shared_cost"],
  PERSONAL_NUMBER: ["personal"],
  UAN: ["uan"],
  PAGER: ["pager"],
  VOICEMAIL: ["voicemail"],
  PREMIUM_RATE: ["premium"],
};

/**
 * Ranges of one country in another's plan that the phone library counts as the other: San Marino, Northern Cyprus (counted as
 * CY, because ISO 3166 has no code for it), Abkhazia, Western Sahara, mobile networks of Palestine, and Kosovo's numbers before its
 * own code in 2016. Calls there cost what calls abroad cost.
 */
const foreignRanges: readonly (readonly [prefix: string, country: string])[] = [
  ["+390549", "SM"],
  ["+90392", "CY"],
  ["+7840", "GE"],
  ["+7940", "GE"],
  ["+2125288", "EH"],
  ["+2125289", "EH"],
  ["+97256", "PS"],
  ["+97259", "PS"],
  ["+37744", "XK"],
  ["+37745", "XK"],
  ["+38643", "XK"],
  ["+38649", "XK"],
  ["+38128", "XK"],
  ["+38129", "XK"],
  ["+38138", "XK"],
  ["+38139", "XK"],
];

/** Inmarsat, global mobile satellite, international networks. Source: ITU, list of E.164 assigned country codes. */
const satelliteCodes: ReadonlySet<string> = new Set(["870", "881", "882", "883"]);

const knownCountry = (country = ""): CountryCode | undefined =>
  isSupportedCountry(country) ? country : undefined;

const parse = (text: string, country: string | undefined): PhoneNumber | undefined => {
  const defaultCountry = knownCountry(country);
  const number = parsePhoneNumberFromString(text, { extract: false, ...defined({ defaultCountry }) });
  return number?.isValid() ? number : undefined;
};

/** Digits, with or without `+`, as a number; those without are read in `country`. Undefined if it is not in a numbering plan. */
export const readNumber = (text: string, country: string | undefined): WorldNumber | undefined => {
  const number = parse(text, country);
  if (number === undefined) return undefined;
  return {
    e164: number.number,
    country: foreignRanges.find(([prefix]) => number.number.startsWith(prefix))?.[1] ?? number.country,
    types: types[number.getType() ?? ""] ?? [],
    satellite: satelliteCodes.has(number.countryCallingCode),
  };
};

/**
 * The number as this PBX dials it. Undefined if its format cannot express this number: the digits, read again in the PBX's
 * country, must be the same number.
 */
export const dialText = (e164: string, settings: PbxSettings): string | undefined => {
  const { dial_format: format = "e164_plus", outside_prefix: prefix = "", country } = settings;
  const digits = e164.slice(1);
  if (format === "e164_plus") return e164;
  if (format === "e164_digits") return prefix + digits;
  if (format === "00") return `${prefix}00${digits}`;
  const text = national(e164, country);
  return text !== undefined && readNumber(text, country)?.e164 === e164 ? prefix + text : undefined;
};

const national = (e164: string, country: string | undefined): string | undefined => {
  const fromCountry = knownCountry(country);
  const number = parse(e164, undefined);
  if (fromCountry === undefined || number === undefined) return undefined;
  // undefined, against its type, for countries that know several ways to dial abroad
  const text: string | undefined =
    number.country === fromCountry ? number.formatNational() : number.format("IDD", { fromCountry });
  return text?.replace(/\D/g, "");
};
