import { rules } from "../policy.ts";
import {
  type CallbackRecord,
  type ClosedReason,
  firstOf,
  lastOf,
  openItems,
  type WaitingReason,
  withLaterRequest,
  withoutMoved,
} from "../record.ts";
import type { Decision, Facts, Ring } from "./decision.ts";
import { earliestOf, isTalking, wholeSecond } from "./timing.ts";

/** What becomes of a callback now. Pure. */
export const decide = (record: CallbackRecord, facts: Facts): Decision => {
  if (record.state === "closed") return { record };
  return record.state === "ringing" ? decideRinging(record, facts) : decideWaiting(record, facts);
};

const decideWaiting = (waiting: CallbackRecord, facts: Facts): Decision => {
  const { policy, now, number, listed = false, callable = true, stopped = false, asked = false } = facts;
  const record = withoutMoved(waiting, number);
  if (openItems(record).length === 0) return close(record, facts, "moved", record.since);
  const expires = lastOf(record) + (policy?.expireMs ?? 0);
  const wait = (reason: WaitingReason, due: number): Decision => ({
    record: { ...record, reason, due: wholeSecond(Math.min(due, expires)) },
  });

  const { end: settled = 0, way } = number.bridged ?? {};
  if (firstOf(record) <= settled)
    return close(record, facts, way === "outbound" ? "called_back" : "got_through", settled);
  // also for a call that a PBX whose clock is ahead says begins later: no new round would change it
  const all = Math.max(now, ...openItems(record).map(({ start }) => start));
  if (policy === undefined || now >= expires) return close(record, facts, "expired", all);
  if (listed) return close(record, facts, "do_not_call", all);
  if (!callable) return close(record, facts, "forbidden", all);
  // asked at each visit, because the setting can change meanwhile
  if (record.attempts >= policy.attempts) return close(record, facts, "attempts", record.tried ?? all);
  if (record.failures >= rules.failures) return close(record, facts, "failed", record.tried ?? all);

  const earliest = earliestOf(record, number);
  if (policy.mode === "observe" || record.storm === true || record.target === undefined)
    return earliest.at > now ? wait(earliest.reason, earliest.at) : wait("observed", now + rules.observedMs);
  const from = Math.max(earliest.at, now);
  const opening = policy.hours.next(from, record.country);
  if (opening === undefined) return close(record, facts, "hours_never", all);
  if (opening.from > from) return wait("hours", opening.from);
  if (earliest.at > now) return wait(earliest.reason, earliest.at);
  if (isTalking(number, record.dial?.key, now)) return wait("retry", now + rules.nextSweepMs);
  if (stopped) return wait("stopped", now + rules.nextSweepMs);
  // an earlier entry of the index keeps its place
  const due = Math.min(record.due, wholeSecond(earliest.at));
  return { record: { ...record, due }, act: asked ? "ring" : "ask" };
};

/** What follows a ring or a closed round: history is asked again before the next dial. */
const decideNext = (record: CallbackRecord, facts: Facts): Decision =>
  decideWaiting(record, { ...facts, asked: false });

const decideRinging = (record: CallbackRecord, facts: Facts): Decision => {
  const { now, ring = { is: "open" } } = facts;
  const wait = (change: Partial<CallbackRecord>): Decision =>
    decideNext({ ...record, state: "waiting", reason: "retry", ...change }, facts);
  if (record.cancelled !== undefined && ring.is !== "open" && ring.is !== "over")
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
  const isDial = outcome !== "agent_missed" && outcome !== "unknown";
  const after: CallbackRecord = {
    ...ringing,
    state: "waiting",
    reason: "retry",
    n: ringing.n + 1,
    attempts: ringing.attempts + (isDial ? 1 : 0),
    outcomes: [...ringing.outcomes, { at: now, outcome, call }].slice(-20),
  };
  const hold = (reason: WaitingReason, ms: number) => ({ hold: { reason, until: now + ms } });
  if (outcome === "talked") return close(after, facts, "talked", end);
  if (outcome === "agent_missed") {
    const minutes = rules.agentRetryMinutes[after.agentMisses];
    const missed = { ...after, agentMisses: after.agentMisses + 1 };
    if (ringing.cancelled !== undefined) return close(missed, facts, "cancelled", ringing.cancelled);
    if (minutes === undefined) return close(missed, facts, "no_agent", tried);
    return decideNext({ ...missed, ...hold("agent", minutes * 60_000) }, facts);
  }
  if (ringing.cancelled !== undefined) return close(after, facts, "cancelled", ringing.cancelled);
  if (outcome === "unknown") return close(after, facts, "outcome_unknown", now);
  const retry = outcome === "agent_voicemail" ? rules.pauseSeconds * 1000 : (policy?.retryMs(outcome) ?? 0);
  const dialled: CallbackRecord = {
    ...after,
    tried,
    agentMisses: 0,
    failures: after.failures + (outcome === "failed" ? 1 : 0),
    ...hold("retry", retry),
  };
  return decideNext(dialled, facts);
};

/** Closed for what starts up to `until`; missed calls and a request after that open the next round immediately. */
export const close = (
  { dial: _dial, hold: _hold, ...closing }: CallbackRecord,
  facts: Facts,
  reason: ClosedReason,
  until: number,
): Decision => {
  const record = withLaterRequest(closing, reason, until, facts.now);
  if (openItems(record).some(({ start }) => start > until))
    return decideNext(nextRound(record, until), facts);
  return { record: { ...record, state: "closed", reason, due: wholeSecond(facts.now), until } };
};

/** The callback opened again for what starts after `since`. */
export const nextRound = (record: CallbackRecord, since: number): CallbackRecord => {
  const { dial: _dial, hold: _hold, tried: _tried, until: _until, ...rest } = record;
  const { storm: _storm, cancelled: _cancelled, ...kept } = rest;
  const unused = { n: 0, attempts: 0, failures: 0, agentMisses: 0 };
  return { ...kept, ...unused, state: "waiting", reason: "delay", since, round: record.round + 1 };
};
