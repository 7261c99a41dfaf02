import { rules } from "../policy.ts";
import type { Decision, Facts, Ring } from "./decision.ts";
import {
  type CallbackRecord,
  type ClosedReason,
  firstOf,
  lastOf,
  openItems,
  type WaitingReason,
} from "./record.ts";
import { earliestOf, isTalking, wholeSecond } from "./timing.ts";

/** What becomes of a callback now. Pure. */
export const decide = (record: CallbackRecord, facts: Facts): Decision => {
  if (record.state === "closed") return { record };
  return record.state === "ringing" ? decideRinging(record, facts) : decideWaiting(record, facts);
};

const decideWaiting = (record: CallbackRecord, facts: Facts): Decision => {
  const { policy, now, number, listed = false, callable = true, stopped = false, asked = false } = facts;
  const expires = lastOf(record) + (policy?.expireMs ?? 0);
  const wait = (reason: WaitingReason, due: number): Decision => ({
    record: { ...record, reason, due: wholeSecond(Math.min(due, expires)) },
  });

  const settled = number.bridged?.end ?? 0;
  if (firstOf(record) <= settled)
    return close(record, facts, number.bridged?.way === "outbound" ? "called_back" : "got_through", settled);
  if (policy === undefined || now >= expires) return close(record, facts, "expired", now);
  if (listed) return close(record, facts, "do_not_call", now);
  if (!callable) return close(record, facts, "forbidden", now);

  const earliest = earliestOf(record, number);
  if (policy.mode === "observe" || record.storm === true || record.target === undefined)
    return earliest.at > now ? wait(earliest.reason, earliest.at) : wait("observed", now + rules.observedMs);
  const from = Math.max(earliest.at, now);
  const opening = policy.hours.next(from, record.country);
  if (opening === undefined) return close(record, facts, "hours_never", now);
  if (opening.from > from) return wait("hours", opening.from);
  if (earliest.at > now) return wait(earliest.reason, earliest.at);
  if (isTalking(number, record.dial?.key, now)) return wait("retry", now + rules.nextSweepMs);
  if (stopped) return wait("stopped", now + rules.nextSweepMs);
  // an earlier entry of the index keeps its place
  const due = Math.min(record.due, wholeSecond(earliest.at));
  return { record: { ...record, due }, act: asked ? "ring" : "ask" };
};

const decideRinging = (record: CallbackRecord, facts: Facts): Decision => {
  const { now, ring = { is: "open" } } = facts;
  const wait = (change: Partial<CallbackRecord>): Decision =>
    decideWaiting({ ...record, state: "waiting", reason: "retry", ...change }, { ...facts, asked: false });
  const talked = ring.is === "over" && ring.outcome === "talked";
  if (record.cancelled !== undefined && ring.is !== "open" && !talked)
    return close(record, facts, "cancelled", record.cancelled);
  switch (ring.is) {
    case "open":
      return { record: { ...record, due: wholeSecond(now + rules.nextSweepMs) } };
    case "unsent":
      // the same n: a sender that resumes has the same key
      return wait({});
    case "capped":
      return wait({ hold: { reason: "capped", until: now + rules.cappedMs } });
    case "stopped":
      return wait({ hold: { reason: "stopped", until: now + rules.nextSweepMs } });
    case "busy":
      return wait({ n: record.n + 1, hold: { reason: "capped", until: now + rules.spacingMs } });
    case "forbidden":
      return close(record, facts, "forbidden", now);
    case "over":
      return afterOutcome(record, facts, ring);
  }
};

const afterOutcome = (
  { dial, ...ringing }: CallbackRecord,
  facts: Facts,
  { outcome, call, end }: Extract<Ring, { is: "over" }>,
): Decision => {
  const { policy, now } = facts;
  const tried = dial?.at ?? now;
  const after: CallbackRecord = {
    ...ringing,
    state: "waiting",
    reason: "retry",
    n: ringing.n + 1,
    outcomes: [...ringing.outcomes, { at: now, outcome, call }].slice(-20),
  };
  const hold = (reason: WaitingReason, ms: number) => ({ hold: { reason, until: now + ms } });
  if (outcome === "talked") return close(after, facts, "talked", end);
  if (outcome === "unknown") return close(after, facts, "outcome_unknown", now);
  if (outcome === "agent_missed") {
    const minutes = rules.agentRetryMinutes[after.agentMisses];
    const missed = { ...after, agentMisses: after.agentMisses + 1 };
    if (minutes === undefined) return close(missed, facts, "no_agent", tried);
    return decideWaiting({ ...missed, ...hold("agent", minutes * 60_000) }, { ...facts, asked: false });
  }
  const retry = outcome === "agent_voicemail" ? rules.pauseSeconds * 1000 : (policy?.retryMs(outcome) ?? 0);
  const dialled: CallbackRecord = {
    ...after,
    agentMisses: 0,
    attempts: after.attempts + 1,
    failures: after.failures + (outcome === "failed" ? 1 : 0),
    ...hold("retry", retry),
  };
  const decision = decideWaiting(dialled, { ...facts, asked: false });
  if (decision.record.state === "closed" || decision.record.round > dialled.round) return decision;
  if (dialled.attempts >= (policy?.attempts ?? 0)) return close(dialled, facts, "attempts", tried);
  if (dialled.failures >= rules.failures) return close(dialled, facts, "failed", tried);
  return decision;
};

/** Closed for what starts up to `until`; missed calls after that open the next round immediately. */
export const close = (
  { dial: _dial, hold: _hold, ...record }: CallbackRecord,
  facts: Facts,
  reason: ClosedReason,
  until: number,
): Decision => {
  if (openItems(record).some(({ start }) => start > until))
    return decideWaiting(nextRound(record, until), { ...facts, asked: false });
  return { record: { ...record, state: "closed", reason, due: wholeSecond(facts.now), until } };
};

/** The callback opened again for what starts after `since`. */
export const nextRound = (record: CallbackRecord, since: number): CallbackRecord => {
  const { dial: _dial, hold: _hold, until: _until, storm: _storm, cancelled: _cancelled, ...kept } = record;
  const unused = { n: 0, attempts: 0, failures: 0, agentMisses: 0 };
  return { ...kept, ...unused, state: "waiting", reason: "delay", since, round: record.round + 1 };
};
