import { defined } from "../defined.ts";
import type { CallQueueName } from "./facts.ts";
import { shownNumber } from "./numbers.ts";
import {
  askedOf,
  type CallbackRecord,
  type ClosedReason,
  firstOf,
  lastOf,
  missesOf,
  type Outcome,
  type WaitingReason,
} from "./record.ts";

/** A callback as callers see it. Times are ISO 8601, UTC. */
export interface CallbackView {
  readonly id: string;
  readonly pbx: string;
  /** `+39333…67`. */
  readonly to: string;
  readonly queue?: CallQueueName;
  /** The extension that rings first. */
  readonly target?: string;
  readonly state: CallbackRecord["state"];
  readonly reason: CallbackRecord["reason"];
  /** When it is looked at next; absent if closed. */
  readonly due?: string;
  /** Start of the first missed call and end of the last one. */
  readonly first: string;
  readonly last: string;
  /** Missed calls. */
  readonly count: number;
  /** Dials of the customer. */
  readonly attempts: number;
  /** Times that no agent was reached. */
  readonly misses: number;
  /** The caller left a message. */
  readonly voicemail?: true;
  readonly outcomes: readonly { readonly at: string; readonly outcome: Outcome; readonly call: string }[];
  /** What happens next, as a sentence. */
  readonly next: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A sweep visits a callback so long after it is due, unless its target rings for others, ms. */
const sweptMs = 90_000;

/** `now`: epoch ms. */
export const viewOf = (record: CallbackRecord, now: number): CallbackView => {
  const { id, pbx, number, queue, target, state, reason, due, attempts, agentMisses } = record;
  const ofRound = missesOf(record);
  const isOpen = state !== "closed";
  return {
    id,
    pbx,
    to: shownNumber(number),
    ...defined({ queue, target }),
    state,
    reason,
    ...(isOpen ? { due: iso(due) } : {}),
    first: iso(firstOf(record)),
    last: iso(lastOf(record)),
    count: ofRound.length,
    attempts,
    misses: agentMisses,
    ...(ofRound.some(({ voicemail }) => voicemail) ? { voicemail: true as const } : {}),
    outcomes: record.outcomes.map(({ at, outcome, call }) => ({ at: iso(at), outcome, call })),
    next: nextOf(record, now),
  };
};

const nextOf = (record: CallbackRecord, now: number): string => {
  const { state, reason, due, target = "", cancelled } = record;
  if (state === "closed") return closedWords[reason as ClosedReason];
  if (due < now - sweptMs && timed.has(reason) && target !== "")
    return `The callback is due. Extension ${target} rings for it when no older callback of this extension is due.`;
  if (state === "waiting")
    return waitingWords[reason as WaitingReason](iso(due).slice(0, 16).replace("T", " "), target, record);
  return cancelled === undefined
    ? `Extension ${target} rings, then the PBX dials the number. The outcome is known after the call.`
    : `The callback is cancelled. It closes when the ring of extension ${target} is over.`;
};

/** Reasons of a waiting callback that name a time. */
const timed: ReadonlySet<CallbackRecord["reason"]> = new Set(["delay", "retry", "hours", "agent", "capped"]);

/** What happens next, by why it waits. */
const waitingWords: Readonly<
  Record<WaitingReason, (at: string, target: string, record: CallbackRecord) => string>
> = {
  delay: (at, _target, record) =>
    record.due < (askedOf(record)?.notBefore ?? Number.POSITIVE_INFINITY)
      ? `The callback waits until ${at} UTC, because the caller may redial.`
      : `The callback waits until ${at} UTC, the time that was requested.`,
  retry: (at) => `The number is not dialled before ${at} UTC.`,
  hours: (at) => `The hours for callbacks begin at ${at} UTC.`,
  agent: (at, target) => `Extension ${target} did not pick up. It does not ring again before ${at} UTC.`,
  target_busy: (_at, target) =>
    `Extension ${target} rings or talks for another callback, or its voicemail answered a callback in the last hour.`,
  capped: (at) =>
    `A cap of calls is reached, or the PBX accepts no calls. The callback is not tried again before ${at} UTC.`,
  stopped: () => "Calls are stopped. The callback continues after `wildix resume`.",
  observed: (_at, _target, { storm, target }) => {
    if (storm) return "The number is not dialled, because too many callbacks were opened in an hour.";
    return target === undefined
      ? "The number is not dialled, because the queue has no target."
      : "The number is not dialled, because the mode is `observe`.";
  },
};

/** Why it ended. */
const closedWords: Readonly<Record<ClosedReason, string>> = {
  talked: "An agent and the caller were connected.",
  got_through: "The caller called again and was answered.",
  called_back: "A colleague called the number by hand, or for another callback, and was answered.",
  cancelled: "A request or a command cancelled the callback.",
  attempts: "The number was dialled as often as `attempts` allows.",
  failed: "The number cannot be reached: dialling it failed twice.",
  no_agent: "No agent picked up in six rings.",
  expired: "`expire_hours` passed since the last missed call, or callbacks were turned off.",
  do_not_call: "The number is on the do-not-call list.",
  forbidden: "The PBX, its settings or the toll guard forbid the call.",
  hours_never: "The hours for callbacks are never between 09:00 and 20:00 in the number's country.",
  moved: "A later event of the call named another queue. The callback of that queue has the missed call.",
  outcome_unknown:
    "The outcome of the call is unknown. The number is not dialled again, because the agent and the caller may have talked.",
};
