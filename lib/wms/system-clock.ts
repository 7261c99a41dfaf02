import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./clock.ts";

/** The machine's clock; the only place where it is read. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
};

/**
 * The monotonic clock of the machine, ms. `performance.now` reads the same clock, but its first use loads eight modules of Node, which
 * takes 1 ms of a first answer.
 */
export const systemMonotonic = (): number => Number(process.hrtime.bigint()) / 1e6;
