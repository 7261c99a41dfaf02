import type { Leg } from "./leg.ts";

export type Outcome = "answered" | "voicemail" | "abandoned" | "busy" | "no_answer" | "failed" | "fax";
export type Direction = "inbound" | "outbound" | "internal";

/** What really happened in a call. Times are epoch seconds. */
export interface Truth {
  readonly scene: string;
  readonly direction: Direction;
  readonly caller: string;
  readonly callerName: string;
  /** What the caller dialled: a DID, an extension or a number outside. */
  readonly called: string;
  readonly did: string | null;
  readonly trunk: string | null;
  /** Names, in the order in which the caller came into them. */
  readonly queues: readonly string[];
  readonly started: number;
  /** When the first person answered. */
  readonly answered: number | null;
  readonly ended: number;
  readonly outcome: Outcome;
  /** The first person of the company who talked with the caller. */
  readonly answeredBy: string | null;
  /** From the start to the first person, else to voicemail or fax, else to the end. */
  readonly waitSeconds: number;
  /** How long phones rang until the first person answered, or for nothing. */
  readonly ringSeconds: number;
  /** How long the caller was connected with a person, all persons together. */
  readonly talkSeconds: number;
  /** How often the caller was passed on to another person, whether or not that one answered. */
  readonly transfers: number;
  readonly transferredTo: string | null;
}

/** A call that was played: the truth, and the legs that the PBX writes of it. */
export interface PlayedCall {
  readonly truth: Truth;
  readonly legs: readonly Leg[];
}
