import { defined } from "../../defined.ts";
import { errorFields } from "../../log.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { WmsError } from "../../wms/errors.ts";
import { type Policy, rules } from "../policy.ts";
import { type CallbackRecord, firstOf } from "../record.ts";
import { factsOfNumber } from "../rows/history.ts";
import { decide } from "./decide.ts";
import type { Desk } from "./desk.ts";
import type { HeldCallback } from "./entries.ts";
import type { Judging, Visited } from "./judging.ts";
import { createRing } from "./ring.ts";
import type { Taking } from "./take.ts";
import { wholeSecond } from "./timing.ts";

/** The target by the current settings: a deployment holds from the next visit on. */
const aimed = (record: CallbackRecord, policy: Policy | undefined): CallbackRecord => {
  const { target: _old, ...rest } = record;
  return { ...rest, ...defined({ target: policy?.target(record.queue) }) };
};

/** Visits callbacks that wait. `begun`: when the visit began, epoch ms. */
export const createWaitingVisit = (desk: Desk, taking: Taking, judging: Judging) => {
  const { index, numbers, targets, log } = desk;
  const ring = createRing(desk, judging);

  /** Rings unless history, or another process meanwhile, decided otherwise. */
  const ringIfStill = async (pbx: Pbx, policy: Policy, id: string, begun: number): Promise<Visited> => {
    const held = await index.read(pbx.id, id);
    if (held?.value.state !== "waiting") return "done";
    const number = await numbers.read(pbx.id, held.value.number);
    const facts = { ...(await judging.factsFor(pbx, held.value, number)), asked: true };
    const decision = decide(aimed(held.value, policy), facts);
    if (decision.act !== "ring") {
      await judging.write(held, decision.record, facts);
      return decision.record.reason === "stopped" ? "stopped" : "done";
    }
    return ring(pbx, policy, held, decision.record, begun);
  };

  return async (pbx: Pbx, held: HeldCallback, begun: number): Promise<Visited> => {
    const number = await numbers.read(pbx.id, held.value.number);
    const facts = await judging.factsFor(pbx, held.value, number);
    const { policy } = facts;
    const record = aimed(held.value, policy);
    const first = decide(record, facts);
    const { target } = record;
    if (first.act === undefined || policy === undefined || target === undefined) {
      await judging.write(held, first.record, facts);
      return first.record.reason === "stopped" ? "stopped" : "done";
    }
    if (!(await targets.isFree(pbx.id, target, policy.concurrent))) {
      // written once, so that its place in the order stays
      await judging.write(held, { ...first.record, reason: "target_busy" }, facts);
      return "busy";
    }
    try {
      // a call by hand before the missed call keeps the dial back too
      const from = Math.min(firstOf(record), begun - rules.spacingMs) - 60_000;
      for (const fact of await factsOfNumber(pbx, record.number, from, begun))
        await taking.take(pbx, fact, true);
    } catch (error) {
      if (!(error instanceof WmsError)) throw error;
      log.warn("call history could not be read before a callback", { pbx: pbx.id, ...errorFields(error) });
      await judging.write(held, { ...first.record, due: wholeSecond(begun + rules.nextSweepMs) }, facts);
      return "failed";
    }
    return ringIfStill(pbx, policy, held.value.id, begun);
  };
};
