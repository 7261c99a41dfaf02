import {
  type CallbackRecord,
  type ClosedReason,
  firstOf,
  lastOf,
  type Outcome,
  type WaitingReason,
} from "../../../lib/callbacks/record.ts";
import { viewOf } from "../../../lib/callbacks/view.ts";
import type { RingEnd } from "../../support/callback-pbx.ts";
import type { Ring, Truth } from "./truth.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
/** A dial leaves so long after it was decided, and its ring begins a second later. */
const lag = 13 * second;

/** A machine writes what it decided so long before: it can stand still twice. */
const longestFreeze = 31 * minute;

/** What history can say of a ring: of one that it shows in parts or not at all, less. */
const said: Readonly<Record<RingEnd, readonly Outcome[]>> = {
  talked: ["talked"],
  no_answer: ["no_answer"],
  busy: ["busy"],
  failed: ["failed"],
  agent_missed: ["agent_missed"],
  agent_voicemail: ["agent_voicemail"],
  agent_hung_up: ["agent_missed"],
};
const isDial = (outcome: Outcome): boolean => outcome !== "agent_missed" && outcome !== "unknown";

/** Words that an explanation must have, by the reason. */
const waiting: Readonly<Record<WaitingReason, RegExp>> = {
  delay: /waits until .* UTC, (?:because the caller may redial|the time that was requested)/,
  retry: /not dialled before .* UTC/,
  hours: /hours .* begin at .* UTC/,
  agent: /Extension \d+ did not pick up\. It does not ring again before .* UTC/,
  target_busy: /Extension \d+ rings or talks for another callback, or its voicemail/,
  capped: /cap .* not tried again before .* UTC/,
  stopped: /stopped.*`wildix resume`/,
  observed: /The number is not dialled, because /,
};
const closed: Readonly<Record<ClosedReason, RegExp>> = {
  talked: /were connected/,
  got_through: /caller called again and was answered/,
  called_back: /colleague called the number by hand/,
  cancelled: /cancelled/,
  attempts: /dialled as often as `attempts` allows/,
  failed: /failed twice/,
  no_agent: /No agent picked up in six rings/,
  expired: /`expire_hours` passed/,
  do_not_call: /do-not-call list/,
  forbidden: /forbid the call/,
  hours_never: /never between 09:00 and 20:00/,
  moved: /another queue/,
  outcome_unknown: /outcome .* unknown/,
};

const patternOf = ({ state, reason, due }: CallbackRecord, now: number): RegExp => {
  if (state === "ringing")
    return /Extension \d+ rings, then the PBX dials|closes when the ring of extension \d+ is over/;
  const isLater = ["delay", "retry", "hours", "agent", "capped"].includes(reason);
  if (isLater && due < now - 90 * second) return /The callback is due\. Extension \d+ rings for it when/;
  return state === "waiting" ? waiting[reason as WaitingReason] : closed[reason as ClosedReason];
};

/** What a person sees of the callback after a change. */
const shown = (
  truth: Truth,
  before: CallbackRecord | undefined,
  record: CallbackRecord,
  now: number,
): string[] => {
  const failures: string[] = [];
  const { state, reason, since, misses } = record;
  const view = viewOf(record, now);
  if (!patternOf(record, now).test(view.next))
    failures.push(`${state} (${reason}) is explained as: ${view.next}`);
  const count = misses.filter(({ start, moved }) => start > since && !moved).length;
  if (view.count !== count) failures.push(`${view.count} missed calls are shown, and there are ${count}`);
  if (view.first !== new Date(firstOf(record)).toISOString()) failures.push("another first call is shown");
  if ((view.due === undefined) !== (state === "closed")) failures.push("a closed callback has a next visit");
  if (state === "closed") return failures;
  const expires = lastOf(record) + (truth.settings.callbacks?.expire_hours ?? 0) * hour;
  if (record.due > expires + second && state === "waiting")
    failures.push("the next visit is after the expiry");
  // what a late event says was due then; what is due already can be written again before it is visited; and settings that dial again
  // make an observed callback due
  const isLater = ["hours", "agent", "capped"].includes(reason);
  if (isLater && record.due < now - longestFreeze && (before === undefined || before.due > now))
    failures.push(`the next visit was ${Math.round((now - record.due) / second)} s ago (${reason})`);
  if (view.next.includes("UTC") && !view.next.includes((view.due ?? "").slice(0, 16).replace("T", " ")))
    failures.push("another time than that of the next visit is named");
  return failures;
};

