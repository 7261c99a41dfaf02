import type { Caller } from "../../callers/caller.ts";
import { checkStops, type LedgerCall, provenUnsent, readCall } from "../../calls/calls.ts";
import { isError } from "../../errors.ts";
import { errorFields } from "../../log.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { WmsError } from "../../wms/errors.ts";
import { spokeLately } from "../events-seen.ts";
import { calledNumber } from "../numbers.ts";
import { type Policy, policyOf, rules } from "../policy.ts";
import { factsOfNumber, legsAround } from "../rows/history.ts";
import { readOutcome } from "../rows/outcome.ts";
import { decide } from "./decide.ts";
import type { Decision, Facts, Ring } from "./decision.ts";
import type { Desk } from "./desk.ts";
import { type DueEntry, type HeldCallback, hintOf } from "./entries.ts";
import { type CallbackRecord, type Dial, firstOf, type NumberRecord } from "./record.ts";
import type { Taking } from "./take.ts";
import { isTalking, spacedFrom, wholeSecond } from "./timing.ts";

/**
 * The result of a visit. `done`: the next of the target may be visited. `rang`: one place of the target is taken. `busy`: its
 * target has none; `stopped`, `failed`: nothing more of this PBX in this sweep.
 */
export type Visited = "done" | "rang" | "busy" | "stopped" | "failed";

/** An entry without a record, or one that is not its record's own, is a trace of a process that ended; it may still write, ms. */
const entryGraceMs = 3_600_000;

const callbacksCaller = "callbacks";

