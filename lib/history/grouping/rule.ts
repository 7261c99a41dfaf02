import type { Certainty } from "./call.ts";
import type { Leg } from "./leg.ts";
import type { Channel, LegIndex } from "./leg-index.ts";

/** What is known when a leg comes. */
export interface Known {
  readonly index: LegIndex;
  /** The legs of the leg's channel, and those of the channel that it reached. */
  readonly own: Readonly<Channel>;
  readonly reached: Readonly<Channel>;
  /** Legs before this number no longer wait for others of their channel. */
  readonly settled: number;
}

/** What shows that two legs are of one call. */
export interface Rule {
  readonly name: string;
  readonly certainty: Certainty;
  /** Whether it is for a leg without a channel; the others need a channel or an id. */
  readonly withoutChannel?: true;
  /** Gives the earlier legs of the same call to `take`. */
  readonly find: (leg: Leg, known: Known, take: (found: Leg) => void) => void;
}
