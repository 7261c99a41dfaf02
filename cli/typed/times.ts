import { defined } from "../../lib/defined.ts";
import { type Day, dayAt, daysBetween, isDay, shiftDay } from "../../lib/history/calendar/local-days.ts";
import { shown } from "../../lib/mask.ts";
import { UsageError } from "../terminal/output.ts";

/** A day, and the seconds since its midnight if a time was typed. */
export interface Moment {
  readonly day: Day;
  readonly seconds: number | undefined;
}

/** What was typed; `today` is the date on the clock that it is meant by. */
export type TypedMoment = (today: Day) => Moment;

const daysFromToday = (typed: string): number | undefined => {
  // a minus that was copied from a page
  const text = typed.toLowerCase().replace(/^[\u2010-\u2015\u2212]/, "-");
  if (text === "today") return 0;
  if (text === "yesterday") return -1;
  return /^[+-]\d{1,4}d$/.test(text) ? Number(text.slice(0, -1)) : undefined;
};

/**
 * Reads an option's day (`2026-11-01`, `today`, `yesterday`, `-7d`) or time (`2026-11-01 09:00`, with or without seconds).
 * Throws UsageError that names the option; `wanted` says what it takes.
 */
export const readMoment = (
  text: string,
  option: string,
  wanted = "a day such as 2026-11-01",
): TypedMoment => {
  const days = daysFromToday(text.trim());
  if (days !== undefined) return (today) => ({ day: shiftDay(today, days), seconds: undefined });
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text.trim());
  if (match === null) throw wrong(option, wanted, text);
  const [, day = "", hour, minute, second = "0"] = match;
  checkDay(day, option, text);
  if (hour === undefined) return () => ({ day, seconds: undefined });
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    throw wrong(option, "a time from 00:00:00 to 23:59:59", text);
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  return () => ({ day, seconds });
};

/** Reads an option's day, for options that take only whole days. Throws UsageError that names the option. */
const readDay = (text: string, option: string): ((today: Day) => Day) => {
  const moment = readMoment(text, option);
  const { day, seconds } = moment(firstDay);
  if (seconds !== undefined)
    throw new UsageError(
      `\`${option}\` must be a whole day, without a time; got ${text}. Give only the day: ${day}.`,
    );
  return (today) => moment(today).day;
};

/**
 * Reads an option's instant as epoch ms: all that `readMoment` takes, in UTC, or a time with its zone
 * (`2027-01-31T18:00:00Z`). Throws UsageError that names the option.
 */
export const readInstant = (text: string, option: string, now: number): number => {
  const zoned = /^(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i.exec(text.trim());
  if (zoned !== null) {
    checkDay(zoned[1] ?? "", option, text);
    const ms = Date.parse(text.trim().replace(" ", "T"));
    if (!Number.isNaN(ms)) return ms;
  }
  const wanted = "a day such as 2027-01-31 (UTC) or a time such as 2027-01-31T18:00:00Z";
  const { day, seconds = 0 } = readMoment(text, option, wanted)(dayAt("UTC", now));
  return Date.parse(`${day}T00:00:00Z`) + seconds * 1000;
};

const mostDaysAhead = 366;
const firstDay: Day = "1970-01-01";

/** The days of `--from` and `--to`, both included. Throws UsageError. */
export const readDays = (
  { from, to }: { from: string; to: string },
  now: number,
): ((zone: string) => Day[]) => {
  const [first, last] = [readDay(from, "--from"), readDay(to, "--to")];
  const days = (zone: string): Day[] => {
    const today = dayAt(zone, now);
    const range = [first(today), last(today)] as const;
    if (range[0] > range[1]) throw swapped(from, to);
    // a typing error in the year must not mean millions of days
    if (range[1] > shiftDay(today, mostDaysAhead)) throw wrong("--to", "a day that is over", to);
    return daysBetween(...range);
  };
  // a wrong order is found before a PBX is asked
  days("UTC");
  return days;
};

/** The days of those of `--from` and `--to` that are given, in UTC. Throws UsageError. */
export const readGivenDays = (
  { from, to }: { readonly from?: string; readonly to?: string },
  now: number,
): { readonly from?: Day; readonly to?: Day } => {
  const dayOf = (text: string | undefined, option: string): Day | undefined =>
    text === undefined ? undefined : readDay(text, option)(dayAt("UTC", now));
  const [first, last] = [dayOf(from, "--from"), dayOf(to, "--to")];
  if (from !== undefined && to !== undefined && first !== undefined && last !== undefined && first > last)
    throw swapped(from, to);
  return defined({ from: first, to: last });
};

export const swapped = (from: string, to: string): UsageError =>
  new UsageError(`\`--from\` must not be after \`--to\`; got ${from} and ${to}. Swap them.`);

/** No PBX has calls before 1970, and a typing error in the year must not mean thousands of days. Throws UsageError. */
const checkDay = (day: string, option: string, text: string): void => {
  if (!isDay(day)) throw wrong(option, "a day of the calendar", text);
  if (day < firstDay) throw wrong(option, `a day from ${firstDay} on`, text);
};

const wrong = (option: string, wanted: string, text: string): UsageError =>
  new UsageError(`\`${option}\` must be ${wanted}; got ${shown(text)}.`);
