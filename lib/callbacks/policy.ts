import { callbackCountries, callbackDefaults, callbackHours } from "../pbxs/callback-settings.ts";
import type { OpeningHours } from "../pbxs/opening-hours.ts";
import type { PbxSettings } from "../pbxs/secret.ts";
import type { CallQueueName } from "./facts.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The rules that no setting changes, each with its reason. Times in ms. */
export const rules = {
  /** After the end of the last missed call: callers redial immediately. */
  delayMs: 120 * second,
  /** A join moves the delay, at most to so long after the first missed call. */
  longestDelayMs: 15 * minute,
  /** From start to end: one ring is fraud (Wangiri) or a slip. */
  shortestMissMs: 6 * second,
  /** Below the PBX's own times for voicemail and forwarding. */
  agentRingSeconds: 20,
  /** After each time that no agent was reached; the next time after these closes the callback: an unused desk phone must not ring for three days. */
  agentRetryMinutes: [5, 10, 20, 40, 60],
  /** Waiting helps against a cap. */
  cappedMs: 60 * minute,
  /** A record that the next sweep must visit. A sweep begins at any second of a minute. */
  nextSweepMs: 45 * second,
  /** How often it is judged again whether an observed callback may be dialled. */
  observedMs: 60 * minute,
  /** The outcome is unknown: the two may have talked. */
  unknownMs: 2 * hour,
  /** A sender that was frozen for so long sends no more: twice what lib/calls allows. */
  unsentMs: 20 * second,
  /** From dial to dial of one number, calls by hand included: courtesy. */
  spacingMs: 5 * minute,
  /** Dials of one number within `dayMs`, over all queues and rounds: ends loops between two PBXs. */
  dialsPerDay: 3,
  dayMs: 24 * hour,
  /** A connection that is shorter settles nothing. */
  bridgedSeconds: 5,
  /** A call that began and of which no end was heard keeps its number from being dialled. */
  liveMs: 2 * hour,
  /** An agent's voicemail picks up: it would ring customers again. */
  pauseSeconds: 3600,
  /** A number that failed twice does not exist, or cannot be reached from here. */
  failures: 2,
  /** Legs of one call can appear so much later than each other. */
  rowsLateMs: 15 * minute,
  /** call:completed comes minutes late; it is waited for if a PBX sends events. */
  completedLateMs: 5 * minute,
  /** A storm of calls by robots must not become a storm of callbacks. */
  opensPerHour: 60,
  /** Facts of events and polls: older ones have no effect. */
  oldestFactMs: 24 * hour,
  /** Facts that are so far ahead of our clock are wrong. */
  aheadMs: 5 * minute,
  /** A PBX that is not registered for so long after a callback was due is not registered again soon. */
  removedMs: 72 * hour,
  keptSeconds: 30 * 86_400,
} as const;

export type RetriedOutcome = keyof typeof callbackDefaults.retry_minutes;

/** How one PBX calls back, by its settings. */
export interface Policy {
  readonly mode: "observe" | "call";
  readonly attempts: number;
  readonly retryMs: (outcome: RetriedOutcome) => number;
  readonly expireMs: number;
  readonly concurrent: number;
  readonly voicemail: "callback" | "skip";
  readonly countries: readonly string[];
  readonly hours: OpeningHours;
  /** The queue by its name in `targets`, otherwise by its own: one queue has one name for all sources. */
  readonly queueKey: (queue: CallQueueName | undefined) => string;
  /** The extension that rings first. Undefined: callbacks of this queue are observed. */
  readonly target: (queue: CallQueueName | undefined) => string | undefined;
}

const policies = new WeakMap<PbxSettings, Policy>();

/** Undefined: callbacks are off. */
export const policyOf = (settings: PbxSettings): Policy | undefined => {
  const known = policies.get(settings);
  if (known !== undefined) return known;
  const { callbacks } = settings;
  if (callbacks === undefined) return undefined;
  const { targets = {} } = callbacks;
  const named = (queue: CallQueueName = {}): string | undefined => {
    const names = [queue.id, queue.name].map((name) => name?.toLowerCase());
    return Object.keys(targets).find((key) => key !== "*" && names.includes(key.toLowerCase()));
  };
  const policy: Policy = {
    mode: callbacks.mode ?? callbackDefaults.mode,
    attempts: callbacks.attempts ?? callbackDefaults.attempts,
    retryMs: (outcome) =>
      (callbacks.retry_minutes?.[outcome] ?? callbackDefaults.retry_minutes[outcome]) * minute,
    expireMs: (callbacks.expire_hours ?? callbackDefaults.expire_hours) * hour,
    concurrent: callbacks.concurrent ?? callbackDefaults.concurrent,
    voicemail: callbacks.voicemail ?? callbackDefaults.voicemail,
    countries: callbackCountries(callbacks, settings),
    hours: callbackHours(callbacks, settings),
    queueKey: (queue) => (named(queue) ?? queue?.name ?? queue?.id ?? "").toLowerCase(),
    target: (queue) => targets[named(queue) ?? "*"],
  };
  policies.set(settings, policy);
  return policy;
};
