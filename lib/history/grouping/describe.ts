import { columnSeconds } from "../rows/column-seconds.ts";
import { dialledTrunk, isPhoneOf } from "../rows/leg-parties.ts";
import type { Call, Outcome } from "./call.ts";
import { baseOf, halfOf, isLocal } from "./channel-name.ts";
import type { Group } from "./group.ts";
import type { Leg } from "./leg.ts";
import { isConference, isDial, isFax, isMirror, isPerson, isQueue, isVoicemail } from "./leg-kinds.ts";
import { utcWriter } from "./utc-text.ts";

/** Makes the call of a group whose legs are complete. */
export const callDescriber = (toE164: (number: string) => string | null): ((group: Group) => Call) => {
  const utcOf = utcWriter();
  /** That of a leg's other side is known already: it is the key of its number. */
  const e164Of = (number: string, { from, fromKey, to, toKey, otherE164 }: Leg): string | null =>
    (number === from && fromKey === otherE164) || (number === to && toKey === otherE164)
      ? otherE164
      : toE164(number);
  return (group) => {
    const legs = inOrder(group.legs);
    const parts = partsOf(legs);
    const { main, first } = parts;
    const earliest = legs[0];
    const last = latestOf(legs);
    // a mailbox that Originate connects is not a person
    const person = parts.placed && legs.some(isVoicemail) ? undefined : firstPerson(main);
    const taken = person === undefined ? legs.find((leg) => isFax(leg) || isVoicemail(leg)) : undefined;
    const names = partiesOf(parts);
    const direction = directionOf(parts);
    const passed = person === undefined ? [] : transfersOf(main, person);
    const queues = queuesOf(legs);
    const answer = person?.answer ?? null;
    const answeredBy = direction === "inbound" || direction === "internal" ? reachedBy(person) : "";
    const end = answer ?? taken?.start ?? last?.end ?? null;
    return {
      call_id: group.idOf(),
      started_utc: utcOf(earliest?.start),
      answered_utc: utcOf(person?.answer),
      ended_utc: utcOf(last?.end),
      started: textOrNull(earliest?.localStart),
      answered: textOrNull(person?.localAnswer),
      ended: textOrNull(last?.localEnd),
      direction,
      caller: textOrNull(names.caller),
      caller_e164: e164Of(names.caller, first),
      caller_name: textOrNull(names.callerName),
      called: textOrNull(names.called),
      called_e164: e164Of(names.called, parts.placed ? (main[0] ?? first) : first),
      called_name: textOrNull(names.calledName),
      did: direction === "inbound" ? textOrNull(names.called) : null,
      outcome: outcomeOf(parts, legs, person),
      answered_by: textOrNull(answeredBy),
      answered_by_name: answeredBy === person?.to ? textOrNull(person.toName) : null,
      queue: queues[0] ?? null,
      queues,
      wait_seconds: columnSeconds(secondsBetween(earliest?.start ?? null, end)),
      ring_seconds: columnSeconds(ringSeconds(parts.placed ? legs : main, person)),
      talk_seconds: person === undefined ? 0 : columnSeconds(talkOf(main)),
      transfers: passed.length,
      transferred_to: passed.at(-1) ?? null,
      trunk: direction === "internal" ? null : trunkOf(first, main),
      placed_by: legs.find(({ placedBy }) => placedBy !== null)?.placedBy ?? null,
      leg_ids: group.legs.map(({ id }) => id),
      grouping: group.certainty,
    };
  };
};

/** Legs that start together stay in the order of their arrival. */
const byStart = (a: Leg, b: Leg): number => (a.start ?? 0) - (b.start ?? 0);
/** Legs by their start. Most calls have them in this order already, and then nothing is copied. */
const inOrder = (legs: readonly Leg[]): readonly Leg[] => {
  let last: Leg | undefined;
  for (const leg of legs) {
    if (last !== undefined && byStart(last, leg) > 0) return legs.toSorted(byStart);
    last = leg;
  }
  return legs;
};
const textOrNull = (text: string | undefined): string | null =>
  text === undefined || text === "" ? null : text;

/** Never negative: clocks jump. */
const secondsBetween = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.max(0, to - from);

const latestOf = (legs: readonly Leg[]): Leg | undefined => {
  let latest: Leg | undefined;
  for (const leg of legs) if (latest === undefined || (leg.end ?? 0) > (latest.end ?? 0)) latest = leg;
  return latest;
};

