import { parseLocal } from "./local-time.ts";

/** What is known of where a PBX is. */
export interface ExpectedZone {
  /** IANA zone. */
  readonly zone: string;
  /** ISO 3166, two letters; its zones are named first. */
  readonly country?: string;
}

const named = 5;

/** The offset of a zone at a time, such as "+01:00". Throws RangeError for an unknown zone. */
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

/** Says how the offset of a row contradicts the zone, and which zones fit; undefined if they agree or the row has no offset. */
export const zoneMismatch = (
  row: Readonly<Record<string, unknown>>,
  { zone, country }: ExpectedZone,
): { readonly detail: string; readonly cure: string } | undefined => {
  const [start, given] = [row["start"], row["timezone"]];
  const [, sign, hours, minutes] =
    (typeof given === "string" ? /^([+-])(\d\d):?(\d\d)$/.exec(given) : undefined) ?? [];
  const local = typeof start === "string" ? parseLocal(start) : undefined;
  if (sign === undefined || local === undefined) return undefined;
  const offset = `${sign}${hours}:${minutes}`;
  const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const at = local * 1000 - ahead;
  const expected = offsetAt(zone, at);
  if (expected === offset) return undefined;
  const all = new Set([...zonesOf(country), ...Intl.supportedValuesOf("timeZone")]);
  const fitting = [...all].filter((name) => offsetAt(name, at) === offset);
  const some = fitting.slice(0, named).join(", ");
  return {
    detail: `the newest row (${String(start)}) has the UTC offset ${offset}, but ${zone} had ${expected}`,
    cure:
      some === ""
        ? "Check the zone of the PBX in WMS: no known zone has this offset."
        : `Set the zone of this PBX to the one it is in. Zones that fit: ${some}${fitting.length > named ? ", …" : ""}.`,
  };
};
