import type { Leg } from "./leg.ts";

/** Without channels, the second leg has the numbers of the first the other way round, and begins when that is answered. */
export const isMirror = (ringing: Leg, dialling: Leg): boolean =>
  ringing.answer !== null &&
  dialling.channel === "" &&
  ringing.fromKey === dialling.toKey &&
  ringing.toKey === dialling.fromKey &&
  ringing.fromKey !== ringing.toKey &&
  ringing.answer === dialling.start &&
  ringing.end === dialling.end;

export const isVoicemail = ({ app }: Leg): boolean => app === "voicemail";
export const isFax = ({ fax }: Leg): boolean => fax;
export const isQueue = ({ app }: Leg): boolean => app === "queue";
export const isDial = ({ app }: Leg): boolean => app === "dial";
/** People talk in a room of the PBX, which has no channel. */
export const isConference = ({ app }: Leg): boolean => conferences.has(app);
const conferences: ReadonlySet<string> = new Set(["confbridge", "conference", "meetme", "page"]);

/** Whether a person answered. A queue takes the line before: then the leg is answered, and reaches no channel. */
export const isPerson = (leg: Leg): boolean => {
  if (leg.disposition !== "answered" || leg.answer === null || isVoicemail(leg) || leg.fax) return false;
  if (leg.dstchannel !== "" || isDial(leg) || isConference(leg)) return true;
  return isQueue(leg) && leg.channel === "" && leg.start !== null && leg.answer > leg.start;
};

/** Applications that speak to a caller before anybody is rung. */
const announcements: ReadonlySet<string> = new Set([
  "playback",
  "background",
  "controlplayback",
  "read",
  "waitexten",
]);
export const isAnnouncement = ({ app }: Leg): boolean => announcements.has(app);

/** Seconds between two legs; negative if they overlap. Infinite if one has no time. */
export const gapOf = (a: Leg, b: Leg): number =>
  a.start === null || b.start === null || a.end === null || b.end === null
    ? Number.POSITIVE_INFINITY
    : Math.max(a.start, b.start) - Math.min(a.end, b.end);

/** Whether two legs end together, and begin or are answered together: the halves of one connection. */
export const isSameSpan = (a: Leg, b: Leg): boolean =>
  a.end !== null && a.end === b.end && (a.start === b.start || a.answer === b.answer);

/** Whether a leg begins when another ends. */
export const follows = (leg: Leg, earlier: Leg): boolean =>
  leg.start !== null && earlier.end !== null && Math.abs(leg.start - earlier.end) <= 1;
