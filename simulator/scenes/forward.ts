import type { Colleague } from "../people.ts";
import { outside, phone } from "./leg.ts";
import { anyTrunk, callToColleague, type Scene, talkTime, twoColleagues } from "./stage.ts";

const mobileOf = ({ mobilePhone, name }: Colleague) => ({ number: `00${mobilePhone.slice(1)}`, name });

/**
 * A colleague's calls are forwarded to a mobile, half of them after the desk phone rang. The PBX dials through a Local channel: its half `;1`
 * is rung by the caller, its half `;2` dials out (documented).
 */
export const toMobile: Scene = (stage, name) => {
  const { dice } = stage;
  const [person] = twoColleagues(stage);
  const call = callToColleague(stage, name, person);
  const desk = phone(person);
  if (dice.chance(0.5)) call.ring([desk], 20);
  const mobile = outside(mobileOf(person), anyTrunk(stage));
  const [start, seconds, answers] = [call.now, dice.between(4, 30), dice.chance(0.8)];
  const talk = answers ? talkTime(stage) : 0;
  const local = call.newChannel(`Local/${mobile.party.number}@users`);
  const common = {
    start,
    answer: answers ? start + seconds : undefined,
    end: start + seconds + talk,
    billsec: talk,
    disposition: answers ? "ANSWERED" : "NO ANSWER",
    lastapp: "Dial",
  } as const;
  call.write({
    ...common,
    dstchannel: `${local};1`,
    lastdata: `Local/${mobile.party.number}@users`,
    to: desk.party,
  });
  call.write({
    ...common,
    channel: `${local};2`,
    dstchannel: call.newChannel(mobile.peer),
    lastdata: mobile.dialled ?? mobile.peer,
    dst: mobile.party.number,
    dcontext: "users",
    to: mobile.party,
    outgoing: true,
  });
  call.rang(seconds);
  if (answers) call.connect(desk, talk);
  return [call.over(answers ? "answered" : "no_answer")];
};
