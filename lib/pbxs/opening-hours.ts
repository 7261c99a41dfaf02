import { weekdays } from "./call-settings.ts";

/** Spans such as `09:00-18:00` by weekday, on one wall clock. */
export type WeekHours = Readonly<Partial<Record<(typeof weekdays)[number], readonly string[] | undefined>>>;

/** A time in which calls are allowed, epoch ms, half open. */
export interface Opening {
  readonly from: number;
  readonly to: number;
}

/** Whose hours, and whom they must suit. */
export interface HoursPlan {
  readonly hours: WeekHours;
  /** Hours that hold too; undefined: no others. */
  readonly within: WeekHours | undefined;
  /** IANA zone of the hours and of the holidays. */
  readonly zone: string;
  /** `MM-DD` for every year, or `YYYY-MM-DD`. */
  readonly holidays: readonly string[];
  /** Nothing begins in the last ms of a span. */
  readonly lastMs: number;
  /** Hours of the day, by every clock of the other side's country. */
  readonly theirs: { readonly from: number; readonly to: number };
}

const minute = 60_000;
const day = 86_400_000;
/** How far ahead an opening is looked for, days: no callback is open for longer. */
const horizonDays = 31;
const keptDays = 5_000;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();

/** Ms east of UTC of a zone at an instant. Zones change only between quarters of an hour. */
export const zoneOffset = (zone: string, at: number): number => {
  const quarter = Math.floor(at / (15 * minute));
  const known = offsets.get(zone) ?? new Map<number, number>();
  let offset = known.get(quarter);
  if (offset === undefined) {
    offset = readOffset(zone, quarter * 15 * minute);
    if (known.size >= keptDays) known.clear();
    offsets.set(zone, known.set(quarter, offset));
  }
  return offset;
};

const readOffset = (zone: string, at: number): number => {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours, minutes] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * minute;
  return sign === "-" ? -ms : ms;
};

/** A wall-clock time (ms as if UTC) as an instant. Of a time that occurs twice, the first; one that is skipped makes the span shorter. */
const instantOf = (zone: string, local: number, edge: "from" | "to"): number => {
  const both = [local - zoneOffset(zone, local - day), local - zoneOffset(zone, local + day)];
  const valid = both.filter((at) => at + zoneOffset(zone, at) === local);
  if (valid.length > 0) return Math.min(...valid);
  return edge === "from" ? Math.max(...both) : Math.min(...both);
};

/** Midnight of the day that a zone's calendar shows at an instant, ms as if UTC. */
const localDay = (zone: string, at: number): number => Math.floor((at + zoneOffset(zone, at)) / day) * day;

declare global {
  namespace Intl {
    interface Locale {
      /** Of a region; in V8 since 2021, not yet in TypeScript's library. */
      getTimeZones?(): string[] | undefined;
    }
  }
}

/** Regions for which ICU lists no zone, although they have a numbering plan: Kosovo, Ascension and Tristan da Cunha. */
const unlistedZones: Readonly<Record<string, string>> = {
  XK: "Europe/Belgrade",
  AC: "Atlantic/St_Helena",
  TA: "Atlantic/St_Helena",
};
const countryZones = new Map<string, readonly string[]>();
/** Every zone of a country (ISO 3166). */
const zonesOf = (country: string): readonly string[] => {
  let zones = countryZones.get(country);
  if (zones === undefined) {
    const unlisted = unlistedZones[country];
    zones = unlisted === undefined ? (new Intl.Locale(`und-${country}`).getTimeZones?.() ?? []) : [unlisted];
    countryZones.set(country, zones);
  }
  return zones;
};

const intersect = (some: readonly Opening[], others: readonly Opening[]): Opening[] =>
  some.flatMap((one) =>
    others
      .map((other) => ({ from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) }))
      .filter(({ from, to }) => from < to),
  );

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** The spans of a local day and of the next one's first hours, as instants; the end of a span does not count if another begins there. */
const spansOf = ({ hours, within, zone, holidays, lastMs }: HoursPlan, midnight: number): Opening[] => {
  const ofDay = (at: number): Opening[] => {
    const date = new Date(at);
    const text = date.toISOString().slice(0, 10);
    if (holidays.includes(text) || holidays.includes(text.slice(5))) return [];
    const weekday = weekdays[(date.getUTCDay() + 6) % 7] ?? "mon";
    const instants = (week: WeekHours): Opening[] =>
      (week[weekday] ?? []).map((span) => ({
        from: instantOf(zone, at + minutesOf(span) * minute, "from"),
        to: instantOf(zone, at + minutesOf(span.slice(6)) * minute, "to"),
      }));
    return within === undefined ? instants(hours) : intersect(instants(hours), instants(within));
  };
  const today = ofDay(midnight);
  const begins = new Set([...today, ...ofDay(midnight + day)].map(({ from }) => from));
  return today
    .sort((a, b) => a.from - b.from)
    .map(({ from, to }) => ({ from, to: begins.has(to) ? to : to - lastMs }))
    .filter(({ from, to }) => from < to);
};

/** When calls are allowed: by the PBX's hours, and by every clock of the country that is called. */
export const createOpeningHours = (plan: HoursPlan) => {
  const known = new Map<string, readonly Opening[]>();
  const theirSpans = (zone: string, midnight: number): Opening[] =>
    [-1, 0, 1].map((shift) => {
      const local = midnight + shift * day;
      return {
        from: instantOf(zone, local + plan.theirs.from * 60 * minute, "from"),
        to: instantOf(zone, local + plan.theirs.to * 60 * minute, "to"),
      };
    });
  const onDay = (midnight: number, country: string): readonly Opening[] => {
    const key = `${country}${midnight}`;
    let openings = known.get(key);
    if (openings === undefined) {
      const own = spansOf(plan, midnight);
      openings = (own.length === 0 ? [] : zonesOf(country)).reduce<readonly Opening[]>(
        (left, zone) => intersect(left, theirSpans(zone, midnight)),
        own,
      );
      if (known.size >= keptDays) known.clear();
      known.set(key, openings);
    }
    return openings;
  };
  return {
    /** The opening at an instant, or the next one. Undefined: none within a month. */
    next: (at: number, country: string): Opening | undefined => {
      const first = localDay(plan.zone, at);
      for (let shift = -1; shift <= horizonDays; shift++) {
        const found = onDay(first + shift * day, country).find(({ to }) => to > at);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
};

export type OpeningHours = ReturnType<typeof createOpeningHours>;
