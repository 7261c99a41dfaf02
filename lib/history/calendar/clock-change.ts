import { formatLocal } from "../../wms/local-time.ts";
import { offsetOf } from "./local-days.ts";
import { possibleLocal } from "./utc.ts";

/** The time around a change of the clocks, on the wall clock, as rows write it. */
export interface ClockChange {
  readonly from: string;
  readonly to: string;
}

const day = 86_400;
/** Clocks are changed by less, s. */
const margin = 3 * 3600;
/** A day of a PBX has legs of few days. Bounds the memory that odd times can take. */
const mostKept = 1_000;

/**
 * Returns a function that finds the change of a zone's clocks from a day before a leg's day to the day after it. Undefined if the
 * offset is the same then. A leg that does not touch the time around the change has one offset.
 */
export const changeFinder = (zone: string): ((start: string) => ClockChange | undefined) => {
  const known = new Map<string, ClockChange | undefined>();
  let last = "-";
  let change: ClockChange | undefined;
  return (start) => {
    if (start.startsWith(last)) return change;
    last = start.slice(0, 10);
    if (known.size >= mostKept) known.clear();
    if (!known.has(last)) known.set(last, changeAround(zone, possibleLocal(`${last} 00:00:00`)));
    change = known.get(last);
    return change;
  };
};

const changeAround = (zone: string, midnight: number | undefined): ClockChange | undefined => {
  if (midnight === undefined) return undefined;
  let [before, after] = [midnight - day, midnight + 2 * day];
  const offset = offsetOf(zone, before);
  if (offsetOf(zone, after) === offset) return undefined;
  while (after - before > 60) {
    const middle = Math.floor((before + after) / 2);
    if (offsetOf(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return { from: formatLocal(before - margin), to: formatLocal(after + margin) };
};