interface Parts {
  /** The leg with which the call begins. */
  readonly first: Leg;
  /** The legs of the caller's own channel, by their start. */
  readonly main: readonly Leg[];
  /** Whether Originate placed the call: `first` rings the caller, and `main` dials. */
  readonly placed: boolean;
}

const partsOf = (legs: readonly Leg[]): Parts => {
  const ringing = legs.find((leg) => isPlaced(leg, legs));
  if (ringing !== undefined)
    return { first: ringing, main: legs.filter((leg) => isDialling(leg, ringing)), placed: true };
  const first =
    legs.find((leg) => leg.channel !== "" && !isLocal(leg.channel) && !isReachedBefore(leg, legs)) ?? legs[0];
  if (first === undefined) throw new RangeError("a call has a leg");
  return { first, main: legs.filter((leg) => isOfCaller(leg, first)), placed: false };
};

const isReached = (channel: string, legs: readonly Leg[]): boolean =>
  legs.some(({ dstchannel }) => dstchannel === channel);

/** Whether the caller of a leg was called before. A parked caller is reached again, by the leg that retrieves the call. */
const isReachedBefore = ({ channel, start }: Leg, legs: readonly Leg[]): boolean =>
  legs.some((other) => other.dstchannel === channel && (other.start ?? 0) <= (start ?? 0));

const isOfCaller = (leg: Leg, first: Leg): boolean =>
  first.channel === ""
    ? leg.channel === "" && leg.fromKey === first.fromKey && (leg === first || leg.direction !== "transit")
    : leg.channel === first.channel || (leg.app === "parkedcall" && leg.dstchannel === first.channel);

/** Originate makes a Local channel without a caller: its half `;2` rings the first phone. */
const isPlaced = (leg: Leg, legs: readonly Leg[]): boolean =>
  leg.channel === ""
    ? legs.some((other) => isMirror(leg, other))
    : isLocal(leg.channel) && halfOf(leg.channel) === "2" && !isReached(`${baseOf(leg.channel)};1`, legs);

/** The leg that dials after the first phone answered. */
const isDialling = (leg: Leg, ringing: Leg): boolean =>
  ringing.channel === ""
    ? isMirror(ringing, leg)
    : halfOf(leg.channel) === "1" && baseOf(leg.channel) === baseOf(ringing.channel);

const firstPerson = (main: readonly Leg[]): Leg | undefined => {
  let first: Leg | undefined;
  for (const leg of main)
    if (isPerson(leg) && (first === undefined || (leg.answer ?? 0) < (first.answer ?? 0))) first = leg;
  return first;
};

/** Who answered: the extension of the phone, else the number that was called. A conference has no extension. */
const reachedBy = (person: Leg | undefined): string => {
  if (person === undefined || isConference(person)) return "";
  const { extension, dstchannel, to } = person;
  return isPhoneOf(extension, dstchannel) ? extension : to;
};

/** Seconds of all people together. If a leg does not say them, its times do. */
const talkOf = (main: readonly Leg[]): number => {
  let seconds = 0;
  for (const leg of main) if (isPerson(leg)) seconds += leg.talk ?? secondsBetween(leg.answer, leg.end) ?? 0;
  return seconds;
};

const directionOf = ({ first, main, placed }: Parts): Call["direction"] => {
  if (placed) {
    const [dialling] = main;
    if (dialling !== undefined) return dialling.direction;
    return first.direction === "internal" ? "internal" : "outbound";
  }
  if (first.direction !== "transit") return first.direction;
  return main.some((leg) => leg.direction === "inbound" || !isDial(leg)) ? "inbound" : "transit";
};

interface Parties {
  readonly caller: string;
  readonly callerName: string;
  readonly called: string;
  readonly calledName: string;
}

