import { changeFinder } from "../calendar/clock-change.ts";
import { instantsOf, offsetFits } from "../calendar/local-days.ts";
import { parseOffset, possibleLocal, utcConverter } from "../calendar/utc.ts";

/** Times of a leg as its row writes them, and its seconds. */
interface WrittenTimes {
  readonly start: string;
  readonly answer: string;
  readonly end: string;
  /** `timezone` of the row. */
  readonly offset: string;
  readonly talk: number | null;
  readonly total: number | null;
}

/** ISO 8601, UTC; null if the leg has no such time. */
export interface LegTimes {
  readonly start_utc: string | null;
  readonly answer_utc: string | null;
  readonly end_utc: string | null;
}

/**
 * Returns a function that returns the times of a leg in UTC. A row has one offset for its three times. If the zone's clocks change
 * during the leg, the offset is that of the start, and the zone and the seconds of the leg say the others.
 * `onMismatch` is called if the zone has another offset at the start.
 */
export const legTimes = (zone: string, onMismatch: () => void): ((written: WrittenTimes) => LegTimes) => {
  const toUtc = utcConverter(zone);
  const [startUtc, answerUtc, endUtc] = [toUtc(onMismatch), toUtc(), toUtc()];
  const changeNear = changeFinder(zone);
  return (written) => {
    const { start, answer, end, offset } = written;
    const times = {
      start_utc: startUtc(start, offset),
      answer_utc: answerUtc(answer, offset),
      end_utc: endUtc(end, offset),
    };
    if (times.start_utc === null) return times;
    const change = changeNear(start);
    const last = times.end_utc === null ? answer : end;
    if (change === undefined || start > change.to || last < change.from) return times;
    return overChange(zone, written, times);
  };
};

/** Times that are rounded for themselves differ by less, s. */
const exact = 2;

/** The times of a leg near a change of the clocks: those that fit its seconds best. */
const overChange = (zone: string, written: WrittenTimes, simple: LegTimes): LegTimes => {
  const { talk, total } = written;
  const given = parseOffset(written.offset);
  const start = possibleLocal(written.start);
  if (start === undefined) return simple;
  const fits = given !== undefined && offsetFits(zone, start, given);
  // nothing says that the zone is right
  if (given !== undefined && !fits && total === null) return simple;
  const byRow = (local: number): number[] => (given === undefined ? [] : [local - given]);
  /** The zone's own first. A PBX can also write all times with the offset of the start: then the seconds say so. */
  const instants = (text: string, seconds: number | null): number[] => {
    const local = possibleLocal(text);
    if (local === undefined) return [];
    return seconds === null ? instantsOf(zone, local) : [...instantsOf(zone, local), ...byRow(local)];
  };
  const [own] = byRow(start);
  const starts = fits && total === null ? byRow(start) : [...byRow(start), ...instantsOf(zone, start)];
  const ends = instants(written.end, total);
  const pairs = starts
    .flatMap((from) => ends.map((to) => ({ from, to })))
    // only seconds that fit exactly say that a row does not have the offset of its start
    .filter(({ from, to }) => own === undefined || from === own || misfit(to - from, total) < exact);
  const best = nearest(pairs, ({ from, to }) => misfit(to - from, total));
  const from = best?.from ?? starts[0] ?? start;
  const answer = nearest(instants(written.answer, talk), (at) =>
    best === undefined || talk === null ? misfit(at - from, null) : misfit(best.to - at, talk),
  );
  return { start_utc: utcText(from), answer_utc: utcText(answer), end_utc: utcText(best?.to) };
};

/** How badly seconds between two times fit those that the row says. Without these, a leg is short and not negative. */
const misfit = (seconds: number, expected: number | null): number => {
  if (expected !== null) return Math.abs(seconds - expected);
  return seconds < 0 ? Number.MAX_SAFE_INTEGER : seconds;
};

/** The first with the least misfit. */
const nearest = <T>(candidates: readonly T[], misfitOf: (candidate: T) => number): T | undefined => {
  let best: { candidate: T; misfit: number } | undefined;
  for (const candidate of candidates) {
    const found = misfitOf(candidate);
    if (best === undefined || found < best.misfit) best = { candidate, misfit: found };
  }
  return best?.candidate;
};

const utcText = (seconds: number | undefined): string | null =>
  seconds === undefined ? null : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
