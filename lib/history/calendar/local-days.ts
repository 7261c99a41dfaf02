import { Temporal } from "temporal-polyfill";
import { ProductError } from "../../errors.ts";
import { shown } from "../../mask.ts";
import type { HistoryWindow } from "../../wms/history/call-history.ts";
import { isZoneName } from "../../zone-name.ts";

/** A day of a PBX, `YYYY-MM-DD` on its own calendar. */
export type Day = string;

const refusal = (field: string, detail: string): ProductError =>
  new ProductError("INPUT_INVALID", { field, detail: `\`${field}\` ${detail}` });

/**
 * Reads a day that a caller wrote. Throws INPUT_INVALID.
 * @param field the name that the caller used, for example `from`
 */
export const parseDay = (text: string, field: string): Day => {
  if (!/^\d{4}-\d\d-\d\d$/.test(text))
    throw refusal(field, `must be a day such as 2026-11-01; got ${shown(text)}. Write it as YYYY-MM-DD.`);
  try {
    return Temporal.PlainDate.from(text).toString();
  } catch {
    throw refusal(field, `must be a day of the calendar; got ${text}. Check month and day.`);
  }
};

/** Whether a string is a day of the calendar, written as `YYYY-MM-DD`. */
export const isDay = (text: string): boolean => {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
};

/** The days from one to the other, both included. Throws INPUT_INVALID if `from` is after `to`. */
export const daysBetween = (from: Day, to: Day): Day[] => {
  if (from > to) throw refusal("from", `must not be after ${to}; got ${from}. Swap the two days.`);
  const last = Temporal.PlainDate.from(to);
  const days: Day[] = [];
  for (
    let day = Temporal.PlainDate.from(from);
    Temporal.PlainDate.compare(day, last) <= 0;
    day = day.add({ days: 1 })
  ) {
    days.push(day.toString());
  }
  return days;
};

/** The day that is so many days later. A negative number gives an earlier day. */
export const shiftDay = (day: Day, by: number): Day =>
  Temporal.PlainDate.from(day).add({ days: by }).toString();

/** A zone for a message. In a table of PBXs, a secret or a number can be in its column. */
const shownZone = (zone: string): string =>
  zone.length <= 40 && zone.replace(/\D/g, "").length <= 8 ? shown(zone) : "other text";

/** The zone by its IANA name, in the name's own capitals. Throws INPUT_INVALID. */
export const checkZone = (zone: string, field: string): string => {
  if (isZoneName(zone)) return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
  throw refusal(
    field,
    `must be an IANA time zone such as Europe/Rome, not an abbreviation or offset; got ${shownZone(zone)}.`,
  );
};

/** The day on a zone's calendar at an instant (epoch ms), shifted by `shift` days. */
export const dayAt = (zone: string, now: number, shift = 0): Day =>
  Temporal.Instant.fromEpochMilliseconds(now)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .add({ days: shift })
    .toString();

/**
 * The day, if it is over in the time zone. Until then more rows come, and a manifest would say that these are all.
 * Throws INPUT_INVALID.
 */
export const checkOver = (day: Day, zone: string, now: number, field: string): Day => {
  const last = dayAt(zone, now, -1);
  if (day <= last) return day;
  throw refusal(field, `must be a day that is over in ${zone}; got ${day}. Use ${last} or an earlier day.`);
};

/** The day on the PBX's wall clock: midnight to midnight, even if the zone changes its offset in between. */
export const dayWindow = (day: Day): HistoryWindow => {
  const from = Date.parse(`${day}T00:00:00Z`) / 1000;
  return { from, to: from + 86_400 };
};

/** The first instants of the day and of the next day, in UTC. They are 23 to 25 hours apart. */
export const dayInUtc = (day: Day, zone: string): { from: string; to: string } => {
  const first = Temporal.PlainDate.from(day);
  const text = (date: Temporal.PlainDate): string => date.toZonedDateTime(zone).toInstant().toString();
  return { from: text(first), to: text(first.add({ days: 1 })) };
};

/** Seconds east of UTC at a wall-clock time (seconds as if UTC). In an hour that occurs twice, those of the first. */
export const offsetOf = (zone: string, local: number): number =>
  Temporal.Instant.fromEpochMilliseconds(local * 1000)
    .toZonedDateTimeISO("UTC")
    .toPlainDateTime()
    .toZonedDateTime(zone, { disambiguation: "earlier" }).offsetNanoseconds / 1e9;

/**
 * The instants (epoch seconds) at which a zone's wall clock shows a time (seconds as if UTC), earliest first: two in an hour that
 * occurs twice. A time that is skipped gives those by the offsets before and after.
 */
export const instantsOf = (zone: string, local: number): number[] => {
  const time = Temporal.Instant.fromEpochMilliseconds(local * 1000)
    .toZonedDateTimeISO("UTC")
    .toPlainDateTime();
  const instants = (["earlier", "later"] as const).map(
    (disambiguation) => time.toZonedDateTime(zone, { disambiguation }).epochMilliseconds / 1000,
  );
  return [...new Set(instants)];
};

/** Seconds on a zone's wall clock, as if UTC, at an instant (epoch ms). */
export const localAt = (zone: string, now: number): number =>
  now / 1000 + Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).offsetNanoseconds / 1e9;

/** Whether a zone has this offset at this wall-clock time. In an hour that occurs twice, both offsets fit. */
export const offsetFits = (zone: string, local: number, offset: number): boolean =>
  Temporal.Instant.fromEpochMilliseconds((local - offset) * 1000).toZonedDateTimeISO(zone).offsetNanoseconds /
    1e9 ===
  offset;
