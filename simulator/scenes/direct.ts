import { services } from "../people.ts";
import { phone } from "./leg.ts";
import { callFromOutside, callToColleague, type Scene, talkTime, twoColleagues } from "./stage.ts";

export const answered: Scene = (stage, name) => {
  const [person] = twoColleagues(stage);
  const call = callToColleague(stage, name, person);
  const by = phone(person);
  call.ring([by], stage.dice.between(2, 25), { by, talk: talkTime(stage) });
  return [call.over("answered")];
};

export const notAnswered: Scene = (stage, name) => {
  const [person] = twoColleagues(stage);
  const call = callToColleague(stage, name, person);
  call.ring([phone(person)], stage.dice.between(6, 60));
  return [call.over("no_answer")];
};

export const busy: Scene = (stage, name) => {
  const [person] = twoColleagues(stage);
  const call = callToColleague(stage, name, person);
  call.ring([phone(person)], 1, { disposition: "BUSY" });
  return [call.over("busy")];
};

export const voicemail: Scene = (stage, name) => {
  const [person] = twoColleagues(stage);
  const call = callToColleague(stage, name, person);
  const target = phone(person);
  call.ring([target], 25);
  return [call.voicemail(target.party, stage.dice.between(8, 60), stage.dice.between(0, 9_999))];
};

export const fax: Scene = (stage, name) => {
  const call = callFromOutside(stage, name, services.fax);
  const pages = stage.dice.between(1, 9);
  return [call.fax(20 + pages * stage.dice.between(15, 30), pages)];
};
