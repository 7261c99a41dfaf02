import { isHidden } from "../rows/field-text.ts";
import { halfOf, strengthOf } from "./channel-name.ts";
import { hasOneNumber } from "./group.ts";
import type { Leg } from "./leg.ts";
import type { Channel } from "./leg-index.ts";
import { gapOf, isAnnouncement, isQueue } from "./leg-kinds.ts";
import type { Rule } from "./rule.ts";

/** Seconds between two legs of one caller's channel, if the PBX writes no leg for phones that rang: usual, and after an announcement. */
const channelGaps = { usual: 60, announced: 600 };
/** Once the legs of a channel were written, the channel is over; only clocks differ. */
const endedGap = 2;
/** Seconds between the end of one leg and a leg that continues its channel. */
const joinGap = 5;
/** The same on a line: the next call of the line can begin soon, and has the same name. */
const lineGap = 1;
/** Seconds between two legs with one id of the PBX. A PBX that restarts can count its ids from the start again. */
const callIdGap = 3600;

/** Whether one leg of a channel with this name can continue the other. */
const isJoined = (name: string, a: Leg, b: Leg): boolean =>
  gapOf(a, b) <= (strengthOf(name) === "line" ? lineGap : joinGap);

/** The PBX gives all legs of a call one id. */
const sameCallId: Rule = {
  name: "call-id",
  certainty: "exact",
  find: (leg, { index }, take) => {
    const found = index.byCallId(leg);
    if (found === undefined) return;
    const gap = gapOf(found, leg);
    // a leg without times says nothing about them
    if (gap <= callIdGap || gap === Number.POSITIVE_INFINITY) take(found);
  },
};

/** All legs of a caller's channel have its name. A PBX that restarts counts its channels from the start again. */
const sameChannel: Rule = {
  name: "same-channel",
  certainty: "channel",
  find: (leg, { own: { caller: found }, settled }, take) => {
    if (
      found !== undefined &&
      found.channel === leg.channel &&
      hasOneNumber(found, leg) &&
      gapOf(found, leg) <= (found.seq < settled ? endedGap : longestGap(found, leg))
    )
      take(found);
  },
};

const longestGap = (a: Leg, b: Leg): number => {
  const isLine = strengthOf(a.channel) === "line";
  // callers who hide their numbers can follow each other on a line
  if (isLine && isHidden(a.fromKey)) return lineGap;
  const [earlier, later] = (a.start ?? 0) <= (b.start ?? 0) ? [a, b] : [b, a];
  const waits = a.dst === b.dst && isAnnouncement(earlier) && !isAnnouncement(later);
  if (waits) return channelGaps.announced;
  // and one caller can call again, except between two rounds of a queue
  return isLine && !isQueue(earlier) ? lineGap : channelGaps.usual;
};

/** A called channel continues as a caller's: a transfer by the caller, a retrieved call, a forward. */
const calledChannel: Rule = {
  name: "called-channel",
  certainty: "channel",
  find: (leg, { own: { called }, reached: { caller } }, take) => {
    if (called?.dstchannel === leg.channel && isJoined(leg.channel, called, leg)) take(called);
    if (caller?.channel === leg.dstchannel && isJoined(leg.dstchannel, caller, leg)) take(caller);
  },
};

/** Two legs reach the same channel: an attended transfer and its consultation. */
const sharedDstchannel: Rule = {
  name: "shared-dstchannel",
  certainty: "channel",
  find: (leg, { reached: { called } }, take) => {
    if (called?.dstchannel === leg.dstchannel && isJoined(leg.dstchannel, called, leg)) take(called);
  },
};

/** What goes into one half of a Local channel comes out of the other. */
const localHalves: Rule = {
  name: "local-halves",
  certainty: "channel",
  find: (leg, { own, reached }, take) => {
    takeOtherHalf(leg, leg.channel, own, take);
    takeOtherHalf(leg, leg.dstchannel, reached, take);
  },
};

const takeOtherHalf = (
  leg: Leg,
  name: string,
  { caller, called }: Readonly<Channel>,
  take: (found: Leg) => void,
): void => {
  const half = halfOf(name);
  if (half === "") return;
  if (caller !== undefined && halfOf(caller.channel) !== half && isJoined(name, caller, leg)) take(caller);
  if (called !== undefined && halfOf(called.dstchannel) !== half && isJoined(name, called, leg)) take(called);
};

/** The strongest first. */
export const channelRules = [
  sameCallId,
  sameChannel,
  calledChannel,
  sharedDstchannel,
  localHalves,
] as const satisfies readonly Rule[];
