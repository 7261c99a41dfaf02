import { defined } from "../../lib/defined.ts";
import type { PlannedPbx } from "../../lib/history/days/due-days.ts";
import {
  type Misplaced,
  misplacedAdvice,
  misplacedOf,
  misplacedText,
} from "../../lib/history/publication/place-pbxs.ts";
import { readPlacements } from "../../lib/store/customers.ts";
import type { ReadableStore } from "../../lib/store/store.ts";
import { counted } from "../terminal/output.ts";

/** The PBXs whose exports belong to another customer than the registry says. Throws STORE_UNAVAILABLE. */
export const readMisplaced = async (
  store: ReadableStore,
  places: readonly PlannedPbx[],
): Promise<Misplaced[]> =>
  misplacedOf(
    await readPlacements(store),
    places.map(({ pbx, customer }) => ({ id: pbx, ...defined({ customer }) })),
  );

/** PBXs that get a line. */
const mostLines = 20;

/** A line for each PBX whose exports belong to another customer than the registry says, with what to do. */
export const misplacedLines = (misplaced: readonly Misplaced[]): string[] => {
  const more = misplaced.length - mostLines;
  return [
    ...misplaced
      .slice(0, mostLines)
      .map((one) => `${one.pbx}: ${misplacedText(one)}. ${misplacedAdvice(one)}`),
    ...(more > 0 ? [`The exports of ${counted(more, "more PBX")} belong to another customer, too.`] : []),
  ];
};
