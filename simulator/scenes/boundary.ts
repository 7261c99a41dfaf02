import { phone } from "./leg.ts";
import { callToColleague, type Scene, twoColleagues } from "./stage.ts";
import { passBlindly } from "./transfer.ts";

/**
 * A call that begins up to five minutes before a midnight or a change of clocks, and is passed on after it: its legs are on both
 * sides of it.
 */
export const overBoundary: Scene = (stage, name) => {
  const { dice, boundary } = stage;
  const [first, second] = twoColleagues(stage);
  const at = boundary - dice.between(40, 300);
  const call = callToColleague({ ...stage, at }, name, first);
  const by = phone(first);
  const rings = dice.between(2, 20);
  call.ring([by], rings, { by, talk: boundary - at - rings + dice.between(10, 300) });
  passBlindly(stage, call, phone(second));
  return [call.over("answered")];
};
