import type { Desk } from "./desk.ts";
import { type DueEntry, hintOf } from "./entries.ts";
import { createJudging, type Visited } from "./judging.ts";
import type { Taking } from "./take.ts";
import { createRingingVisit } from "./visit-ringing.ts";
import { createWaitingVisit } from "./visit-waiting.ts";

/** An entry without a record, or one that is not its record's own, is a trace of a process that ended; it may still write, ms. */
const entryGraceMs = 3_600_000;

/** Visits one callback whose time has come. Throws STATE_UNAVAILABLE, REGISTRY_UNAVAILABLE and the like. */
export const createVisit = (desk: Desk, taking: Taking) => {
  const { clock, index } = desk;
  const judging = createJudging(desk);
  const visitWaiting = createWaitingVisit(desk, taking, judging);
  const visitRinging = createRingingVisit(desk, taking, judging);

  return async (entry: DueEntry): Promise<Visited> => {
    // from here on: what is decided by older settings, lists and history is not sent
    const begun = clock.now();
    const pbx = await desk.pbxs.get(entry.pbx);
    const held = await index.read(pbx.id, entry.id);
    if (held === undefined) {
      if (clock.now() - entry.due > entryGraceMs) await index.drop(entry.key);
      return "done";
    }
    if (!index.isOwn(entry.key, held.value)) {
      await index.dropStale(entry, held);
      return "done";
    }
    // a process that was frozen for long wrote what it knew: the next sweep has the order right
    if (JSON.stringify(entry.item.value) !== JSON.stringify(hintOf(held.value))) {
      await index.ensure(held.value);
      return "done";
    }
    return held.value.state === "ringing" ? visitRinging(pbx, held) : visitWaiting(pbx, held, begun);
  };
};

export type Visit = ReturnType<typeof createVisit>;
