/** The difference between the PBX's clock and ours, learnt from its Date header when it refuses a token. */
export interface Skew {
  /** Milliseconds to add to our clock. */
  offset(): number;
  /**
   * Looks at a 401's Date header (one-second resolution). True: the clocks differ by enough to explain the refusal of a
   * request signed with `usedOffset`, so signing again makes sense. Requests in flight together learn it once.
   */
  learn(dateHeader: string | undefined, now: number, usedOffset: number): boolean;
}

/** Below this the PBX's own tolerance should cover it, above the Date header is not a clock. */
const smallest = 1_000;
const largest = 2 * 24 * 3_600_000;

export const createSkew = (): Skew => {
  let offset = 0;
  return {
    offset: () => offset,
    learn(dateHeader, now, usedOffset) {
      if (offset !== usedOffset) return true;
      const date = dateHeader === undefined ? Number.NaN : Date.parse(dateHeader);
      if (Number.isNaN(date)) return false;
      const seen = date - now;
      if (Math.abs(seen) > largest || Math.abs(seen - offset) < smallest) return false;
      offset = seen;
      return true;
    },
  };
};
