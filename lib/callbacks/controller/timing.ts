import { rules } from "../policy.ts";
import {
  askedOf,
  type CallbackRecord,
  type Miss,
  missesOf,
  type NumberRecord,
  type WaitingReason,
} from "../record.ts";

interface Earliest {
  readonly at: number;
  readonly reason: WaitingReason;
}

/** Callers redial immediately; one who redials every minute is dialled too. */
const afterMisses = (misses: readonly Miss[]): number =>
  Math.min(
    Math.max(...misses.map(({ end }) => end)) + rules.delayMs,
    Math.min(...misses.map(({ start }) => start)) + rules.longestDelayMs,
  );

/** The end of the delay. A caller who tries again after a request does not want to wait until its time. */
const delayOf = (record: CallbackRecord): number => {
  const [asked, misses] = [askedOf(record), missesOf(record)];
  if (asked === undefined) return afterMisses(misses);
  const later = misses.filter(({ start }) => start > asked.at);
  return later.length === 0 ? asked.notBefore : Math.min(asked.notBefore, afterMisses(later));
};

/** The first moment for the next dial, without regard to hours, epoch ms. */
export const earliestOf = (record: CallbackRecord, number: NumberRecord): Earliest => {
  const { hold, dial } = record;
  const candidates: Earliest[] = [
    { at: spacedFrom(number, dial?.key), reason: "retry" },
    ...(hold === undefined ? [] : [{ at: hold.until, reason: hold.reason }]),
    { at: delayOf(record), reason: "delay" },
  ];
  return candidates.reduce((latest, one) => (one.at > latest.at ? one : latest));
};

/** From when on the number may be dialled again: courtesy over all its callbacks. `own`: the key that is about to be used. */
export const spacedFrom = (number: NumberRecord, own: string | undefined): number => {
  const dials = number.dials
    .filter(({ key }) => key !== own)
    .map(({ at }) => at)
    .toSorted((a, b) => b - a);
  const [last = 0] = dials;
  const oldestOfDay = dials[rules.dialsPerDay - 1];
  return Math.max(
    last + rules.spacingMs,
    (number.hand ?? 0) + rules.spacingMs,
    number.holdUntil ?? 0,
    oldestOfDay === undefined ? 0 : oldestOfDay + rules.dayMs,
  );
};

/** Whether the number is on the phone: with another callback's agent, or in a call that began and has not ended. */
export const isTalking = (number: NumberRecord, own: string | undefined, now: number): boolean =>
  number.dials.some(({ key, at, over }) => !over && key !== own && now < at + rules.unknownMs) ||
  (number.live !== undefined && now < number.live + rules.liveMs);

/** The next whole second, ms: entries of the index are seconds. */
export const wholeSecond = (ms: number): number => Math.ceil(ms / 1000) * 1000;
