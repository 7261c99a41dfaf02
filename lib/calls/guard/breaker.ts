import { ProductError } from "../../errors.ts";
import type { Metrics } from "../../metrics.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";

export const breakerTimes = {
  /** Calls beyond a cap within `withinSeconds` that open it. */
  refusals: 50,
  withinSeconds: 600,
  /** How long it stays open. */
  openSeconds: 900,
};

/**
 * Stops a caller at a PBX who runs into caps again and again: a loop in a CRM, or a stolen key. It closes by itself. Throws
 * STATE_UNAVAILABLE.
 */
export const createBreaker = (state: StateStore, clock: Pick<Clock, "now">, metrics: Metrics) => {
  const where = (pbx: string, caller: string) => ({ partition: `breaker/${pbx}`, id: caller });
  return {
    /** Throws CALLS_PAUSED where it is open. */
    check: async (pbx: string, caller: string): Promise<void> => {
      const open = await state.read(where(pbx, caller));
      if (open === undefined) return;
      const left = (open.expiresAt ?? 0) - stateSeconds(clock.now());
      throw new ProductError("CALLS_PAUSED", {
        detail: `too many calls beyond the caps; this caller's calls are paused for ${left} seconds more`,
        sent: "no",
        retryAfter: left,
      });
    },
    /** Notes a call beyond a cap. The one that is too many opens the breaker; exactly one opening is counted. */
    refused: async (pbx: string, caller: string): Promise<void> => {
      const now = stateSeconds(clock.now());
      const count = { by: 1, expiresAt: now + breakerTimes.withinSeconds };
      const refusals = (await state.count(where(pbx, caller), count)) ?? 0;
      if (refusals < breakerTimes.refusals) return;
      const expires = now + breakerTimes.openSeconds;
      const opened = await state.write(where(pbx, caller), null, { absent: true }, expires);
      if (opened !== undefined) metrics.put({ breakers_opened: 1 });
    },
  };
};
