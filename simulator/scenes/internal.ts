import { phone } from "./leg.ts";
import { callInside, type Scene, type Stage, talkTime, twoColleagues } from "./stage.ts";

const begin = (stage: Stage, name: string) => {
  const [from, to] = twoColleagues(stage);
  return { call: callInside(stage, name, from, to.extension), target: phone(to) };
};

export const answered: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], stage.dice.between(1, 15), { by: target, talk: talkTime(stage) });
  return [call.over("answered")];
};

export const notAnswered: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], stage.dice.between(5, 40));
  return [call.over("no_answer")];
};

export const busy: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], 1, { disposition: "BUSY" });
  return [call.over("busy")];
};
