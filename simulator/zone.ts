/** A local day as a PBX lives it: 23, 24 or 25 hours long. */
export interface LocalDay {
  readonly day: string;
  /** Epoch seconds of its first moment. */
  readonly start: number;
  /** Seconds. */
  readonly length: number;
  /** Seconds into the day at which the offset changes; its length where it does not. */
  readonly change: number;
  /** Seconds east of UTC before and after the change. */
  readonly before: number;
  readonly after: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Seconds east of UTC at an instant. */
export const offsetAt = (zone: string, epochSeconds: number): number => {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  formats.set(zone, format);
  const part = Object.fromEntries(
    format.formatToParts(epochSeconds * 1000).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - epochSeconds;
};

const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 86_400_000;
const dayText = (number: number): string => new Date(number * 86_400_000).toISOString().slice(0, 10);
export const addDays = (day: string, days: number): string => dayText(dayNumber(day) + days);

/** The local day of an instant. */
export const dayOf = (zone: string, epochSeconds: number): string =>
  dayText(Math.floor((epochSeconds + offsetAt(zone, epochSeconds)) / 86_400));

const midnight = (zone: string, day: string): number => {
  const wall = dayNumber(day) * 86_400;
  const guess = wall - offsetAt(zone, wall);
  return wall - offsetAt(zone, guess);
};

export const localDay = (zone: string, day: string): LocalDay => {
  const start = midnight(zone, day);
  const length = midnight(zone, addDays(day, 1)) - start;
  const [before, after] = [offsetAt(zone, start), offsetAt(zone, start + length - 1)];
  let [low, high] = before === after ? [length, length] : [0, length];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, start + middle) === before) low = middle;
    else high = middle;
  }
  return { day, start, length, change: high, before, after };
};
