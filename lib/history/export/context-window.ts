import { formatLocal } from "../../wms/local-time.ts";
import { type Day, dayWindow, localAt } from "../calendar/local-days.ts";

/** Seconds before and after the day in which calls over midnight begin or end. */
const contextSeconds = 2 * 3600;
/** Newer rows still come, s: a call has its rows when it ends. */
const settledSeconds = 3600;

/** Seconds of the PBX's wall clock, as if UTC; half open. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The time whose legs are read for a day: two hours more on both sides, so that calls over midnight are whole. Not the last hour
 * before `now` (epoch ms), except the day itself: its rows still come, and counts that change prove nothing.
 */
export const contextWindow = (day: Day, zone: string, now: number): Span => {
  const { from, to } = dayWindow(day);
  const settled = localAt(zone, now) - settledSeconds;
  return {
    from: from - contextSeconds,
    to: Math.max(to, Math.min(to + contextSeconds, Math.floor(settled / 60) * 60)),
  };
};

/** Whether a leg with this start is one of the day. */
export const dayTest = (day: Day): ((start: string) => boolean) => {
  const { from, to } = dayWindow(day);
  const [first, end] = [formatLocal(from), formatLocal(to)];
  return (start) => start >= first && start < end;
};
