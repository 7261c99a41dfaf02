import { parseLocal } from "../wms/local-time.ts";
import { offsetFits, offsetOf } from "./local-days.ts";

/** A minute of a PBX's wall clock, as the times of records begin, with a record's offset. */
interface Minute {
  readonly local: string;
  readonly offset: string;
  /** `YYYY-MM-DDTHH:MM`; seconds are the same everywhere. */
  readonly utc: string;
  /** Whether the zone has this offset then. */
  readonly fits: boolean;
}

/** Gives `YYYY-MM-DDTHH:MM:SSZ` for a record's time and its offset; null where it has no such time. */
export type ToUtc = (time: string, offset: string) => string | null;

/**
 * Converts a wall-clock time and the record's own offset (`+0200`) to UTC; where the record has none, the zone's counts.
 * Worked out once for each distinct minute and offset: a day has few of them and many rows. Makes a converter for each
 * column, which keeps the minute of the row before: it seldom changes. `onMismatch`: the zone has another offset then.
 */
export const utcConverter = (zone: string): ((onMismatch?: () => void) => ToUtc) => {
  const minuteOf = minuteMaker(zone);
  // by offset, then by minute: one key of both would be a new text for each look
  const known = new Map<string, Map<string, Minute>>();
  let kept = 0;
  const keep = <K, V>(map: Map<K, V>, key: K, value: V): V => {
    if (++kept > 10_000) {
      known.clear();
      kept = 0;
    }
    map.set(key, value);
    return value;
  };
  const find = (time: string, offset: string): Minute | undefined => {
    const minutes = known.get(offset) ?? keep(known, offset, new Map<string, Minute>());
    const found = minutes.get(time.slice(0, 16));
    if (found !== undefined) return found;
    const minute = minuteOf(time, offset);
    return minute && keep(minutes, minute.local, minute);
  };
  return (onMismatch = () => undefined) => {
    let last: Minute | undefined;
    return (time, offset) => {
      const tail = time.slice(16);
      if (!/^:[0-5]\d$/.test(tail)) return null;
      const minute = last?.offset === offset && time.startsWith(last.local) ? last : find(time, offset);
      if (minute === undefined) return null;
      last = minute;
      if (!minute.fits) onMismatch();
      return `${minute.utc}${tail}Z`;
    };
  };
};

/** Zones change their offsets on a quarter of an hour, so they are asked once a quarter. */
const quarter = 900;

const minuteMaker = (zone: string) => {
  let asked: { readonly quarter: number; readonly offset: number; readonly fits: boolean } | undefined;
  const fits = (local: number, offset: number): boolean => {
    const now = Math.floor((local - offset) / quarter);
    if (asked?.quarter !== now || asked.offset !== offset)
      asked = { quarter: now, offset, fits: offsetFits(zone, local, offset) };
    return asked.fits;
  };
  return (time: string, offsetText: string): Minute | undefined => {
    const local = parseLocal(time);
    if (local === undefined) return undefined;
    const given = parseOffset(offsetText);
    const offset = given ?? offsetOf(zone, local);
    return {
      local: time.slice(0, 16),
      offset: offsetText,
      utc: new Date((local - offset) * 1000).toISOString().slice(0, 16),
      fits: given === undefined || fits(local, given),
    };
  };
};

const parseOffset = (text: string): number | undefined => {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (!match) return undefined;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
};
