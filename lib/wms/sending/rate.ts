import type { Clock } from "../clock.ts";

/** Bounds the requests per second to one PBX. A 429 halves the rate; it recovers by a tenth with each quiet second. */
export interface Rate {
  /** Waits for its turn, first come first served. False: the turn would come after `deadline`, nothing is waited for. */
  turn(deadline: number, signal?: AbortSignal): Promise<boolean>;
  /** The PBX asked for less. */
  slowDown(): void;
  /** Requests per second now. */
  perSecond(): number;
}

export const createRate = (limit: number, clock: Clock): Rate => {
  let current = limit;
  let changed = clock.now();
  /** When the next request may leave; the past, up to a second's burst, is credit. */
  let next = Number.NEGATIVE_INFINITY;

  const recover = (now: number): void => {
    const seconds = Math.floor((now - changed) / 1000);
    if (current >= limit || seconds < 1) return;
    current = Math.min(limit, current + limit * 0.1 * seconds);
    changed = now;
  };
  return {
    async turn(deadline, signal) {
      const now = clock.now();
      recover(now);
      const at = Math.max(next, now - 1000);
      if (at > deadline) return false;
      next = at + 1000 / current;
      if (at > now) await clock.sleep(at - now, signal);
      return true;
    },
    slowDown() {
      current = Math.max(limit / 32, current / 2);
      changed = clock.now();
    },
    perSecond: () => current,
  };
};
