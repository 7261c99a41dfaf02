/** Times as the PBX writes them: its own wall clock without an offset, `YYYY-MM-DD HH:MM:SS`. Here as seconds, as if UTC. */

export type DateFormat = "iso" | "dmy" | "mdy";

const shape = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)$/;

/** Seconds of a wall-clock text; undefined if it is not one, or if there is no such date or time. */
export const parseLocal = (text: string): number | undefined => {
  const match = shape.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  const ms = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  // a date that does not exist, for example 0000-00-00, would become another one
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== text.replace(" ", "T"))
    return undefined;
  return ms / 1000;
};

export const formatLocal = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");

/** Seconds by which the bounds of a question in this format are coarser than a second. */
export const granularity = (format: DateFormat): number => (format === "iso" ? 1 : 60);

/** A bound as the PBX reads it. The slashed forms have no seconds (the vendor's article shows one, its order unsaid). */
export const formatBound = (seconds: number, format: DateFormat): string => {
  const iso = formatLocal(seconds);
  if (format === "iso") return iso;
  const [year, month, day] = [iso.slice(0, 4), iso.slice(5, 7), iso.slice(8, 10)];
  const time = iso.slice(11, 16);
  return format === "dmy" ? `${day}/${month}/${year} ${time}` : `${month}/${day}/${year} ${time}`;
};