/** The ring that a callback waited for. */
const ringOf = (truth: Truth, { number, queue, dial }: CallbackRecord): Ring | undefined =>
  truth.rings.findLast(
    (ring) =>
      dial !== undefined &&
      ring.number === number &&
      ring.queue === (queue?.name ?? "") &&
      ring.at >= dial.at &&
      ring.at <= dial.at + lag,
  );

/** Why a callback closes. */
const reason = (truth: Truth, record: CallbackRecord, now: number): string | undefined => {
  const { attempts, failures, agentMisses, outcomes } = record;
  const { callbacks = {} } = truth.settings;
  const isRight: Partial<Record<CallbackRecord["reason"], boolean>> = {
    attempts: attempts === callbacks.attempts,
    failed: failures === 2,
    talked: outcomes.at(-1)?.outcome === "talked",
    no_agent: agentMisses === 6 && outcomes.slice(-6).every(({ outcome }) => outcome === "agent_missed"),
    outcome_unknown: outcomes.at(-1)?.outcome === "unknown",
    expired: now >= lastOf(record) + (callbacks.expire_hours ?? 0) * hour,
    do_not_call: truth.blocked.has(record.number) || truth.blocking.has(record.number),
  };
  return isRight[record.reason] === false ? `closes as ${record.reason} with ${attempts} dials` : undefined;
};

/** The rings of which an outcome was written. */
export type HeardRings = Set<Ring>;

/** One change of a callback: its counts, its outcome, and what a person sees. */
export const judgeChange = (
  truth: Truth,
  heard: HeardRings,
  before: CallbackRecord | undefined,
  after: CallbackRecord,
  now: number,
): string[] => {
  // written again so that a process that is late comes too late
  if (JSON.stringify(after) === JSON.stringify(before)) return [];
  const failures = shown(truth, before, after, now);
  const isNew = before === undefined || after.round !== before.round;
  const last = after.outcomes.at(-1);
  const added = last !== undefined && last.call !== before?.outcomes.at(-1)?.call ? last : undefined;
  const counted = {
    attempts: (before?.attempts ?? 0) + (added !== undefined && isDial(added.outcome) ? 1 : 0),
    misses: (before?.agentMisses ?? 0) + (added?.outcome === "agent_missed" ? 1 : 0),
  };
  if (isNew && (after.attempts !== 0 || after.n !== 0 || after.agentMisses !== 0))
    failures.push(`a new round begins with ${after.attempts} dials`);
  if (!isNew && after.attempts !== counted.attempts)
    failures.push(`${after.attempts} dials are counted, and there were ${counted.attempts}`);
  const forgets = added !== undefined && isDial(added.outcome) && after.agentMisses === 0;
  if (!isNew && after.agentMisses !== counted.misses && !forgets)
    failures.push(`${after.agentMisses} agents are counted, and there were ${counted.misses}`);
  if (added !== undefined && before !== undefined) {
    const ring = ringOf(truth, before);
    if (ring !== undefined) heard.add(ring);
    const possible: readonly Outcome[] = ring === undefined ? ["unknown"] : outcomesOf(ring, now);
    if (!possible.includes(added.outcome))
      failures.push(`${added.outcome} is written, and the ring ended as ${ring?.end ?? "none"}`);
    if (before.state !== "ringing") failures.push("an outcome without a ring");
  }
  const wrong =
    after.state === "closed" && before?.state !== "closed" ? reason(truth, after, now) : undefined;
  if (wrong !== undefined) failures.push(wrong);
  return failures.map((failure) => `${new Date(now).toISOString()} …${after.number.slice(-2)}: ${failure}`);
};

const outcomesOf = ({ end, inParts, visible, at }: Ring, now: number): readonly Outcome[] => [
  ...said[end],
  ...(end === "agent_voicemail" && inParts ? (["talked"] as const) : []),
  ...(visible > at + 2 * hour - minute && now >= at + 2 * hour - minute ? (["unknown"] as const) : []),
];
