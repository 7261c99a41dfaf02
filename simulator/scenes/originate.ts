import type { Party } from "../people.ts";
import { channelName, type Disposition, type Leg, outside, phone, type Target } from "./leg.ts";
import { anyOutsider, anyTrunk, type Scene, type Stage, talkTime, twoColleagues } from "./stage.ts";
import type { Outcome, PlayedCall } from "./truth.ts";

/** What became of a call that Originate placed. Times are epoch seconds. */
export interface Originated {
  readonly scene: string;
  readonly placed: number;
  /** The procedure of the dialplan. */
  readonly context: string;
  readonly first: Target;
  /** What the first phone was shown. */
  readonly shown: Party;
  readonly second: Target;
  /** By which the second leg goes; absent inside. */
  readonly trunk?: string;
  readonly answered?: { readonly first: number; readonly second?: number };
  /** Whether a mailbox answered, not a person. */
  readonly voicemail?: { readonly first: boolean; readonly second: boolean };
  readonly ended: number;
  /** Of the leg that was not answered. */
  readonly disposition: Disposition;
  /** An account code, or what else goes into history. */
  readonly userfield: string;
  readonly nextChannel: () => number;
}

/**
 * The legs of a Local channel that Originate made (invented, after Asterisk): its half `;2` rings the first phone; when that answers,
 * its half `;1` dials the number.
 */
const legsOf = (call: Originated): Leg[] => {
  const { first, second, placed, ended, context, userfield, nextChannel, answered, voicemail } = call;
  const local = channelName(`Local/${first.party.number}@${context}`, nextChannel());
  const common = { dcontext: context, lastapp: "Dial", userfield, faxdata: "", end: ended };
  const firstLeg: Leg = {
    ...common,
    channel: `${local};2`,
    dstchannel: channelName(first.peer, nextChannel()),
    start: placed,
    answer: answered?.first,
    billsec: answered ? ended - answered.first : 0,
    disposition: answered ? "ANSWERED" : call.disposition,
    lastdata: first.peer,
    src: call.shown.number,
    dst: first.party.number,
    from: call.shown,
    to: first.party,
    outgoing: false,
  };
  if (!answered) return [firstLeg];
  const firstLegs = voicemail?.first ? asVoicemail(firstLeg) : [firstLeg];
  const talked = answered.second !== undefined;
  const secondLeg: Leg = {
    ...common,
    channel: `${local};1`,
    dstchannel: channelName(second.peer, nextChannel()),
    start: answered.first,
    answer: answered.second,
    billsec: talked ? ended - (answered.second ?? ended) : 0,
    disposition: talked ? "ANSWERED" : call.disposition,
    lastdata: second.dialled ?? second.peer,
    src: first.party.number,
    dst: second.party.number,
    from: first.party,
    to: second.party,
    outgoing: call.trunk !== undefined,
  };
  return [...firstLegs, ...(voicemail?.second ? asVoicemail(secondLeg) : [secondLeg])];
};

/** A phone that rang, and the mailbox that answered (measured: ANSWERED, without a time of answer). */
const asVoicemail = (leg: Leg): Leg[] => {
  const at = leg.answer ?? leg.start;
  const box = leg.to.number;
  return [
    { ...leg, answer: undefined, end: at, billsec: 0, disposition: "NO ANSWER" },
    {
      ...leg,
      dstchannel: "",
      start: at,
      answer: undefined,
      lastapp: "VoiceMail",
      lastdata: `${box}@default,u`,
      userfield: leg.userfield || `VM:/${box}/INBOX/msg0000.mp3`,
    },
  ];
};

const outcomes: Readonly<Record<Disposition, Outcome>> = {
  ANSWERED: "answered",
  "NO ANSWER": "no_answer",
  BUSY: "busy",
  FAILED: "failed",
  CONGESTION: "failed",
};

/** A call that was placed, with both its legs. It is answered if two persons were connected. */
export const originated = (call: Originated): PlayedCall => {
  const { scene, first, second, trunk, placed, ended, voicemail, disposition } = call;
  const connected = call.answered?.second;
  const machine = voicemail?.first === true || voicemail?.second === true;
  const talked = machine ? undefined : connected;
  const machineAt = voicemail?.first && connected !== undefined ? call.answered?.first : connected;
  const waited = (talked ?? machineAt ?? ended) - placed;
  return {
    legs: legsOf(call),
    truth: {
      scene,
      direction: trunk === undefined ? "internal" : "outbound",
      caller: first.party.number,
      callerName: first.party.name,
      called: second.party.number,
      did: null,
      trunk: trunk ?? null,
      queues: [],
      started: placed,
      answered: talked ?? null,
      ended,
      outcome: connected === undefined ? outcomes[disposition] : machine ? "voicemail" : "answered",
      answeredBy: talked !== undefined && trunk === undefined ? second.party.number : null,
      waitSeconds: waited,
      ringSeconds: waited,
      talkSeconds: talked === undefined ? 0 : ended - talked,
      transfers: 0,
      transferredTo: null,
    },
  };
};

const begin = (stage: Stage, scene: string) => {
  const [agent] = twoColleagues(stage);
  const [to, trunk] = [anyOutsider(stage), anyTrunk(stage)];
  const { at: placed, nextChannel } = stage;
  const [first, second] = [phone(agent), outside(to, trunk)];
  return { scene, placed, context: "users", first, shown: to, second, trunk, userfield: "", nextChannel };
};

export const talked: Scene = (stage, name) => {
  const { dice } = stage;
  const call = begin(stage, name);
  const agent = call.placed + dice.between(1, 12);
  const customer = agent + dice.between(3, 30);
  const answered = { first: agent, second: customer };
  return [originated({ ...call, answered, ended: customer + talkTime(stage), disposition: "ANSWERED" })];
};

/** The colleague picks up, the customer does not. */
export const customerMissed: Scene = (stage, name) => {
  const { dice } = stage;
  const call = begin(stage, name);
  const first = call.placed + dice.between(1, 12);
  const busy = dice.chance(0.3);
  const ended = first + (busy ? 2 : dice.between(10, 45));
  return [originated({ ...call, answered: { first }, ended, disposition: busy ? "BUSY" : "NO ANSWER" })];
};

export const agentMissed: Scene = (stage, name) => {
  const call = begin(stage, name);
  return [originated({ ...call, ended: call.placed + 20, disposition: "NO ANSWER" })];
};
