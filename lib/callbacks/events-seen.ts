import { asRead, type StateStore, stateSeconds } from "../state.ts";
import type { Clock } from "../wms/clock.ts";

/** For so long after an event a PBX is one that sends them, s: then its history is polled. */
const spokeSeconds = 900;
/** It is noted at most so often, ms: one record for all events of a busy PBX. */
const noteEveryMs = 300_000;

const keyOf = (pbx: string) => ({ partition: `callbacks/cursor/${pbx}`, id: "events" });

/** Whether a PBX sent an event in the last 15 minutes. */
export const spokeLately = async (state: StateStore, pbx: string): Promise<boolean> =>
  (await state.read(keyOf(pbx))) !== undefined;

/** Notes that a PBX sent an event. */
export const createEventsSeen = (state: StateStore, clock: Pick<Clock, "now">) => {
  const noted = new Map<string, number>();
  return async (pbx: string): Promise<void> => {
    const now = clock.now();
    if (now - (noted.get(pbx) ?? 0) < noteEveryMs) return;
    const held = await state.read(keyOf(pbx));
    await state.write(keyOf(pbx), now, asRead(held), stateSeconds(now) + spokeSeconds);
    noted.set(pbx, now);
  };
};
