import { readDestination } from "../calls/calls.ts";
import { isError } from "../errors.ts";
import { invalid } from "../input.ts";
import type { NumberType } from "../pbxs/call-settings.ts";
import type { PbxSettings } from "../pbxs/secret.ts";
import { cleanNumber, sameNumber } from "../phone-number.ts";

/** A number that is called back. */
export interface CalledNumber {
  readonly e164: string;
  readonly country: string;
}

const kinds: readonly NumberType[] = ["fixed_line", "mobile", "voip"];

/**
 * A number as the PBX wrote it, if it may be called back: calling back is what fraud by one ring wants. Undefined for withheld
 * numbers, extensions, own, emergency and short numbers, other countries and kinds.
 */
export const calledNumber = (
  text: string,
  settings: PbxSettings,
  countries: readonly string[],
): CalledNumber | undefined => {
  const clean = cleanNumber(text);
  if ("refused" in clean) return undefined;
  const destination = destinationOf(clean.number, settings);
  if (destination?.kind !== "number") return undefined;
  const { e164, types } = destination.number;
  // numbers of satellites have no country
  const country = countries.find((listed) => listed === destination.number.country);
  if (country === undefined) return undefined;
  if (types.length === 0 || types.some((type) => !kinds.includes(type))) return undefined;
  const style = { country: settings.country, outsidePrefix: settings.outside_prefix };
  return settings.own_numbers?.some((own) => sameNumber(own, e164, style)) ? undefined : { e164, country };
};

const kindNames = {
  extension: "an extension",
  short: "a short number",
  emergency: "an emergency number",
} as const;

/** Digits, with or without `+`, as a phone number in E.164. Throws INPUT_INVALID that says what else they are. */
export const readWorldNumber = (to: string, settings: PbxSettings): string => {
  const destination = readDestination(to, settings);
  if (destination.kind === "number") return destination.number.e164;
  throw invalid("to", `must be a phone number; got ${kindNames[destination.kind]}.`);
};

/** Digits that mean nothing are not a destination. */
const destinationOf = (number: string, settings: PbxSettings) => {
  try {
    return readDestination(number, settings);
  } catch (error) {
    if (isError(error, "INPUT_INVALID")) return undefined;
    throw error;
  }
};

/** `+39333…67`: enough to know a caller again, not enough to call. */
export const shownNumber = (e164: string): string => `${e164.slice(0, 6)}…${e164.slice(-2)}`;
