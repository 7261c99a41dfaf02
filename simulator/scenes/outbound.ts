import { anyOutsider, callToOutside, type Scene, type Stage, talkTime, twoColleagues } from "./stage.ts";

const begin = (stage: Stage, name: string) => {
  const [from] = twoColleagues(stage);
  return callToOutside(stage, name, { from, to: anyOutsider(stage) });
};

export const answered: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], stage.dice.between(3, 30), { by: target, talk: talkTime(stage) });
  return [call.over("answered")];
};

export const notAnswered: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], stage.dice.between(10, 60));
  return [call.over("no_answer")];
};

export const busy: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], stage.dice.between(1, 4), { disposition: "BUSY" });
  return [call.over("busy")];
};

/** The trunk refuses the number, or has no line free. */
export const failed: Scene = (stage, name) => {
  const { call, target } = begin(stage, name);
  call.ring([target], stage.dice.between(0, 2), {
    disposition: stage.dice.chance(0.3) ? "CONGESTION" : "FAILED",
  });
  return [call.over("failed")];
};