/** Visits one callback whose time has come. Throws STATE_UNAVAILABLE, REGISTRY_UNAVAILABLE and the like. */
export const createVisit = (desk: Desk, taking: Taking) => {
  const { state, clock, index, numbers, targets, doNotCall, calls, log } = desk;

  const factsFor = async (
    pbx: Pbx,
    record: CallbackRecord,
    number: NumberRecord,
  ): Promise<Facts & { readonly policy: Policy | undefined }> => {
    const policy = policyOf(pbx.settings);
    const [listed, stopped] = await Promise.all([doNotCall.has(pbx.id, record.number), isStopped(pbx.id)]);
    const callable =
      policy !== undefined && calledNumber(record.number, pbx.settings, policy.countries) !== undefined;
    return { policy, now: clock.now(), number, listed, callable, stopped };
  };
  const isStopped = (pbx: string): Promise<boolean> =>
    checkStops(state, pbx).then(
      () => false,
      (error: unknown) => {
        if (isError(error, "CALLS_STOPPED")) return true;
        throw error;
      },
    );

  /** Writes what was decided. Undefined: another process wrote first, and the next sweep looks again. */
  const put = async (held: HeldCallback, record: CallbackRecord): Promise<HeldCallback | undefined> => {
    if (JSON.stringify(record) === JSON.stringify(held.value)) return held;
    const written = await index.put(held, record, clock.now());
    if (written !== undefined && record.state === "closed") await noteClosed(record);
    return written;
  };
  const noteClosed = async (record: CallbackRecord): Promise<void> => {
    const { reason } = record;
    desk.metrics.put({
      callbacks_closed: 1,
      ...(reason === "talked" ? { callbacks_talked: 1 } : {}),
      ...(reason === "no_agent" ? { callbacks_no_agent: 1 } : {}),
      ...(reason === "outcome_unknown" ? { callbacks_unknown: 1 } : {}),
    });
    await desk.announce("closed", record);
  };

  /** The target by the current settings: a deployment holds from the next visit on. */
  const aimed = (record: CallbackRecord, policy: Policy | undefined): CallbackRecord => {
    const { target: _old, ...rest } = record;
    const target = policy?.target(record.queue);
    return target === undefined ? rest : { ...rest, target };
  };

  const visitWaiting = async (pbx: Pbx, held: HeldCallback, begun: number): Promise<Visited> => {
    const number = await numbers.read(pbx.id, held.value.number);
    const facts = await factsFor(pbx, held.value, number);
    const { policy } = facts;
    const record = aimed(held.value, policy);
    const first = decide(record, facts);
    if (first.act === undefined || policy === undefined) {
      await put(held, first.record);
      return first.record.reason === "stopped" ? "stopped" : "done";
    }
    const { target } = record;
    if (target === undefined) return "done";
    if (!(await targets.isFree(pbx.id, target, policy.concurrent))) {
      // written once, so that its place in the order stays
      await put(held, { ...first.record, reason: "target_busy" });
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
      await put(held, { ...first.record, due: wholeSecond(begun + rules.nextSweepMs) });
      return "failed";
    }
    return ringIfStill(pbx, policy, held.value.id, begun);
  };

  /** Rings unless history, or another process meanwhile, decided otherwise. */
  const ringIfStill = async (pbx: Pbx, policy: Policy, id: string, begun: number): Promise<Visited> => {
    const held = await index.read(pbx.id, id);
    if (held?.value.state !== "waiting") return "done";
    const number = await numbers.read(pbx.id, held.value.number);
    const facts = { ...(await factsFor(pbx, held.value, number)), asked: true };
    const decision = decide(aimed(held.value, policy), facts);
    if (decision.act !== "ring") {
      await put(held, decision.record);
      return decision.record.reason === "stopped" ? "stopped" : "done";
    }
    return ring(pbx, policy, held, decision.record, begun);
  };

  const ring = async (
    pbx: Pbx,
    policy: Policy,
    held: HeldCallback,
    record: CallbackRecord,
    begun: number,
  ): Promise<Visited> => {
    const { id, round, n, target = "" } = record;
    const key = `cb/${id}/${round}/${n}`;
    const now = clock.now();
    const ringing: CallbackRecord = {
      ...record,
      state: "ringing",
      reason: "ringing",
      dial: { key, at: now, target },
      due: wholeSecond(now + rules.nextSweepMs),
    };
    const mine = await index.put(held, ringing, now);
    if (mine === undefined) return "busy";
    const back = async (ring: Ring, visited: Visited): Promise<Visited> => {
      const number = await unsent(pbx.id, ringing);
      const facts = { ...(await factsFor(pbx, ringing, number)), ring };
      await put(mine, decide(ringing, facts).record);
      await targets.release(pbx.id, target, policy.concurrent, key);
      return visited;
    };
    if (!(await targets.take(pbx.id, target, policy.concurrent, { callback: id, key })))
      return back({ is: "unsent" }, "busy");
    let spaced = true;
    await numbers.change(pbx.id, record.number, (number) => {
      spaced = spacedFrom(number, key) <= now && !isTalking(number, key, now);
      const others = number.dials.filter((dial) => dial.key !== key && dial.at > now - 2 * rules.dayMs);
      return spaced ? { ...number, dials: [...others, { key, at: now }] } : number;
    });
    // another queue's callback dials the number, or it was listed, since the decision
    if (!spaced || (await doNotCall.has(pbx.id, record.number))) return back({ is: "unsent" }, "done");
    return place(pbx, ringing, begun, back);
  };

  const place = async (
    pbx: Pbx,
    record: CallbackRecord,
    begun: number,
    back: (ring: Ring, visited: Visited) => Promise<Visited>,
  ): Promise<Visited> => {
    const { target = "", number, name, queue, dial } = record;
    const caller: Caller = {
      id: callbacksCaller,
      scopes: new Set(["calls:create"]),
      pbxs: [pbx.id],
      extensions: [target],
    };
    // the agent must see that it is a callback
    const shown = ["Callback", name ?? queue?.name ?? queue?.id ?? ""].join(" ").trim();
    const wanted = readCall({
      extension: target,
      to: number,
      ring_seconds: rules.agentRingSeconds,
      caller_id: { name: shown, number },
    });
    try {
      await calls.place({
        wanted,
        caller,
        pbx,
        key: dial?.key,
        requestId: `callback ${record.id}`,
        receivedAt: begun,
        timeLeft: 10_000,
      });
    } catch (error) {
      if (isError(error, "CALL_CAPPED", "CALLS_PAUSED")) return back({ is: "capped" }, "done");
      if (isError(error, "CALLS_STOPPED")) return back({ is: "stopped" }, "stopped");
      if (isError(error, "CALL_FORBIDDEN", "EXTENSION_FORBIDDEN", "INPUT_INVALID"))
        return back({ is: "forbidden" }, "done");
      // what it did is in the ledger, and the next visit reads it there
      log.warn("a callback could not be placed", { callback: record.id, pbx: pbx.id, ...errorFields(error) });
      return "rang";
    }
    desk.metrics.put({ callbacks_rang: 1 });
    await desk.announce("rang", record);
    return "rang";
  };

  /** Takes back that a number was dialled: nothing was sent, or only the agent's phone rang. */
  const unsent = (pbx: string, { number, dial }: CallbackRecord): Promise<NumberRecord> =>
    numbers.change(pbx, number, (before) => ({
      ...before,
      dials: before.dials.filter((one) => !isDial(one, dial)),
    }));

  const visitRinging = async (pbx: Pbx, held: HeldCallback): Promise<Visited> => {
    const { value: record } = held;
    const { dial } = record;
    if (dial === undefined || clock.now() - dial.at < rules.unsentMs) return "done";
    const call = await calls.find(callbacksCaller, dial.key);
    const before = await numbers.read(pbx.id, record.number);
    const ring = await ringOf(pbx, record, call, before);
    const number = await afterRing(pbx, record, ring, before);
    const decision: Decision = decide(record, { ...(await factsFor(pbx, record, number)), ring });
    const written = await put(held, decision.record);
    if (written === undefined || ring.is === "open") return "done";
    const places = policyOf(pbx.settings)?.concurrent ?? 1;
    await targets.release(pbx.id, dial.target, places, dial.key);
    return "done";
  };

  /** What the ledger and history say of a ring. */
  const ringOf = async (
    pbx: Pbx,
    record: CallbackRecord,
    call: LedgerCall | undefined,
    number: NumberRecord,
  ): Promise<Ring> => {
    const { dial } = record;
    if (dial === undefined || call === undefined || call.state === "RESERVED") return { is: "unsent" };
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
    record: CallbackRecord,
    ring: Ring,
    number: NumberRecord,
  ): Promise<NumberRecord> => {
    if (ring.is === "open") return number;
    const over = (before: NumberRecord): NumberRecord => ({
      ...before,
      dials: before.dials.map((dial) =>
        isDial(dial, record.dial) ? { ...dial, over: true as const } : dial,
      ),
    });
    if (ring.is !== "over" || ring.outcome === "agent_missed") return unsent(pbx.id, record);
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
      const { target } = record.dial ?? {};
      if (target !== undefined && (await targets.pause(pbx.id, target))) {
        desk.metrics.put({ callbacks_agent_voicemail: 1 });
        await desk.notify(
          `Voicemail answered a callback at ${pbx.id}`,
          `The voicemail of extension ${target} at ${pbx.id} answered in place of the agent, and the PBX dialled the customer. The extension does not ring for callbacks for an hour. Turn off its voicemail, or choose another target.`,
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

  return async (entry: DueEntry): Promise<Visited> => {
    // from here on: what is decided by older settings, lists and history is not sent
    const begun = clock.now();
    const pbx = await desk.pbxs.get(entry.pbx);
    const held = await index.read(pbx.id, entry.id);
    if (held === undefined) {
      if (clock.now() - dueOf(entry) > entryGraceMs) await index.drop(entry.key);
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

/** By its time too: a visitor that resumes may know an earlier ring under the same key. */
const isDial = (one: NumberRecord["dials"][number], dial: Dial | undefined): boolean =>
  one.key === dial?.key && one.at === dial.at;

export type Visit = ReturnType<typeof createVisit>;

const dueOf = ({ item }: DueEntry): number => Number(item.id.slice(0, 11)) * 1000;
