import { matchesPattern } from "../../digit-pattern.ts";
import { reachesEmergency } from "../../emergency.ts";
import { invalid } from "../../input.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { readNumber, type WorldNumber } from "./number.ts";

/** What the second leg reaches. */
export type Destination =
  | { readonly kind: "extension" | "short" | "emergency"; readonly digits: string }
  | { readonly kind: "number"; readonly number: WorldNumber };

/** Longest text that is looked at as a short number; no country has whole numbers that are shorter. */
const longestShort = 6;

/**
 * What digits mean at this PBX: an emergency line, one of its extensions, a short number, or a number of the world. A short
 * number need not be one that may be dialled. Throws INPUT_INVALID if they mean nothing.
 */
export const readDestination = (to: string, settings: PbxSettings): Destination => {
  const { country } = settings;
  if (reachesEmergency(to, settings)) return { kind: "emergency", digits: to };
  if (isExtension(to, settings)) return { kind: "extension", digits: to };
  if (settings.short_numbers?.includes(to)) return { kind: "short", digits: to };
  const number = readNumber(to, country);
  if (number !== undefined) return { kind: "number", number };
  if (!to.startsWith("+") && to.length <= longestShort) return { kind: "short", digits: to };
  throw invalid("to", whyNot(to, country));
};

/** Whether digits are the whole of an extension of this PBX; without a pattern nothing is. */
export const isExtension = (digits: string, settings: PbxSettings): boolean =>
  settings.extension_pattern !== undefined && matchesPattern(settings.extension_pattern, digits);

/** The message does not repeat the digits: errors are written to logs. */
const whyNot = (to: string, country: string | undefined): string => {
  const old = oldForm(to);
  if (old !== undefined) return old;
  if (to.startsWith("+"))
    return "must be a valid phone number; no country has numbers of this form. Check the country code and the digits.";
  const begin = "begin with + and a country code";
  const wanted = country === undefined ? `must ${begin}` : `must be a number in ${country}, or ${begin}`;
  const worldwide = readNumber(`+${to}`, undefined);
  const other = country === undefined ? "digits without them" : "neither";
  if (worldwide === undefined) return `${wanted}; got ${other}. Write + and the country code.`;
  return `${wanted}; got digits that need a +. Did you mean +${to.slice(0, 1)}…, a number in ${worldwide.country ?? "no country"}?`;
};

/**
 * Mexico dropped the 1 after +52 in 2019, and address books still have it. The phone library refuses it.
 * Source: IFT, numbering plan of 3 August 2019.
 */
const oldForm = (to: string): string | undefined => {
  const [, prefix, rest] = /^(\+|00|011)?521([0-9]{10})$/.exec(to) ?? [];
  if (rest === undefined || readNumber(`+52${rest}`, undefined) === undefined) return undefined;
  const known = `${prefix === "+" ? "+" : ""}52`;
  return `must not have a 1 after ${known}; got the old form of a number in Mexico. Remove the 1: ${known} and ten digits.`;
};
