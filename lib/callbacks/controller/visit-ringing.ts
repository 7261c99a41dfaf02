import { type LedgerCall, provenUnsent } from "../../calls/calls.ts";
import { errorFields } from "../../log.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { WmsError } from "../../wms/errors.ts";
import { spokeLately } from "../events-seen.ts";
import { policyOf, rules } from "../policy.ts";
import type { NumberRecord } from "../record.ts";
import { legsAround } from "../rows/history.ts";
import { readOutcome } from "../rows/outcome.ts";
import { decide } from "./decide.ts";
import type { Ring } from "./decision.ts";
import type { Desk } from "./desk.ts";
import { type RingingCallback, withDialOver, withoutDial } from "./dials.ts";
import type { HeldCallback } from "./entries.ts";
import type { Judging, Visited } from "./judging.ts";
import { callbacksCaller } from "./ring.ts";
import type { Taking } from "./take.ts";

/** Visits callbacks that ring: asks the ledger and history for the outcome. */
export const createRingingVisit = (desk: Desk, taking: Taking, judging: Judging) => {
  const { state, clock, numbers, targets, calls, log } = desk;

  /** What the ledger and history say of a ring. */
  const ringOf = async (
    pbx: Pbx,
    record: RingingCallback,
    call: LedgerCall | undefined,
    number: NumberRecord,
  ): Promise<Ring> => {
    const { dial } = record;
    if (call === undefined || call.state === "RESERVED") return { is: "unsent" };
    if (call.state === "REFUSED") {
      if (provenUnsent(call.reason)) return { is: call.reason === "capped" ? "capped" : "unsent" };
      return { is: call.reason === "pbx_refused" ? "forbidden" : "busy" };
    }
    const now = clock.now();
    try {
      const legs = await legsAround(pbx, dial.at);
      const ringing = { dial, number: record.number, mark: call.mark };
      const hasEvents = await spokeLately(state, pbx.id);
      const read = readOutcome(legs, ringing, pbx.settings, number, now, hasEvents);
      if (read !== undefined) return { is: "over", call: call.id, ...read };
    } catch (error) {
      if (!(error instanceof WmsError)) throw error;
      log.warn("call history could not be read after a callback", { pbx: pbx.id, ...errorFields(error) });
    }
    if (now < dial.at + rules.unknownMs) return { is: "open" };
    return { is: "over", call: call.id, outcome: "unknown", end: now };
  };

  /** What a ring changes for the number and for the target. */
  const afterRing = async (
    pbx: Pbx,
    record: RingingCallback,
    ring: Ring,
    number: NumberRecord,
  ): Promise<NumberRecord> => {
    if (ring.is === "open") return number;
    const over = (before: NumberRecord): NumberRecord => withDialOver(before, record.dial);
    if (ring.is !== "over" || ring.outcome === "agent_missed")
      return numbers.change(pbx.id, record.number, (before) => withoutDial(before, record.dial));
    const { outcome, end } = ring;
    if (outcome === "talked") {
      const after = await numbers.change(pbx.id, record.number, (before) =>
        end > (before.bridged?.end ?? 0)
          ? { ...over(before), bridged: { end, way: "outbound" } }
          : over(before),
      );
      const policy = policyOf(pbx.settings);
      if (policy !== undefined) await taking.settle(pbx, policy, after);
      return after;
    }
    if (outcome === "unknown") return numbers.change(pbx.id, record.number, over);
    if (outcome === "agent_voicemail") {
      const { target } = record.dial;
      if (await targets.pause(pbx.id, target)) {
        desk.metrics.put({ callbacks_agent_voicemail: 1 });
        await desk.notify(
          `Voicemail answered a callback at ${pbx.id}`,
          `The voicemail of extension ${target} at ${pbx.id} answered in place of the agent, and the PBX dialled the caller's number. The extension does not ring for callbacks for an hour. Turn off its voicemail, or choose another target.`,
        );
      }
    }
    const retry =
      outcome === "agent_voicemail"
        ? rules.pauseSeconds * 1000
        : (policyOf(pbx.settings)?.retryMs(outcome) ?? rules.spacingMs);
    const until = clock.now() + retry;
    return numbers.change(pbx.id, record.number, (before) => ({
      ...over(before),
      holdUntil: Math.max(until, before.holdUntil ?? 0),
    }));
  };

  return async (pbx: Pbx, held: HeldCallback): Promise<Visited> => {
    const { dial } = held.value;
    if (dial === undefined || clock.now() - dial.at < rules.unsentMs) return "done";
    const record: RingingCallback = { ...held.value, dial };
    const call = await calls.find(callbacksCaller, dial.key);
    const before = await numbers.read(pbx.id, record.number);
    const ring = await ringOf(pbx, record, call, before);
    const number = await afterRing(pbx, record, ring, before);
    const facts = { ...(await judging.factsFor(pbx, record, number)), ring };
    const written = await judging.write(held, decide(record, facts).record, facts);
    if (written === undefined || ring.is === "open") return "done";
    const slots = policyOf(pbx.settings)?.concurrent ?? 1;
    await targets.release(pbx.id, dial.target, slots, dial.key);
    return "done";
  };
};
