import { services } from "../people.ts";
import type { Call } from "./call.ts";
import { phone } from "./leg.ts";
import { answerAll } from "./queue.ts";
import { anyQueue, callFromOutside, type Scene, type Stage, talkTime, twoColleagues } from "./stage.ts";

const begin = (stage: Stage, name: string, seconds: number): Call => {
  const call = callFromOutside(stage, name, services.ivr);
  call.play("BackGround", "ivr-main", seconds, { number: services.ivr, name: "" });
  return call;
};

/** The caller presses a key for a colleague. */
export const toPhone: Scene = (stage, name) => {
  const { dice } = stage;
  const call = begin(stage, name, dice.between(4, 30));
  const by = phone(twoColleagues(stage)[0]);
  call.ring([by], dice.between(2, 25), { by, talk: talkTime(stage) });
  return [call.over("answered")];
};

/** The caller presses a key for a queue. */
export const toQueue: Scene = (stage, name) => {
  const call = begin(stage, name, stage.dice.between(4, 30));
  const queue = anyQueue(stage);
  call.enterQueue(queue);
  return [answerAll(stage, call, queue)];
};

/** The caller hangs up while the menu is read. */
export const abandoned: Scene = (stage, name) => [
  begin(stage, name, stage.dice.between(2, 40)).over("abandoned"),
];
