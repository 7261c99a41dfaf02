import { services } from "../people.ts";
import { callFromOutside, groupPhones, type Scene, talkTime } from "./stage.ts";

export const answered: Scene = (stage, name) => {
  const call = callFromOutside(stage, name, services.group);
  const phones = groupPhones();
  const by = stage.dice.pick(phones);
  call.ring(phones, stage.dice.between(2, 20), { by, talk: talkTime(stage) });
  return [call.over("answered")];
};

export const notAnswered: Scene = (stage, name) => {
  const call = callFromOutside(stage, name, services.group);
  call.ring(groupPhones(), stage.dice.between(8, 60));
  return [call.over("no_answer")];
};
