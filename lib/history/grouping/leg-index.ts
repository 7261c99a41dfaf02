import { baseOf } from "./channel-name.ts";
import type { Leg } from "./leg.ts";

/**
 * The legs of one PBX by what they can be found by. A name leads to the last leg that had it, so that the legs that are kept always
 * give the same index again.
 */
export class LegIndex {
  readonly #callIds = new Map<string, Leg>();
  /** By name without the half of a Local channel. */
  readonly #channels = new Map<string, Leg>();
  readonly #dstchannels = new Map<string, Leg>();

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

  add(leg: Leg): void {
    if (leg.callId !== "") this.#callIds.set(leg.callId, leg);
    if (leg.channel !== "") this.#channels.set(baseOf(leg.channel), leg);
    if (leg.dstchannel !== "") this.#dstchannels.set(baseOf(leg.dstchannel), leg);
  }

  get isEmpty(): boolean {
    return this.#callIds.size + this.#channels.size + this.#dstchannels.size === 0;
  }

  remove(leg: Leg): void {
    removeFrom(this.#callIds, leg.callId, leg);
    removeFrom(this.#channels, baseOf(leg.channel), leg);
    removeFrom(this.#dstchannels, baseOf(leg.dstchannel), leg);
  }
}

/** Not if a later leg has the name. */
const removeFrom = (legs: Map<string, Leg>, name: string, leg: Leg): void => {
  if (legs.get(name) === leg) legs.delete(name);
};
