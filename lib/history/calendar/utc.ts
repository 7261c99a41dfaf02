import { parseLocal } from "../../wms/local-time.ts";
import { offsetFits, offsetOf } from "./local-days.ts";

/** Gives `YYYY-MM-DDTHH:MM:SSZ` for a leg's time and its offset; null if there is no such time. */
export type ToUtc = (time: string, offset: string) => string | null;

/**
 * A quarter of an hour on a PBX's wall clock, with the offset of its legs. Zones change their offsets only between quarters, so
 * one conversion serves all legs of the quarter. A day has about a hundred quarters and many legs.
 */
interface Quarter {
  /** `YYYY-MM-DD HH:`, and `number` is the quarter of this hour. */
  readonly hour: string;
  readonly number: number;
  readonly offset: string;
  /** `YYYY-MM-DDTHH:MM` of each minute. Seconds are the same in every zone. */
  readonly utc: readonly string[];
  /** Whether the zone has this offset at that time. */
  readonly fits: boolean;
}

/**
 * Converts a wall-clock time and the leg's own offset (`+0200`) to UTC. If the leg has no offset, the zone's offset counts.
 * Each column gets its own converter, which keeps the quarter of the previous leg, because the quarter seldom changes.
 * `onMismatch` is called if the zone has another offset at that time.
 */
export const utcConverter = (zone: string): ((onMismatch?: () => void) => ToUtc) => {
  const find = quarterFinder(zone);
  return (onMismatch = () => undefined) => {
    let last: Quarter | undefined;
    return (time, offset) => {
      const minute = sixtieth(time, 14);
      const second = sixtieth(time, 17);
      if (minute < 0 || second < 0 || time.length !== 19 || time[16] !== ":") return null;
      const number = Math.floor(minute / 15);
      const same = last?.number === number && last.offset === offset && time.startsWith(last.hour);
      if (!same) last = find(time.slice(0, 14), number, offset);
      if (last === undefined) return null;
      if (!last.fits) onMismatch();
      return `${last.utc[minute % 15]}${secondTexts[second]}`;
    };
  };
};

/** `:SSZ` of each second. */
export const secondTexts = Array.from({ length: 60 }, (_, second) => `:${String(second).padStart(2, "0")}Z`);

/** The minute or second that begins at an index; -1 if it is not one. A slice would be a new text for each time of a row. */
const sixtieth = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - zero;
  const ones = text.charCodeAt(at + 1) - zero;
  return tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
};
const zero = "0".charCodeAt(0);

/** More quarters than a day has. Bounds the memory that odd times and offsets can take. */
const mostKept = 1_000;

const quarterFinder = (zone: string) => {
  // by offset, then by hour: one key of both would be a new text for each lookup
  const known = new Map<string, Map<string, (Quarter | undefined)[]>>();
  let kept = 0;
  return (hour: string, number: number, offset: string): Quarter | undefined => {
    const found = known.get(offset)?.get(hour)?.[number];
    if (found !== undefined) return found;
    const quarter = quarterOf(zone, hour, number, offset);
    if (quarter === undefined) return undefined;
    if (kept++ >= mostKept) {
      known.clear();
      kept = 1;
    }
    const hours = known.get(offset) ?? new Map<string, (Quarter | undefined)[]>();
    const quarters = hours.get(hour) ?? [];
    quarters[number] = quarter;
    known.set(offset, hours.set(hour, quarters));
    return quarter;
  };
};

const quarterOf = (zone: string, hour: string, number: number, offsetText: string): Quarter | undefined => {
  const local = possibleLocal(`${hour}${String(number * 15).padStart(2, "0")}:00`);
  if (local === undefined) return undefined;
  const given = parseOffset(offsetText);
  const start = local - (given ?? offsetOf(zone, local));
  return {
    hour,
    number,
    offset: offsetText,
    utc: Array.from({ length: 15 }, (_, at) => new Date((start + at * 60) * 1000).toISOString().slice(0, 16)),
    fits: given === undefined || offsetFits(zone, local, given),
  };
};

/** The start of the year 9999: with an offset, a later time has five digits of the year. */
const endOfTimes = Date.UTC(9999, 0) / 1000;

/** Seconds of a wall-clock text, as if UTC. Undefined if no calendar has this time, or if no PBX existed then. */
export const possibleLocal = (text: string): number | undefined => {
  const seconds = parseLocal(text);
  return seconds !== undefined && seconds >= 0 && seconds < endOfTimes ? seconds : undefined;
};

/** Seconds east of UTC of a string such as `+0200`. Undefined if it is not an offset. */
export const parseOffset = (text: string): number | undefined => {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (hours > 14 || minutes > 59) return undefined;
  return (match[1] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
};
