/**
 * What is known of one call between an external number and this PBX, from a webhook's event or from the legs in the call history.
 * `bridged`: a person of ours and the outside were connected. `missed`: no person on the called side was reached.
 * `live`: the call has begun and has not ended.
 */
export interface CallFact {
  readonly kind: "bridged" | "missed" | "voicemail" | "fax" | "live";
  /** Id of the PBX. */
  readonly pbx: string;
  /** The number outside, as the PBX wrote it. */
  readonly number: string;
  readonly direction: "inbound" | "outbound";
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms; of a live call the time of the event. */
  readonly endedAt: number;
  /** Seconds of talk of a bridged call; absent: not known, which counts as enough. */
  readonly talkSeconds?: number;
  /** The last queue of the call. */
  readonly queue?: CallQueueName;
  /** What says so. @default "completed" */
  readonly source?: FactSource;
  /** Originate placed it: every leg has a Local channel. */
  readonly placed?: true;
  /** The extension of ours that talked or dialled. */
  readonly extension?: string;
  /** Id of the event or of the row, for the log. */
  readonly ref: string;
}

/** call:completed, the other events of a call, and legs of call history. */
export type FactSource = "completed" | "live" | "row";

const certainty = { row: 0, live: 1, completed: 2 } as const satisfies Record<FactSource, number>;

/** How sure the queue of a missed call is: a source that names one is surer than a source that names none. */
export const surenessOf = ({ queue, source = "completed" }: CallFact): number =>
  certainty[source] + (queue === undefined ? 0 : Object.keys(certainty).length);

/** A queue, as far as an event or a row names it. */
export interface CallQueueName {
  readonly id?: string;
  readonly name?: string;
}

/** A time in which something was, epoch ms. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Two sources time one call a second or so apart: so much of an overlap does not count, ms. */
const blur = 2_500;

/** Whether two reports are of one call: a number has one call at a time. */
export const sameCall = (one: Interval, other: Interval): boolean =>
  one.start + blur < Math.max(other.end, other.start + 2 * blur) &&
  other.start + blur < Math.max(one.end, one.start + 2 * blur);
