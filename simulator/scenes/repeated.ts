import { didOf, type Party, type Queue } from "../people.ts";
import type { Call } from "./call.ts";
import { abandonUntaken, answerAll } from "./queue.ts";
import {
  anyOutsider,
  anyQueue,
  callFromOutside,
  callToOutside,
  type Scene,
  type Stage,
  talkTime,
  twoColleagues,
} from "./stage.ts";

const enter = (stage: Stage, name: string, caller: Party, queue: Queue, at = stage.at): Call => {
  const call = callFromOutside(stage, name, didOf(queue.extension), { caller, at });
  call.enterQueue(queue);
  return call;
};

/** Three calls: a caller hangs up twice, and is answered at the third try. */
export const threeTries: Scene = (stage, name) => {
  const { dice } = stage;
  const [caller, queue] = [anyOutsider(stage), anyQueue(stage)];
  const first = abandonUntaken(stage, enter(stage, name, caller, queue), queue);
  const again = first.truth.ended + dice.between(20, 180);
  const second = abandonUntaken(stage, enter(stage, name, caller, queue, again), queue);
  const last = enter(stage, name, caller, queue, second.truth.ended + dice.between(20, 180));
  return [first, second, answerAll(stage, last, queue)];
};

/** Two calls: a caller hangs up, and a colleague calls back by hand, mostly with success. */
export const calledBack: Scene = (stage, name) => {
  const { dice } = stage;
  const [caller, queue] = [anyOutsider(stage), anyQueue(stage)];
  const abandoned = abandonUntaken(stage, enter(stage, name, caller, queue), queue);
  const [from] = twoColleagues(stage);
  const at = abandoned.truth.ended + dice.between(120, 2_400);
  const { call, target } = callToOutside(stage, name, { from, to: caller, at });
  if (dice.chance(0.8)) {
    call.ring([target], dice.between(3, 25), { by: target, talk: talkTime(stage) });
    return [abandoned, call.over("answered")];
  }
  call.ring([target], dice.between(10, 45));
  return [abandoned, call.over("no_answer")];
};
