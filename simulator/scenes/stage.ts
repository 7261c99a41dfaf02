import {
  type Colleague,
  colleagues,
  didOf,
  outsider,
  type Party,
  type Queue,
  queues,
  ringGroup,
  trunks,
} from "../people.ts";
import { Call } from "./call.ts";
import type { Dice } from "./dice.ts";
import { outside, phone, type Target } from "./leg.ts";
import type { PlayedCall } from "./truth.ts";

/** Where a scene plays: its random numbers, its clock and its channels. */
export interface Stage {
  readonly dice: Dice;
  /** When it begins, epoch seconds. */
  readonly at: number;
  /** The next midnight or change of clocks, epoch seconds. */
  readonly boundary: number;
  /** How many people outside call, or are called. */
  readonly outsiders: number;
  readonly nextChannel: () => number;
}

/** A pure function of its stage: one call, or some calls that belong together. */
export type Scene = (stage: Stage, name: string) => readonly PlayedCall[];

/** A person outside: a few of them call often. */
export const anyOutsider = ({ dice, outsiders }: Stage): Party =>
  outsider(Math.floor(outsiders * dice.share() ** 1.5));

/** The same, or one in a hundred who hides the number. */
const anyCaller = (stage: Stage): Party =>
  stage.dice.chance(0.01) ? { number: "anonymous", name: "" } : anyOutsider(stage);

export const anyTrunk = ({ dice }: Stage): string => (dice.chance(0.85) ? trunks[0] : trunks[1]) ?? "";

/** Two who are not the same. */
export const twoColleagues = ({ dice }: Stage): [Colleague, Colleague] => {
  const first = dice.between(0, colleagues.length - 1);
  const second = (first + dice.between(1, colleagues.length - 1)) % colleagues.length;
  return [colleagueAt(first), colleagueAt(second)];
};
const colleagueAt = (at: number): Colleague => {
  const found = colleagues[at];
  if (found === undefined) throw new RangeError(`no colleague ${at}`);
  return found;
};

const phoneOf = (extension: string): Target =>
  phone(colleagues.find((colleague) => colleague.extension === extension) ?? { extension, name: "" });
export const phonesOf = ({ members }: { members: readonly string[] }): Target[] => members.map(phoneOf);
export const groupPhones = (): Target[] => phonesOf(ringGroup);
export const queueParty = ({ extension, name }: Queue): Party => ({ number: extension, name });
/** The first queue has the most calls. */
export const anyQueue = ({ dice }: Stage): Queue => {
  const [first] = queues;
  return first !== undefined && dice.chance(0.4) ? first : dice.pick(queues);
};

/** Seconds that two people talk: mostly some minutes, rarely up to two hours. */
export const talkTime = ({ dice }: Stage): number =>
  dice.chance(0.004)
    ? dice.between(1_800, 7_200)
    : Math.min(1_800, 5 + Math.floor(-150 * Math.log(1 - dice.share())));

/** From outside, to a number of the company. */
export const callFromOutside = (
  stage: Stage,
  scene: string,
  called: string,
  { caller = anyCaller(stage), at = stage.at }: { caller?: Party; at?: number } = {},
): Call => {
  const trunk = anyTrunk(stage);
  const { nextChannel } = stage;
  const opening = { scene, caller, called, trunk, at, nextChannel };
  return new Call({ ...opening, direction: "inbound", peer: `SIP/${trunk}`, dcontext: "main" });
};

/** From outside, to the number of a colleague's own. */
export const callToColleague = (stage: Stage, scene: string, { extension }: Colleague): Call =>
  callFromOutside(stage, scene, didOf(extension));

/** From a colleague to a person outside. */
export const callToOutside = (
  stage: Stage,
  scene: string,
  { from, to, at = stage.at }: { from: Colleague; to: Party; at?: number },
): { call: Call; target: Target } => {
  const trunk = anyTrunk(stage);
  const { peer, party: caller } = phone(from);
  const call = new Call({
    scene,
    direction: "outbound",
    caller,
    called: to.number,
    trunk,
    peer,
    dcontext: "users",
    at,
    nextChannel: stage.nextChannel,
  });
  return { call, target: outside(to, trunk) };
};

/** From one colleague to another, or to an extension of the PBX. */
export const callInside = (stage: Stage, scene: string, from: Colleague, called: string): Call => {
  const { peer, party: caller } = phone(from);
  const { at, nextChannel } = stage;
  return new Call({ scene, direction: "internal", caller, called, peer, dcontext: "users", at, nextChannel });
};
