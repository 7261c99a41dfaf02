import { invalid } from "../../input.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { isEmergency } from "./emergency.ts";
import { readNumber, type WorldNumber } from "./number.ts";

/** What the second leg reaches. */
export type Destination =
  | { readonly kind: "extension" | "short" | "emergency"; readonly digits: string }
  | { readonly kind: "number"; readonly number: WorldNumber };

/** Longest text that is looked at as a short number; no country has whole numbers that are shorter. */
const longestShort = 6;

/**
 * What digits mean at this PBX: an emergency line, one of its extensions, a short number, or a number of the world. A short
 * number need not be one that may be dialled. Throws INPUT_INVALID where they mean nothing.
 */
export const readDestination = (to: string, settings: PbxSettings): Destination => {
  const { country, outside_prefix: prefix } = settings;
  if (reachesEmergency(to, prefix, country)) return { kind: "emergency", digits: to };
  if (isExtension(to, settings)) return { kind: "extension", digits: to };
  if (settings.short_numbers?.includes(to)) return { kind: "short", digits: to };
  const number = readNumber(to, country);
  if (number !== undefined) return { kind: "number", number };
  if (!to.startsWith("+") && to.length <= longestShort) return { kind: "short", digits: to };
  throw invalid("to", whyNot(to, country));
};

const reachesEmergency = (to: string, prefix: string | undefined, country: string | undefined): boolean =>
  isEmergency(to, country) ||
  (prefix !== undefined && to.startsWith(prefix) && isEmergency(to.slice(prefix.length), country));

/** Whether digits are the whole of an extension of this PBX; without a pattern nothing is. */
export const isExtension = (digits: string, settings: PbxSettings): boolean =>
  settings.extension_pattern !== undefined && new RegExp(`^(?:${settings.extension_pattern})$`).test(digits);

/** The digits themselves are never said: errors end up in logs. */
const whyNot = (to: string, country: string | undefined): string => {
  if (to.startsWith("+")) return "is no number that exists. Check the country code and the digits.";
  const worldwide = readNumber(`+${to}`, undefined);
  const where = country === undefined ? "this PBX's country, which is not set" : country;
  if (worldwide === undefined)
    return `is no number in ${where}, and none with a + before it. Write it as + and country code.`;
  return `is no number in ${where}. With a + before the same digits (+${to.slice(0, 1)}…) it is one in ${worldwide.country ?? "no country"}: did you mean that?`;
};
