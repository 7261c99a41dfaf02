import { isHidden } from "../rows/field-text.ts";
import { baseOf, strengthOf } from "./channel-name.ts";
import type { Leg } from "./leg.ts";

/** The last leg whose caller has a channel, and the last leg that reached it. Halves of a Local channel count as one. */
export interface Channel {
  caller: Leg | undefined;
  called: Leg | undefined;
}

const unknown: Readonly<Channel> = { caller: undefined, called: undefined };

/**
 * The legs of one PBX by what they can be found by. A name leads to the last leg that had it, so that the legs that are kept always
 * give the same index again.
 */
export class LegIndex {
  readonly #callIds = new Map<string, Leg>();
  readonly #channels = new Map<string, Channel>();
  /** Legs without a channel, by the numbers of the caller and of the called. */
  readonly #fromNumbers = new Map<string, Leg[]>();
  readonly #toNumbers = new Map<string, Leg[]>();

  byCallId({ callId }: Leg): Leg | undefined {
    return callId === "" ? undefined : this.#callIds.get(callId);
  }

  /** The legs of a channel, or of the other half of it. */
  byChannel(name: string): Readonly<Channel> {
    return name === "" ? unknown : (this.#channels.get(baseOf(name)) ?? unknown);
  }

  /** Legs of the same caller, if neither has a channel; a hidden number is that of many callers. */
  ofCaller(leg: Leg): readonly Leg[] {
    return this.fromNumber(leg, leg.fromKey);
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
    if (strengthOf(leg.dstchannel) !== "none") this.#channel(leg.dstchannel).called = leg;
    if (leg.channel !== "") {
      this.#channel(leg.channel).caller = leg;
      return;
    }
    if (!isHidden(leg.fromKey)) addTo(this.#fromNumbers, leg.fromKey, leg);
    if (!isHidden(leg.toKey)) addTo(this.#toNumbers, leg.toKey, leg);
  }

  #channel(name: string): Channel {
    const base = baseOf(name);
    let channel = this.#channels.get(base);
    if (channel === undefined) {
      channel = { caller: undefined, called: undefined };
      this.#channels.set(base, channel);
    }
    return channel;
  }

  get isEmpty(): boolean {
    return this.#callIds.size + this.#channels.size + this.#fromNumbers.size + this.#toNumbers.size === 0;
  }

  /** Not under a name that a later leg has. */
  remove(leg: Leg): void {
    if (leg.callId !== "" && this.#callIds.get(leg.callId) === leg) this.#callIds.delete(leg.callId);
    this.#removeFrom(leg.channel, leg);
    this.#removeFrom(leg.dstchannel, leg);
    if (leg.channel !== "") return;
    takeOut(this.#fromNumbers, leg.fromKey, leg);
    takeOut(this.#toNumbers, leg.toKey, leg);
  }

  #removeFrom(name: string, leg: Leg): void {
    if (name === "") return;
    const base = baseOf(name);
    const channel = this.#channels.get(base);
    if (channel === undefined) return;
    if (channel.caller === leg) channel.caller = undefined;
    if (channel.called === leg) channel.called = undefined;
    if (channel.caller === undefined && channel.called === undefined) this.#channels.delete(base);
  }
}

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
