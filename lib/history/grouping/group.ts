import type { Certainty } from "./call.ts";
import { callIdOf } from "./call-id.ts";
import { isLocal } from "./channel-name.ts";
import type { Leg } from "./leg.ts";
import { isHidden } from "./leg-kinds.ts";

/** A call has fewer legs. Bounds what one channel or id of a broken PBX can take. */
const mostLegs = 4_096;

/** Legs that belong to one call, as far as they have come. */
export class Group {
  /** That of its first leg. */
  readonly number: number;
  /** In the order of their arrival. */
  readonly legs: Leg[];
  /** Latest end, epoch seconds; null until a leg has one. */
  end: number | null = null;
  /** The weakest rule that linked its legs. */
  certainty: Certainty = "exact";
  /** The id, once a leg is settled with it. */
  callId: string | undefined;
  /** Legs that are not settled. */
  held = 0;
  /** Whether a leg's caller is inside: the legs of a transfer by that caller can come hours later. */
  callerInside = false;
  /** The PBX's own id, if a leg has one. */
  #pbxCallId = "";
  #caller: Leg | undefined;

  constructor(number: number, first: Leg) {
    this.number = number;
    // most calls have one leg, and a list that begins empty takes the memory of seventeen
    this.legs = [first];
    this.#take(first);
  }

  add(leg: Leg): void {
    this.legs.push(leg);
    this.#take(leg);
  }

  #take(leg: Leg): void {
    leg.group = this.number;
    if (leg.end !== null && (this.end === null || leg.end > this.end)) this.end = leg.end;
    if (leg.callerInside) this.callerInside = true;
    if (leg.callId !== "") this.#pbxCallId = leg.callId;
    if (isOutsideCaller(leg)) this.#caller ??= leg;
    this.weaken(leg.callId !== "" ? "exact" : leg.channel !== "" ? "channel" : "inferred");
  }

  /** The id of the call: that of its first leg, unless one was given out already. */
  idOf(): string {
    const [first] = this.legs;
    this.callId ??= first === undefined ? "" : callIdOf(first.pbxid, first.id, first.local[0]);
    return this.callId;
  }

  /** Takes all legs of another group. */
  absorb(other: Group): void {
    for (const leg of other.legs) this.add(leg);
    other.legs.length = 0;
    this.legs.sort((a, b) => a.seq - b.seq);
    this.callId ??= other.callId;
    this.held += other.held;
    this.weaken(other.certainty);
  }

  weaken(certainty: Certainty): void {
    if (strength[certainty] < strength[this.certainty]) this.certainty = certainty;
  }

  /** Whether a leg cannot be of this call: it has another caller from outside, or another id of the PBX. */
  refuses(leg: Leg): boolean {
    return (
      this.legs.length >= mostLegs ||
      (isOutsideCaller(leg) && this.#caller !== undefined && !isSameCaller(leg, this.#caller)) ||
      differ(leg.callId, this.#pbxCallId)
    );
  }

  /** Whether two groups cannot be one call. Two that have given out ids stay two. */
  contradicts(other: Group): boolean {
    return (
      this.legs.length + other.legs.length > mostLegs ||
      (this.#caller !== undefined && other.refuses(this.#caller)) ||
      differ(this.#pbxCallId, other.#pbxCallId) ||
      (this.callId !== undefined && other.callId !== undefined)
    );
  }
}

const differ = (a: string, b: string): boolean => a !== "" && b !== "" && a !== b;

const strength = { inferred: 0, channel: 1, exact: 2 } as const satisfies Record<Certainty, number>;

/** Half of a Local channel carries the number of another party. */
const isOutsideCaller = ({ callerInside, channel }: Leg): boolean => !callerInside && !isLocal(channel);

const isSameCaller = (a: Leg, b: Leg): boolean =>
  a.fromKey === b.fromKey &&
  a.channel === b.channel &&
  (a.channel !== "" || !isHidden(a.fromKey) || (a.callId !== "" && a.callId === b.callId));
