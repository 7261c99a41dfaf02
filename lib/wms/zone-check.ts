import { parseLocal } from "./local-time.ts";

/** What is known of where a PBX is. */
export interface ExpectedZone {
  /** IANA zone. */
  readonly zone: string;
  /** ISO 3166, two letters; its zones are named first. */
  readonly country?: string;
}

const named = 5;

/** The offset of a zone at a time, for example "+01:00". Throws RangeError for an unknown zone. */
const offsetAt = (zone: string, epochMs: number): string => {
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  const name = format.formatToParts(epochMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
  return name.replace("GMT", "") || "+00:00";
};

/** TypeScript's library lacks it: https://github.com/tc39/proposal-intl-locale-info */
type LocaleWithZones = Intl.Locale & { getTimeZones?(): readonly string[] | undefined };

const zonesOf = (country: string | undefined): readonly string[] => {
  if (country === undefined) return [];
  const locale: LocaleWithZones = new Intl.Locale(`und-${country}`);
  return locale.getTimeZones?.() ?? [];
};

type Row = Readonly<Record<string, unknown>>;

/** The UTC offset of a row, and its time, epoch ms. Undefined if the row has none. */
const offsetOf = (row: Row): { start: string; offset: string; at: number } | undefined => {
  const [start, given] = [row["start"], row["timezone"]];
  const [, sign, hours, minutes] =
    (typeof given === "string" ? /^([+-])(\d\d):?(\d\d)$/.exec(given) : undefined) ?? [];
  const local = typeof start === "string" ? parseLocal(start) : undefined;
  if (sign === undefined || local === undefined) return undefined;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  return { start: String(start), offset: `${sign}${hours}:${minutes}`, at: local * 1000 - ahead };
};

/**
 * Says how the offsets of rows contradict the zone, and which zones fit. The newest row is the first. Undefined if a row agrees,
 * because a PBX can have legs of other zones too, or if none has an offset.
 */
export const zoneMismatch = (
  rows: readonly Row[],
  { zone, country }: ExpectedZone,
): { readonly detail: string; readonly fix: string } | undefined => {
  const known = rows.flatMap((row) => offsetOf(row) ?? []);
  const [newest] = known;
  if (newest === undefined || known.some(({ offset, at }) => offsetAt(zone, at) === offset)) return undefined;
  const { start, offset, at } = newest;
  const all = new Set([...zonesOf(country), ...Intl.supportedValuesOf("timeZone")]);
  const fitting = [...all].filter((name) => offsetAt(name, at) === offset);
  const some = fitting.slice(0, named).join(", ");
  return {
    detail: `the newest leg (${start}) has the UTC offset ${offset}, but ${zone} had ${offsetAt(zone, at)}`,
    fix:
      some === ""
        ? "Check the zone of the PBX in WMS: no known zone has this offset."
        : `Correct the time zone of this PBX. Zones that fit: ${some}${fitting.length > named ? ", …" : ""}.`,
  };
};
