import { Temporal } from "temporal-polyfill";
import { ProductError } from "../../errors.ts";
import type { HistoryWindow } from "../../wms/history/call-history.ts";

/** A day of a PBX, `YYYY-MM-DD` on its own calendar. */
export type Day = string;

/** Reads a day as a caller wrote it; throws INPUT_INVALID with the field's name. */
export const parseDay = (text: string, field: string): Day => {
  const wrong = (detail: string): never => {
    throw new ProductError("INPUT_INVALID", { field, detail: `${field} ${detail}` });
  };
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return wrong("is no day. Write it as YYYY-MM-DD, such as 2026-11-01.");
  try {
    return Temporal.PlainDate.from(text).toString();
  } catch {
    return wrong("is a day that no calendar has. Check month and day.");
  }
};

/** The days from one to the other, both included; throws INPUT_INVALID where they are the wrong way round. */
export const daysBetween = (from: Day, to: Day): Day[] => {
  if (from > to) {
    throw new ProductError("INPUT_INVALID", {
      field: "from",
      detail: `from (${from}) is after to (${to}). Swap them.`,
    });
  }
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

/** The day so many days later, or earlier. */
export const shiftDay = (day: Day, by: number): Day =>
  Temporal.PlainDate.from(day).add({ days: by }).toString();

/** The zone by its IANA name. An offset or an abbreviation would be wrong for half of the year. Throws INPUT_INVALID. */
export const checkZone = (zone: string, field: string): string => {
  try {
    if (!/^UTC$|^[A-Z_]+\/[^\d].*$/i.test(zone)) throw new RangeError(zone);
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId;
  } catch {
    throw new ProductError("INPUT_INVALID", {
      field,
      detail: `${field} must be an IANA time zone such as Europe/Rome, not an abbreviation or offset; got ${zone}.`,
    });
  }
};

/** The day on a zone's calendar at an instant (epoch ms), shifted by `shift` days. */
export const dayAt = (zone: string, now: number, shift = 0): Day =>
  Temporal.Instant.fromEpochMilliseconds(now)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .add({ days: shift })
    .toString();

/** Gives the day back if it is over in that zone: rows still come until then, and a manifest would say that these are all. */
export const checkOver = (day: Day, zone: string, now: number, field: string): Day => {
  if (day <= dayAt(zone, now, -1)) return day;
  throw new ProductError("INPUT_INVALID", {
    field,
    detail: `${field} (${day}) is not over yet in ${zone}. The last day that can be exported is ${dayAt(zone, now, -1)}.`,
  });
};

/** The day as the PBX's wall clock has it: midnight to midnight, whatever the zone does in between. */
export const dayWindow = (day: Day): HistoryWindow => {
  const from = Date.parse(`${day}T00:00:00Z`) / 1000;
  return { from, to: from + 86_400 };
};

/** The day's first instant and the next day's, in UTC; 23 to 25 hours apart. */
export const dayInUtc = (day: Day, zone: string): { from: string; to: string } => {
  const first = Temporal.PlainDate.from(day);
  const text = (date: Temporal.PlainDate): string => date.toZonedDateTime(zone).toInstant().toString();
  return { from: text(first), to: text(first.add({ days: 1 })) };
};

/** Seconds east of UTC of a wall-clock time (seconds as if UTC); of an hour that comes twice, the first. */
export const offsetOf = (zone: string, local: number): number =>
  Temporal.Instant.fromEpochMilliseconds(local * 1000)
    .toZonedDateTimeISO("UTC")
    .toPlainDateTime()
    .toZonedDateTime(zone, { disambiguation: "earlier" }).offsetNanoseconds / 1e9;

/** Whether a zone has this offset at this wall-clock time; both are right in an hour that comes twice. */
export const offsetFits = (zone: string, local: number, offset: number): boolean =>
  Temporal.Instant.fromEpochMilliseconds((local - offset) * 1000).toZonedDateTimeISO(zone).offsetNanoseconds /
    1e9 ===
  offset;
