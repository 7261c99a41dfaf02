import type { Metrics } from "../../metrics.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { CallRefusal } from "./refusal.ts";

export const callerPauseTimes = {
  /** Calls beyond a cap within `withinSeconds` that begin a pause. */
  refusals: 50,
  withinSeconds: 600,
  /** How long it lasts. */
  pauseSeconds: 900,
};

/**
 * Pauses a caller at a PBX after many calls beyond the caps: a loop in a CRM, or a stolen key. The pause ends automatically. Throws
 * STATE_UNAVAILABLE.
 */
export const createCallerPause = (state: StateStore, clock: Pick<Clock, "now">, metrics: Metrics) => {
  const where = (pbx: string, caller: string) => ({ partition: `breaker/${pbx}`, id: caller });
  return {
    /** Throws CALLS_PAUSED during a pause. */
    check: async (pbx: string, caller: string): Promise<void> => {
      const pause = await state.read(where(pbx, caller));
      if (pause === undefined) return;
      const left = (pause.expiresAt ?? 0) - stateSeconds(clock.now());
      throw new CallRefusal("CALLS_PAUSED", {
        detail: `caps refused too many calls of this caller, which is paused for another ${left} seconds`,
        retryAfter: left,
      });
    },
    /** Counts a call beyond a cap. The last that is allowed begins the pause; each pause is counted once. */
    refused: async (pbx: string, caller: string): Promise<void> => {
      const now = stateSeconds(clock.now());
      const count = { by: 1, expiresAt: now + callerPauseTimes.withinSeconds };
      const refusals = (await state.count(where(pbx, caller), count)) ?? 0;
      if (refusals < callerPauseTimes.refusals) return;
      const expires = now + callerPauseTimes.pauseSeconds;
      const begun = await state.write(where(pbx, caller), null, { absent: true }, expires);
      if (begun !== undefined) metrics.put({ breakers_opened: 1 });
    },
  };
};