const partiesOf = ({ first, main, placed }: Parts): Parties => {
  const [dialling] = main;
  if (placed)
    return {
      caller: first.to,
      callerName: first.toName,
      called: dialling?.to ?? first.from,
      calledName: dialling?.toName ?? first.fromName,
    };
  const { to, toName, direction, dst } = first;
  const called = direction === "outbound" || !/^[+*#]?\d[\d*#]*$/.test(dst) ? to : dst;
  return { ...callerOf(first), called, calledName: called === to ? toName : "" };
};

/** A colleague who calls outside can show the number of the company: the extension is that of the phone. */
const callerOf = ({
  direction,
  extension,
  channel,
  from,
  fromName,
}: Leg): Pick<Parties, "caller" | "callerName"> =>
  direction === "outbound" && extension !== from && isPhoneOf(extension, channel)
    ? { caller: extension, callerName: "" }
    : { caller: from, callerName: fromName };

/** The numbers that transfers dialled: after a person answered, the caller is in another extension of the dialplan. */
const transfersOf = (main: readonly Leg[], person: Leg): string[] => {
  const numbers: string[] = [];
  let current = person.dst;
  for (const leg of main) {
    if ((leg.start ?? 0) < (person.answer ?? 0) || leg.dst === current) continue;
    current = leg.dst;
    numbers.push(leg.dst);
  }
  return numbers;
};

const queuesOf = (legs: readonly Leg[]): string[] => {
  const names: string[] = [];
  for (const { queue } of legs) if (queue !== null && !names.includes(queue)) names.push(queue);
  return names;
};

/** Seconds in which a phone rang, up to the first answer; several phones that ring at the same time count once. */
const ringSeconds = (legs: readonly Leg[], person: Leg | undefined): number | null => {
  let [sum, until] = [0, Number.NEGATIVE_INFINITY];
  for (const leg of legs) {
    if (leg.start === null || leg.end === null || !rings(leg)) continue;
    // a menu can have answered the line before, and no phone yet
    const taken = leg.disposition === "answered" ? leg.answer : null;
    const end = Math.min(taken ?? leg.end, person?.answer ?? Number.POSITIVE_INFINITY);
    sum += Math.max(0, end - Math.max(leg.start, until));
    until = Math.max(until, end);
  }
  // a leg with a start has an end
  return legs.some(({ start }) => start !== null) ? sum : null;
};

const rings = (leg: Leg): boolean => isDialled(leg) || (isQueue(leg) && leg.channel === "");

/** Asterisk writes the last application: after Dial it can be another, for example Hangup. */
const isDialled = (leg: Leg): boolean => isDial(leg) || leg.dstchannel !== "";

/** The caller's trunk, or the trunk that was dialled. */
const trunkOf = (first: Leg, main: readonly Leg[]): string | null => {
  let trunk = trunkOfLeg(first);
  for (const leg of main) trunk ??= trunkOfLeg(leg);
  return trunk;
};

/** Dial names the trunk even if it makes no channel. */
const trunkOfLeg = (leg: Leg): string | null =>
  leg.trunk ?? (leg.direction === "outbound" ? dialledTrunk(leg.data) : null);

const outcomeOf = (
  { main, first, placed }: Parts,
  legs: readonly Leg[],
  person: Leg | undefined,
): Outcome => {
  const voicemail = legs.some(isVoicemail);
  if (placed && voicemail) return main.length > 0 ? "voicemail" : "no_answer";
  if (person !== undefined) return "answered";
  if (legs.some(isFax)) return "fax";
  if (voicemail) return "voicemail";
  const own = main.length > 0 ? main : [first];
  if (own.some(isQueue)) return "abandoned";
  const dials = own.filter(isDialled);
  if (dials.length === 0) return undialled(own, first);
  const dispositions = dispositionsOf(dials);
  if (dispositions.has("no answer")) return "no_answer";
  return dispositions.has("busy") ? "busy" : dispositions.has("answered") ? "no_answer" : "failed";
};

/** A call for which no phone was dialled: a menu, a function of the PBX, or a refusal. */
const undialled = (own: readonly Leg[], { callerInside, direction }: Leg): Outcome => {
  const dispositions = dispositionsOf(own);
  const isTaken = dispositions.has("answered");
  if (callerInside && isTaken) return direction === "internal" ? "answered" : "failed";
  if (!isTaken && dispositions.has("busy")) return "busy";
  if (!isTaken && refusals.some((refusal) => dispositions.has(refusal))) return "failed";
  return callerInside ? "no_answer" : "abandoned";
};

const refusals = ["failed", "congestion"] as const;
const dispositionsOf = (legs: readonly Leg[]): ReadonlySet<string> =>
  new Set(legs.map(({ disposition }) => disposition));
