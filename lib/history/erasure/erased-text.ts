import type { IsErased } from "../../erased-numbers.ts";
import { isPhoneNumber, separatorClass } from "../../phone-number.ts";

const digit = "[0-9\\uff10-\\uff19]";
/** Digits with what people and programs put between them. */
const runs = new RegExp(`[+\\uff0b\\ufe62]?${digit}(?:[${separatorClass}]*${digit})*`, "gu");
const groups = new RegExp(`[+\\uff0b\\ufe62]?${digit}+`, "gu");
/** A date has as many digits as a number. */
const dates = /\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?/g;

const fewestDigits = 6;
const mostDigits = 20;
const mostGroups = 8;

const digitsIn = (text: string): number => text.replace(/[^0-9\uff10-\uff19]/g, "").length;

/** The text without the numbers that were erased; undefined if it has none. A text that is one number is compared as a whole. */
export const withoutNumbers = (text: string, isErased: IsErased): string | undefined => {
  // the same length, so that positions stay
  const masked = text.replace(dates, (date) => "x".repeat(date.length));
  if (digitsIn(masked) < fewestDigits) return undefined;
  if (isPhoneNumber(masked)) return isErased(masked) ? "" : undefined;
  let rest = "";
  let at = 0;
  for (const [start, end] of placesIn(masked, isErased)) {
    rest += text.slice(at, start);
    at = end;
  }
  return at === 0 ? undefined : rest + text.slice(at);
};

type Place = readonly [start: number, end: number];

/** Where erased numbers are in a text, for example behind a name or in the name of a channel. */
const placesIn = (text: string, isErased: IsErased): Place[] => {
  const places: Place[] = [];
  for (const { 0: run, index } of text.matchAll(runs)) {
    const found = [...run.matchAll(groups)].map(({ 0: group, index: at }): Place => {
      const start = index + at;
      return [start, start + group.length];
    });
    for (let first = 0; first < found.length; first++) {
      const last = longestFrom(found, first, text, isErased);
      const [from, to] = [found[first], last === undefined ? undefined : found[last]];
      if (last === undefined || from === undefined || to === undefined) continue;
      places.push([from[0], to[1]]);
      first = last;
    }
  }
  return places;
};

/** The last group of the longest erased number that begins with this group. */
const longestFrom = (
  found: readonly Place[],
  first: number,
  text: string,
  isErased: IsErased,
): number | undefined => {
  const start = found[first]?.[0] ?? 0;
  for (let last = Math.min(found.length, first + mostGroups) - 1; last >= first; last--) {
    const candidate = text.slice(start, found[last]?.[1]);
    const digits = digitsIn(candidate);
    if (digits >= fewestDigits && digits <= mostDigits && isErased(candidate)) return last;
  }
  return undefined;
};
