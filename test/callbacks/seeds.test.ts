import { expect, it } from "vitest";
import { simulateCallbacks } from "../simulation/callbacks/simulation.ts";

// all of them are in test/simulation; these tell `npm run mutate` of changes that only a world of faults shows
it.each([2, 8, 9, 16, 18, 28, 30, 34, 50, 83, 160])(
  "seed %i keeps every rule of callbacks",
  async (seed) => {
    expect((await simulateCallbacks(seed)).failures).toEqual([]);
  },
  60_000,
);
