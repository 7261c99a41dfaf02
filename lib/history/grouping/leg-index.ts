import { baseOf } from "./channel-name.ts";
import type { Leg } from "./leg.ts";
import { isHidden } from "./leg-kinds.ts";

/**
 * The legs of one PBX by what they can be found by. A name leads to the last leg that had it, so that the legs that are kept always
 * give the same index again.
 */
export class LegIndex {
  readonly #callIds = new Map<string, Leg>();
  /** By name without the half of a Local channel. */
  readonly #channels = new Map<string, Leg>();
  readonly #dstchannels = new Map<string, Leg>();

  /** Legs without a channel, by the numbers of the caller and of the called. */
  readonly #fromNumbers = new Map<string, Leg[]>();
  readonly #toNumbers = new Map<string, Leg[]>();

  byCallId({ callId }: Leg): Leg | undefined {
    return callId === "" ? undefined : this.#callIds.get(callId);
  }

  /** A leg whose caller has this channel, or the other half of it. */
  byChannel(name: string): Leg | undefined {
    return name === "" ? undefined : this.#channels.get(baseOf(name));
  }

  /** A leg that reached this channel, or the other half of it. */
  byDstchannel(name: string): Leg | undefined {
    return name === "" ? undefined : this.#dstchannels.get(baseOf(name));
  }

  /** Legs of the same caller, if neither has a channel; a hidden number is that of many callers. */
  ofCaller({ channel, fromKey }: Leg): readonly Leg[] {
    return channel === "" ? last(this.#fromNumbers.get(fromKey)) : none;
  }

  /** Legs that the number placed. Only for a leg without a channel. */
  fromNumber({ channel }: Leg, number: string): readonly Leg[] {
    return channel === "" ? last(this.#fromNumbers.get(number)) : none;
  }

  /** Legs that rang the number. Only for a leg without a channel. */
  toNumber({ channel }: Leg, number: string): readonly Leg[] {
    return channel === "" ? last(this.#toNumbers.get(number)) : none;
  }

  add(leg: Leg): void {
    if (leg.callId !== "") this.#callIds.set(leg.callId, leg);
    if (leg.channel !== "") this.#channels.set(baseOf(leg.channel), leg);
    else {
      if (!isHidden(leg.fromKey)) addTo(this.#fromNumbers, leg.fromKey, leg);
      if (!isHidden(leg.toKey)) addTo(this.#toNumbers, leg.toKey, leg);
    }
    if (leg.dstchannel !== "") this.#dstchannels.set(baseOf(leg.dstchannel), leg);
  }

  get isEmpty(): boolean {
    return (
      this.#callIds.size +
        this.#channels.size +
        this.#dstchannels.size +
        this.#fromNumbers.size +
        this.#toNumbers.size ===
      0
    );
  }

  remove(leg: Leg): void {
    removeFrom(this.#callIds, leg.callId, leg);
    removeFrom(this.#channels, baseOf(leg.channel), leg);
    removeFrom(this.#dstchannels, baseOf(leg.dstchannel), leg);
    if (leg.channel !== "") return;
    takeOut(this.#fromNumbers, leg.fromKey, leg);
    takeOut(this.#toNumbers, leg.toKey, leg);
  }
}

/** Not if a later leg has the name. */
const removeFrom = (legs: Map<string, Leg>, name: string, leg: Leg): void => {
  if (legs.get(name) === leg) legs.delete(name);
};

const none: readonly Leg[] = [];
/** How many legs of a number are compared: those of the same call come together. */
const compared = 64;
const last = (legs: readonly Leg[] = none): readonly Leg[] =>
  legs.length <= compared ? legs : legs.slice(-compared);

const addTo = (legs: Map<string, Leg[]>, number: string, leg: Leg): void => {
  const known = legs.get(number);
  if (known === undefined) legs.set(number, [leg]);
  else known.push(leg);
};

const takeOut = (legs: Map<string, Leg[]>, number: string, leg: Leg): void => {
  const known = legs.get(number);
  if (known === undefined) return;
  const at = known.indexOf(leg);
  if (at >= 0) known.splice(at, 1);
  if (known.length === 0) legs.delete(number);
};
