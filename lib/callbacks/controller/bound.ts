import { stateSeconds } from "../../state.ts";
import { rules } from "../policy.ts";
import { askedOf, type CallbackRecord } from "../record.ts";
import { decide } from "./decide.ts";
import type { Facts } from "./decision.ts";
import type { Desk } from "./desk.ts";

/** Counts the callbacks of missed calls that open at a PBX, or open again, in an hour. Further ones are observed. */
export const createBound = ({ state, clock, metrics, notify }: Desk) => {
  /** Whether another callback may open in this hour. The first one that is refused sends a notification. */
  const isWithinBound = async (pbx: string): Promise<boolean> => {
    const hour = Math.floor(clock.now() / 3_600_000);
    const key = { partition: `callbacks/opens/${pbx}`, id: String(hour) };
    const expiresAt = stateSeconds(clock.now()) + 2 * 3600;
    if ((await state.count(key, { by: 1, limit: rules.opensPerHour, expiresAt })) !== undefined) return true;
    metrics.put({ callbacks_above_bound: 1 });
    const first = await state.write(key, null, { absent: true }, expiresAt);
    if (first !== undefined)
      await notify(
        `Many missed calls at ${pbx}`,
        `${pbx} had more than ${rules.opensPerHour} new callbacks within an hour. Further callbacks are listed, but not dialled. Check whether a robot calls, and open important callbacks with \`wildix callback add\`.`,
      );
    return false;
  };
  /**
   * For the tries of one change: they count once. Returns the callback to write in place of the decided one. `from`: the callback
   * that had its missed call until now, and counts for it.
   */
  return () => {
    let isWithin: boolean | undefined;
    return async (
      before: CallbackRecord | undefined,
      decided: CallbackRecord,
      facts: Facts,
      from?: CallbackRecord,
    ): Promise<CallbackRecord> => {
      if (decided.state === "closed" || decided.round === before?.round) return decided;
      // no robot of a caller asks for it
      if (askedOf(decided) !== undefined) return decided;
      isWithin ??= from === undefined ? await isWithinBound(decided.pbx) : from.storm === undefined;
      return isWithin ? decided : decide({ ...decided, storm: true }, facts).record;
    };
  };
};
