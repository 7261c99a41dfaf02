import { fieldWord } from "../../history/rows/field-text.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { sameNumber } from "../../phone-number.ts";
import { sameCall } from "../facts.ts";
import { rules } from "../policy.ts";
import type { Dial, NumberRecord, Outcome } from "../record.ts";
import { channelOf, fieldOf, type Leg } from "./legs.ts";

/** A ring of which history is asked. */
export interface AskedRing {
  readonly dial: Dial;
  /** E.164. */
  readonly number: string;
  /** The mark that the PBX carries into its history, if it carries one. */
  readonly mark: string | undefined;
}

/** What rows say of a ring. */
export interface Read {
  readonly outcome: Exclude<Outcome, "unknown">;
  /** When the call was over, epoch ms. */
  readonly end: number;
}

/** The first leg begins with the dial; the second when the first is answered. A PBX's clock may differ by a few seconds. */
const slack = 10_000;

const dispositionOf = ({ row }: Leg): Lowercase<string> => fieldWord(row.record["disposition"]);

/** Those that fit best, if any do. */
const preferred = (legs: readonly Leg[], fits: (leg: Leg) => boolean): readonly Leg[] => {
  const best = legs.filter(fits);
  return best.length > 0 ? best : legs;
};

/** Legs of the ring: only its phone, and from the phone to the number. */
const legsOfRing = (legs: readonly Leg[], { dial, number, mark }: AskedRing, settings: PbxSettings) => {
  const style = { country: settings.country, outsidePrefix: settings.outside_prefix };
  const from = dial.at - slack;
  const to = dial.at + rules.agentRingSeconds * 1000 + 6 * slack;
  const near = legs.filter(({ startedAt }) => startedAt >= from && startedAt <= to);
  const isMarked = ({ row }: Leg): boolean =>
    mark !== undefined &&
    Object.values(row.record).some((value) => typeof value === "string" && value.includes(mark));
  const isLocal = (leg: Leg): boolean =>
    ["channel", "dstchannel"].some((field) => fieldOf(leg, field).startsWith(`Local/${dial.target}@`));
  const outside = near.filter((leg) => sameNumber(leg.to, number, style));
  const customer = preferred(
    outside.filter((leg) => isMarked(leg) || isLocal(leg) || leg.from === dial.target),
    isMarked,
  );
  // another callback may ring the same phone at the same time, and the phone shows its number
  const isOther = ({ from }: Leg): boolean =>
    from !== "" && from !== dial.target && !sameNumber(from, number, style);
  const phones = near.filter(
    (leg) => leg.to === dial.target && (isMarked(leg) || (isLocal(leg) && !isOther(leg))),
  );
  const locals = customer.map((leg) => channelOf(leg, "channel"));
  const ofCustomer = preferred(phones, (leg) => locals.includes(channelOf(leg, "channel")));
  return { agent: preferred(ofCustomer, isMarked), customer };
};

/**
 * The outcome of a ring, by rows only. Undefined: not known yet. Legs of one call can appear minutes apart, so that a second leg
 * is missing is believed late.
 */
export const readOutcome = (
  legs: readonly Leg[],
  ringing: AskedRing,
  settings: PbxSettings,
  number: NumberRecord,
  now: number,
  hasEvents: boolean,
): Read | undefined => {
  const { agent, customer } = legsOfRing(legs, ringing, settings);
  const answered = agent.filter((leg) => dispositionOf(leg) === "answered");
  const end = Math.max(...[...agent, ...customer].map(({ endedAt }) => endedAt));
  const voicemail = answered.some(({ row }) => row.typed.voicemail);
  const [second] = customer.toSorted((a, b) => Number(b.isBridged) - Number(a.isBridged));
  if (second === undefined) {
    if (agent.length === 0) return undefined;
    if (answered.length > 0 && now < end + rules.rowsLateMs) return undefined;
    return { outcome: "agent_missed", end };
  }
  if (voicemail) return { outcome: "agent_voicemail", end };
  switch (dispositionOf(second)) {
    case "answered": {
      if (!second.isBridged) return { outcome: "no_answer", end };
      const picked = Math.min(...answered.map(({ answeredAt }) => answeredAt ?? Number.POSITIVE_INFINITY));
      const isAmbiguous = answered.length > 0 && (second.answeredAt ?? 0) <= picked + 1000;
      return isAmbiguous ? readAmbiguous(second, number, end, now, hasEvents) : { outcome: "talked", end };
    }
    case "busy":
      return { outcome: "busy", end };
    case "no answer":
      return { outcome: "no_answer", end };
    default:
      return { outcome: "failed", end };
  }
};

/** Some PBXs count the second leg as answered with the first: then call:completed decides, and without it they talked. */
const readAmbiguous = (
  { startedAt, endedAt }: Leg,
  { completed }: NumberRecord,
  end: number,
  now: number,
  hasEvents: boolean,
): Read | undefined => {
  const told = completed?.find((call) => sameCall(call, { start: startedAt, end: endedAt }));
  if (told === undefined && hasEvents && now < end + rules.completedLateMs) return undefined;
  return { outcome: told === undefined || told.bridged ? "talked" : "no_answer", end };
};
