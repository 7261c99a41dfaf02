import { checkStops } from "../../calls/calls.ts";
import { isError } from "../../errors.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { calledNumber } from "../numbers.ts";
import { type Policy, policyOf } from "../policy.ts";
import type { CallbackRecord, NumberRecord } from "../record.ts";
import { createBound } from "./bound.ts";
import type { Facts } from "./decision.ts";
import type { Desk } from "./desk.ts";
import type { HeldCallback } from "./entries.ts";

/**
 * The result of a visit. `done`: the next of the target may be visited. `rang`: one slot of the target is taken. `busy`: its
 * target has none; `stopped`, `failed`: nothing more of this PBX in this sweep.
 */
export type Visited = "done" | "rang" | "busy" | "stopped" | "failed";

/** What the decision of a visit is made from, and how it is written. */
export const createJudging = (desk: Desk) => {
  const { state, clock, index, doNotCall } = desk;
  const bound = createBound(desk);

  const isStopped = (pbx: string): Promise<boolean> =>
    checkStops(state, pbx).then(
      () => false,
      (error: unknown) => {
        if (isError(error, "CALLS_STOPPED")) return true;
        throw error;
      },
    );
  return {
    factsFor: async (
      pbx: Pbx,
      record: CallbackRecord,
      number: NumberRecord,
    ): Promise<Facts & { readonly policy: Policy | undefined }> => {
      const policy = policyOf(pbx.settings);
      const [listed, stopped] = await Promise.all([doNotCall.has(pbx.id, record.number), isStopped(pbx.id)]);
      const callable =
        policy !== undefined && calledNumber(record.number, pbx.settings, policy.countries) !== undefined;
      return { policy, now: clock.now(), number, listed, callable, stopped };
    },

    /** Writes what was decided. Undefined: another process wrote first, and the next sweep looks again. */
    write: async (
      held: HeldCallback,
      decided: CallbackRecord,
      facts: Facts,
    ): Promise<HeldCallback | undefined> => {
      const record = await bound()(held.value, decided, facts);
      if (JSON.stringify(record) === JSON.stringify(held.value)) return held;
      const written = await index.put(held, record, clock.now());
      if (written !== undefined) await desk.noteChange(held.value, written.value);
      return written;
    },
  };
};

export type Judging = ReturnType<typeof createJudging>;
