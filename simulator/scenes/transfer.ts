import type { Call } from "./call.ts";
import { phone, type Target } from "./leg.ts";
import { callToColleague, type Scene, type Stage, talkTime, twoColleagues } from "./stage.ts";

const begin = (stage: Stage, name: string) => {
  const [first, second] = twoColleagues(stage);
  return { call: callToColleague(stage, name, first), first: phone(first), second: phone(second) };
};

/** The first person talks, and transfers the caller without a consultation call; one transfer in five is not answered. */
export const blind: Scene = (stage, name) => {
  const { call, first, second } = begin(stage, name);
  const { dice } = stage;
  call.ring([first], dice.between(2, 20), { by: first, talk: dice.between(10, 120) });
  passBlindly(stage, call, second);
  return [call.over("answered")];
};

/** The leg to the second person keeps the caller's channel (documented). */
export const passBlindly = (stage: Stage, call: Call, second: Target): void => {
  const { dice } = stage;
  call.passTo(second);
  if (dice.chance(0.2)) call.ring([second], dice.between(10, 40));
  else call.ring([second], dice.between(2, 20), { by: second, talk: talkTime(stage) });
};

/**
 * The first person asks the second on a separate line, then connects the two. Legs (invented): the caller's, that of the
 * question, and one of the caller's channel with the channel that the question reached.
 */
export const attended: Scene = (stage, name) => {
  const { call, first, second } = begin(stage, name);
  const { dice } = stage;
  const [before, rings, asks] = [dice.between(10, 120), dice.between(2, 15), dice.between(5, 60)];
  call.ring([first], dice.between(2, 20), { by: first, talk: before + rings + asks });
  const dstchannel = call.newChannel(second.peer);
  const asked = call.now - rings - asks;
  const to = second.party;
  const plain = { disposition: "ANSWERED", lastapp: "Dial", lastdata: second.peer, to } as const;
  call.write({
    ...plain,
    channel: call.newChannel(first.peer),
    dstchannel,
    start: asked,
    answer: asked + rings,
    end: call.now,
    billsec: asks,
    from: first.party,
    src: first.party.number,
    dst: to.number,
    dcontext: "users",
  });
  call.passTo(second);
  joinWith(call, second, dstchannel, talkTime(stage));
  return [call.over("answered")];
};

/** The caller's channel is joined with one that is up already. */
const joinWith = (call: Call, person: Target, dstchannel: string, talk: number): void => {
  const start = call.now;
  call.connect(person, talk);
  call.write({
    dstchannel,
    start,
    answer: start,
    end: call.now,
    billsec: talk,
    disposition: "ANSWERED",
    lastapp: "Dial",
    lastdata: person.peer,
    to: person.party,
  });
};

/** The number under which a parked caller waits. */
const space = "701";

/** The first person parks the caller, and the second dials the parking space. */
export const parked: Scene = (stage, name) => {
  const { call, first, second } = begin(stage, name);
  const { dice } = stage;
  call.ring([first], dice.between(2, 20), { by: first, talk: dice.between(10, 90) });
  call.play("Park", space, dice.between(5, 60), { number: space, name: "" });
  const channel = call.newChannel(second.peer);
  const [start, talk] = [call.now, talkTime(stage)];
  call.passTo(second);
  joinWith(call, second, channel, talk);
  call.write({
    channel,
    dstchannel: "",
    start,
    answer: start,
    end: call.now,
    billsec: talk,
    disposition: "ANSWERED",
    lastapp: "ParkedCall",
    lastdata: space,
    from: second.party,
    src: second.party.number,
    dst: space,
    to: { number: space, name: "" },
  });
  return [call.over("answered")];
};
