import "./gzip-at-once.ts";
import type { Report } from "../main.ts";
import { simulateHistory } from "./simulate.ts";

/** The life of a fleet by a seed, as the command tells it. */
export const simulate = async (seed: number): Promise<Report> => {
  const { violations, steps, kills, faults, invocations, manifests } = await simulateHistory(seed);
  return {
    faults: faults + kills,
    counts: { invocations, steps, kills, "manifests compared with the truth": manifests },
    failures: violations,
  };
};
