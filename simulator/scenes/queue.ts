import { didOf, type Party, type Queue } from "../people.ts";
import type { Call } from "./call.ts";
import {
  anyQueue,
  callFromOutside,
  phonesOf,
  queueParty,
  type Scene,
  type Stage,
  talkTime,
} from "./stage.ts";
import type { PlayedCall } from "./truth.ts";

const roundSeconds = 15;
const pauseSeconds = 5;
const announcementSeconds = 6;

const begin = (stage: Stage, name: string): { call: Call; queue: Queue } => {
  const queue = anyQueue(stage);
  const call = callFromOutside(stage, name, didOf(queue.extension));
  call.enterQueue(queue);
  return { call, queue };
};

const announce = (call: Call, queue: Queue): void =>
  call.play("Playback", "queue-welcome", announcementSeconds, queueParty(queue));

/** Rounds in which all members ring and none answers. */
const ringInVain = (call: Call, queue: Queue, rounds: number): void => {
  for (let round = 0; round < rounds; round++) {
    call.ring(phonesOf(queue), roundSeconds, { queue });
    call.pause(pauseSeconds);
  }
};

/** All members ring until one answers, after up to two rounds without an answer. */
export const answerAll = (stage: Stage, call: Call, queue: Queue): PlayedCall => {
  const { dice } = stage;
  ringInVain(call, queue, Math.max(0, dice.between(-3, 2)));
  const phones = phonesOf(queue);
  const by = dice.pick(phones);
  call.ring(phones, dice.between(2, roundSeconds - 1), { by, talk: talkTime(stage), queue });
  return call.over("answered");
};

export const ringAll: Scene = (stage, name) => {
  const { call, queue } = begin(stage, name);
  if (stage.dice.chance(0.5)) announce(call, queue);
  return [answerAll(stage, call, queue)];
};

/** One member rings after the other. */
export const roundRobin: Scene = (stage, name) => {
  const { call, queue } = begin(stage, name);
  const { dice } = stage;
  announce(call, queue);
  const phones = phonesOf(queue);
  const first = dice.between(0, phones.length - 1);
  const inOrder = [...phones.slice(first), ...phones.slice(0, first)];
  const answersAt = dice.between(0, inOrder.length - 1);
  for (const [at, target] of inOrder.slice(0, answersAt + 1).entries()) {
    if (at < answersAt) call.ring([target], roundSeconds, { queue });
    else call.ring([target], dice.between(2, roundSeconds - 1), { by: target, talk: talkTime(stage), queue });
  }
  return [call.over("answered")];
};

/** The caller hangs up before the line is taken: NO ANSWER. */
export const abandonBefore: Scene = (stage, name) => {
  const { call, queue } = begin(stage, name);
  return [abandonUntaken(stage, call, queue)];
};

export const abandonUntaken = (stage: Stage, call: Call, queue: Queue): PlayedCall => {
  const start = call.now;
  call.pause(stage.dice.between(2, 12));
  call.write({
    dstchannel: "",
    start,
    end: call.now,
    billsec: 0,
    disposition: "NO ANSWER",
    lastapp: "Queue",
    lastdata: `${queue.name},t`,
    to: queueParty(queue),
  });
  return call.over("abandoned");
};

/** The caller hangs up later: the PBX has taken the line, so the last leg reads ANSWERED, without a person at the other end. */
export const abandonAfter: Scene = (stage, name) => {
  const { call, queue } = begin(stage, name);
  announce(call, queue);
  ringInVain(call, queue, stage.dice.between(0, 3));
  call.play("Queue", `${queue.name},t`, stage.dice.between(1, 20), queueParty(queue));
  return [call.over("abandoned")];
};

export const overflow: Scene = (stage, name) => {
  const { call, queue } = begin(stage, name);
  announce(call, queue);
  ringInVain(call, queue, 2);
  const box: Party = queueParty(queue);
  return [call.voicemail(box, stage.dice.between(8, 60), stage.dice.between(0, 9_999))];
};
