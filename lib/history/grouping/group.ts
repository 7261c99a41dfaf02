import { isHidden } from "../rows/field-text.ts";
import type { TypedFields } from "../rows/rows.ts";
import type { Certainty } from "./call.ts";
import { callIdOf } from "./call-id.ts";
import { isLocal } from "./channel-name.ts";

/** A leg as the rules see it: small, because thousands are kept. Times are epoch seconds. */
export interface Leg {
  /** Counts the rows in the order of their arrival. */
  readonly seq: number;
  readonly id: string;
  readonly pbxid: string;
  /** Null if the row has no such time. */
  readonly start: number | null;
  readonly answer: number | null;
  readonly end: number | null;
  /** The same times as the row writes them. */
  readonly localStart: string;
  readonly localAnswer: string;
  readonly localEnd: string;
  readonly talk: number | null;
  readonly from: string;
  readonly fromName: string;
  readonly to: string;
  readonly toName: string;
  /** Numbers to compare: E.164 if it is known, otherwise the number unchanged. */
  readonly fromKey: string;
  readonly toKey: string;
  readonly callerInside: boolean;
  /** The side that is outside, in E.164. */
  readonly otherE164: string | null;
  /** What the caller dialled. */
  readonly dst: string;
  /** Of the caller; empty if the row has none, or a name that several channels have at the same time. */
  readonly channel: string;
  /** Of the called; empty if the row has none. */
  readonly dstchannel: string;
  /** The PBX's own id of the call; empty if it gives none. */
  readonly callId: string;
  /** In lower case. */
  readonly app: Lowercase<string>;
  readonly data: string;
  /** In lower case. */
  readonly disposition: Lowercase<string>;
  readonly fax: boolean;
  readonly direction: TypedFields["direction"];
  /** The extension that rang; otherwise the extension that called. */
  readonly extension: string | null;
  readonly queue: string | null;
  readonly trunk: string | null;
  readonly placedBy: string | null;
  /** Undefined until a call has it. */
  group: Group | undefined;
}

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
    leg.group = this;
    if (leg.end !== null && (this.end === null || leg.end > this.end)) this.end = leg.end;
    if (leg.callerInside) this.callerInside = true;
    if (leg.callId !== "") this.#pbxCallId = leg.callId;
    if (isOutsideCaller(leg)) this.#caller ??= leg;
    this.weaken(leg.callId !== "" ? "exact" : leg.channel !== "" ? "channel" : "inferred");
  }

  /** The id of the call: that of its first leg, unless one was given out already. */
  idOf(): string {
    const first = this.legs[0];
    this.callId ??= first === undefined ? "" : callIdOf(first.pbxid, first.id, first.localStart);
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
  a.channel === b.channel &&
  hasOneNumber(a, b) &&
  (a.channel !== "" || !isHidden(a.fromKey) || (a.callId !== "" && a.callId === b.callId));

/**
 * Whether two legs have one caller's number. A PBX can write it differently in later legs: with a prefix for calls outside, or with
 * another word for a hidden number.
 */
export const hasOneNumber = (a: Leg, b: Leg): boolean =>
  a.fromKey === b.fromKey || isSameNumber(a.from, b.from) || isSameNumber(a.fromKey, b.fromKey);

/** Fewer digits can be the end of another number. */
const fewestDigits = 6;

const isSameNumber = (a: string, b: string): boolean => {
  if (isHidden(a) || isHidden(b)) return isHidden(a) && isHidden(b);
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const digits = short.replace(/\D/g, "");
  return digits.length >= fewestDigits && long.endsWith(digits);
};
