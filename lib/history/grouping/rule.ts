import type { Certainty } from "./call.ts";
import type { Leg } from "./leg.ts";
import type { LegIndex } from "./leg-index.ts";

/** What shows that two legs are of one call. */
export interface Rule {
  readonly name: string;
  readonly certainty: Certainty;
  /** Earlier legs of the same call. `settled`: legs before this number no longer wait for others of their channel. */
  readonly find: (leg: Leg, index: LegIndex, settled: number) => readonly Leg[];
}
