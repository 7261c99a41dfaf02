import type { Leg } from "./leg.ts";
import type { LegIndex } from "./leg-index.ts";
import { follows, gapOf, isAnnouncement, isMirror, isPerson, isSameSpan } from "./leg-kinds.ts";
import type { Rule } from "./rule.ts";

/*
 * Rules for legs without a channel. Each compares numbers and times to the second, because people call again, and several
 * people can have one number.
 */

/** Seconds by which the times of one event can differ in two legs. */
const slack = 1;
/** Most seconds between two rounds of a queue. */
const roundGap = 10;
/** Most seconds between an announcement and the next leg, if the PBX writes no leg for phones that rang. */
const announcementGap = 120;

const takeLatest = (legs: readonly Leg[], holds: (leg: Leg) => boolean, take: (found: Leg) => void): void => {
  const found = legs.findLast(holds);
  if (found !== undefined) take(found);
};

/** One caller, one called number or queue, one leg after the other or several at the same time. */
const sameCaller: Rule = {
  name: "same-caller",
  certainty: "inferred",
  withoutChannel: true,
  find: (leg, { index }, take) => {
    const legs = index.ofCaller(leg);
    takeLatest(
      legs,
      (found) =>
        continues(found, leg) && !legs.some((other) => other.group === found.group && excludes(other, leg)),
      take,
    );
  },
};

const continues = (a: Leg, b: Leg): boolean => {
  const [earlier, later] = (a.start ?? 0) <= (b.start ?? 0) ? [a, b] : [b, a];
  const gap = gapOf(a, b);
  const sameTarget = a.dst === b.dst || (a.queue !== null && a.queue === b.queue);
  if (gap < -slack) return sameTarget || (isSameSpan(a, b) && (a.start === b.start || !a.callerInside));
  if (gap <= slack) return sameTarget ? goesOn(earlier, later) : isPassedOn(earlier, later);
  if (!sameTarget) return false;
  return (
    (gap <= roundGap && (a.queue !== null || b.queue !== null) && !isPerson(earlier)) ||
    (gap <= announcementGap && isAnnouncement(earlier) && !isAnnouncement(later))
  );
};

/** The next leg at the same extension of the dialplan. It is another call after an answer, or if a colleague dials again. */
const goesOn = (earlier: Leg, later: Leg): boolean =>
  isPerson(earlier)
    ? later.app === "park"
    : !later.callerInside || earlier.app !== later.app || later.queue !== null;

/** A transfer, or the end of parking: the caller is in another extension of the dialplan. */
const isPassedOn = (earlier: Leg, later: Leg): boolean =>
  !later.callerInside && (isPerson(earlier) || earlier.app === "park");

/** Whether the caller of one leg is connected while the other begins or continues: these are two callers with one number. */
const excludes = (a: Leg, b: Leg): boolean => !isSameSpan(a, b) && (goesOnDuring(a, b) || goesOnDuring(b, a));

const goesOnDuring = (a: Leg, b: Leg): boolean => {
  if (a.disposition !== "answered") return false;
  const from = Math.max(a.answer ?? a.start ?? 0, b.start ?? 0);
  return Math.min(a.end ?? 0, b.end ?? 0) - from > slack;
};

/** Originate: the first phone is rung with the number that it then calls. */
const mirroredNumbers: Rule = {
  name: "mirrored-numbers",
  certainty: "inferred",
  withoutChannel: true,
  find: (leg, { index }, take) => {
    takeLatest(index.toNumber(leg, leg.fromKey), (found) => isMirror(found, leg), take);
    takeLatest(index.fromNumber(leg, leg.toKey), (found) => isMirror(leg, found), take);
  },
};

/** Attended transfer: a person talks with the caller, asks another person, and both lines end when these two are connected. */
const consultation: Rule = {
  name: "consultation",
  certainty: "inferred",
  withoutChannel: true,
  find: (leg, { index }, take) => {
    const own = index.ofCaller(leg);
    takeLatest(
      index.toNumber(leg, leg.toKey),
      (asked) =>
        asked.callerInside &&
        isPerson(asked) &&
        follows(leg, asked) &&
        own.some((talked) => talked.toKey === asked.fromKey && isPerson(talked) && follows(leg, talked)),
      take,
    );
  },
};

/** The person who dials the parking space is connected with the caller who was parked there. */
const parkingSpace: Rule = {
  name: "parking-space",
  certainty: "inferred",
  withoutChannel: true,
  find: (leg, { index }, take) => {
    takeLatest(index.toNumber(leg, leg.fromKey), (joined) => isRetrieved(joined, leg, index), take);
    takeLatest(index.fromNumber(leg, leg.toKey), (retrieving) => isRetrieved(leg, retrieving, index), take);
  },
};

const isRetrieved = (joined: Leg, retrieving: Leg, index: LegIndex): boolean =>
  retrieving.app === "parkedcall" &&
  isSameSpan(joined, retrieving) &&
  index
    .ofCaller(joined)
    .some((parked) => parked.app === "park" && parked.data === retrieving.data && follows(joined, parked));

export const numberRules: readonly Rule[] = [sameCaller, mirroredNumbers, consultation, parkingSpace];
