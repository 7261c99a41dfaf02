import type { IsErased } from "../../erased-numbers.ts";
import { separatorClass } from "../../number-separators.ts";
import { isPhoneNumber } from "../../phone-number.ts";

const digit = "[0-9\\uff10-\\uff19]";
/** Between the digits of one number in a string, for example 030/1234567, but also between two numbers. */
const dividers = /[/\r\n]/g;
/** Digits with what people and programs put between them. */
const runs = new RegExp(`[+\\uff0b\\ufe62]?${digit}(?:[${separatorClass}/\\r\\n]*${digit})*`, "gu");
const groups = new RegExp(`[+\\uff0b\\ufe62]?${digit}+`, "gu");
/** A date has as many digits as a number. */
const dates = /\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?/g;

const fewestDigits = 6;
/** In a string that can be one number: with fewer digits, another person's number can contain the number. */
const fewestInside = 9;
const international = /^[^0-9\uff10-\uff19]*(?:[+\uff0b\ufe62]|[0\uff10]{2})/;
const mostDigits = 20;
const mostGroups = 8;

const digitsIn = (text: string): number => text.replace(/[^0-9\uff10-\uff19]/g, "").length;

/**
 * The text without the numbers that were erased; undefined if it has none. A string that is one number in international form is compared
 * as a whole. Without it, groups of digits can be several numbers, for example an extension and a number.
 */
export const withoutNumbers = (text: string, isErased: IsErased): string | undefined => {
  // the same length, so that positions stay
  const masked = text.replace(dates, (date) => "x".repeat(date.length));
  if (digitsIn(masked) < fewestDigits) return undefined;
  const isOne = isPhoneNumber(masked);
  if (isOne && isErased(masked)) return "";
  if (isOne && international.test(masked)) return undefined;
  let rest = "";
  let at = 0;
  for (const [start, end] of placesIn(masked, isErased, isOne ? fewestInside : fewestDigits)) {
    rest += text.slice(at, start);
    at = end;
  }
  return at === 0 ? undefined : rest + text.slice(at);
};

type Place = readonly [start: number, end: number];

/** Where erased numbers are in a string, for example behind a name or in the name of a channel. */
const placesIn = (text: string, isErased: IsErased, fewest: number): Place[] => {
  const places: Place[] = [];
  for (const { 0: run, index } of text.matchAll(runs)) {
    const found = [...run.matchAll(groups)].map(({ 0: group, index: at }): Place => {
      const start = index + at;
      return [start, start + group.length];
    });
    let end = 0;
    for (const [at, [start]] of found.entries()) {
      // a group of the number before
      if (start < end) continue;
      const longest = longestFrom(start, found.slice(at, at + mostGroups), text, isErased, fewest);
      if (longest === undefined) continue;
      end = longest;
      places.push([start, end]);
    }
  }
  return places;
};

/** The end of the longest erased number that begins here and ends with one of these groups. */
const longestFrom = (
  start: number,
  following: readonly Place[],
  text: string,
  isErased: IsErased,
  fewest: number,
): number | undefined =>
  following
    .map(([, end]) => end)
    .findLast((end) => {
      const candidate = text.slice(start, end).replace(dividers, "");
      const digits = digitsIn(candidate);
      return digits >= fewest && digits <= mostDigits && isErased(candidate);
    });
