import { halfOf } from "./channel-name.ts";
import type { Leg } from "./leg.ts";
import { gapOf, isAnnouncement } from "./leg-kinds.ts";
import type { Rule } from "./rule.ts";

/** Seconds between two legs of one caller's channel, if the PBX writes no leg for phones that rang: usual, and after an announcement. */
const channelGaps = { usual: 60, announced: 600 };
/** Once the legs of a channel were written, the channel is over; only clocks differ. */
const endedGap = 2;
/** Seconds between the end of one leg and a leg that continues its channel. */
const joinGap = 5;

const none: readonly Leg[] = [];
const only = (leg: Leg | undefined, holds: (found: Leg) => boolean): readonly Leg[] =>
  leg !== undefined && holds(leg) ? [leg] : none;

/** The PBX gives all legs of a call one id. */
const sameCallId: Rule = {
  name: "call-id",
  certainty: "exact",
  find: (leg, index) => only(index.byCallId(leg), () => true),
};

/** All legs of a caller's channel have its name. A PBX that restarts counts its channels from the start again. */
const sameChannel: Rule = {
  name: "same-channel",
  certainty: "channel",
  find: (leg, index, settled) =>
    only(
      index.byChannel(leg.channel),
      (found) =>
        found.channel === leg.channel &&
        found.fromKey === leg.fromKey &&
        gapOf(found, leg) <= (found.seq < settled ? endedGap : longestGap(found, leg)),
    ),
};

const longestGap = (a: Leg, b: Leg): number => {
  const [earlier, later] = (a.start ?? 0) <= (b.start ?? 0) ? [a, b] : [b, a];
  const waits = a.dst === b.dst && isAnnouncement(earlier) && !isAnnouncement(later);
  return waits ? channelGaps.announced : channelGaps.usual;
};

/** A called channel goes on as a caller's: a transfer by the caller, a retrieved call, a forward. */
const calledChannel: Rule = {
  name: "called-channel",
  certainty: "channel",
  find: (leg, index) => [
    ...only(
      index.byDstchannel(leg.channel),
      (found) => found.dstchannel === leg.channel && gapOf(found, leg) <= joinGap,
    ),
    ...only(
      index.byChannel(leg.dstchannel),
      (found) => found.channel === leg.dstchannel && gapOf(found, leg) <= joinGap,
    ),
  ],
};

/** Two legs reach the same channel: an attended transfer and its consultation. */
const sharedDstchannel: Rule = {
  name: "shared-dstchannel",
  certainty: "channel",
  find: (leg, index) =>
    only(
      index.byDstchannel(leg.dstchannel),
      (found) => found.dstchannel === leg.dstchannel && gapOf(found, leg) <= joinGap,
    ),
};

/** What goes into one half of a Local channel comes out of the other. */
const localHalves: Rule = {
  name: "local-halves",
  certainty: "channel",
  find: (leg, index) =>
    [leg.channel, leg.dstchannel].flatMap((name) => {
      const half = halfOf(name);
      if (half === "") return [];
      return [
        ...only(
          index.byChannel(name),
          (found) => halfOf(found.channel) !== half && gapOf(found, leg) <= joinGap,
        ),
        ...only(
          index.byDstchannel(name),
          (found) => halfOf(found.dstchannel) !== half && gapOf(found, leg) <= joinGap,
        ),
      ];
    }),
};

/** The strongest first. */
export const channelRules = [
  sameCallId,
  sameChannel,
  calledChannel,
  sharedDstchannel,
  localHalves,
] as const satisfies readonly Rule[];
