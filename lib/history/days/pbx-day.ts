import { defined } from "../../defined.ts";
import type { FormatName } from "../../format-names.ts";
import type { Day } from "../calendar/local-days.ts";

/** Why the last attempt failed. */
export interface FailureReason {
  readonly code: string;
  /** Holds no secret and no whole phone number. */
  readonly detail: string;
}

export interface ExportResult {
  readonly rows: number;
  /** Of the parts; absent in records of earlier versions. */
  readonly format?: FormatName;
  /** Seconds of all invocations that the export took. */
  readonly seconds: number;
}

interface AnyDay {
  /** Names the one message that counts. A worker drops a message with another token. */
  readonly token: string;
  /** The PBX's own date when the day was planned. A day is read once in a round, and again in later rounds. */
  readonly round: Day;
  /** The last export. */
  readonly result?: ExportResult;
  /** An event about the last export is not sent yet. */
  readonly eventDue?: true;
}

interface OpenDay extends AnyDay {
  /** Dead letters since the last export. */
  readonly deadLetters: number;
  /** Of the last attempt, until one succeeds. */
  readonly reason?: FailureReason;
  /** Seconds that earlier invocations took for the parts that they wrote. */
  readonly spent?: number;
}

/** A message for the day exists, at the latest until `messageUntil`. */
export interface QueuedDay extends OpenDay {
  readonly state: "queued";
  readonly messageUntil: number;
}

/** A worker has the day until `leaseUntil`. After that the worker has failed, and the message comes again. */
export interface RunningDay extends OpenDay {
  readonly state: "running";
  readonly messageUntil: number;
  readonly leaseUntil: number;
}

/** The day's message became a dead letter. The planner queues the day again at `retryAt`. */
interface WaitingDay extends OpenDay {
  readonly state: "waiting";
  readonly retryAt: number;
}

export interface DoneDay extends AnyDay {
  readonly state: "done";
}

/** A PBX day whose export is not done. */
export type OpenPbxDay = QueuedDay | RunningDay | WaitingDay;

/** What the product remembers of the export of one PBX day, beside its manifest. Times are epoch seconds. */
export type PbxDay = OpenPbxDay | DoneDay;

/** Where a PBX day is at one moment. `failing`: the last attempt failed, and the day's message comes again. */
export type DayStatus = "not planned" | "queued" | "running" | "failing" | "waiting" | "done";

/** The status of a PBX day: the only place that compares its times with the clock. `now` is epoch seconds. */
export const statusOf = (day: PbxDay | undefined, now: number): DayStatus => {
  if (day === undefined) return "not planned";
  if (day.state === "done" || day.state === "waiting") return day.state;
  if (day.state === "running" && day.leaseUntil > now) return "running";
  if (day.messageUntil <= now) return "waiting";
  return day.reason === undefined ? "queued" : "failing";
};

/** Whether a message for the day exists or a worker has the day: it must not be queued now. */
export const isUnderWay = (status: DayStatus): boolean =>
  status === "queued" || status === "running" || status === "failing";

const noManifest: Readonly<Record<DayStatus, FailureReason>> = {
  "not planned": { code: "NOT_PLANNED", detail: "the day is not planned yet" },
  queued: { code: "QUEUED", detail: "the day waits in the queue" },
  running: { code: "RUNNING", detail: "the export is running" },
  failing: { code: "QUEUED", detail: "the day waits in the queue" },
  waiting: { code: "WAITING", detail: "no attempt finished; the day is retried later" },
  done: { code: "WAITING", detail: "the manifest was removed; the day is exported again" },
};

/** Why a day has no manifest: the reason of the last failed attempt, or where the day is. `now` is epoch seconds. */
export const whyNotExported = (day: PbxDay | undefined, now: number): FailureReason =>
  reasonOf(day) ?? noManifest[statusOf(day, now)];

export const reasonOf = (day: PbxDay | undefined): FailureReason | undefined =>
  day === undefined || day.state === "done" ? undefined : day.reason;

export const deadLettersOf = (day: PbxDay | undefined): number =>
  day === undefined || day.state === "done" ? 0 : day.deadLetters;

export const dayDefaults = {
  /** Between the record and the message that it announces, s. */
  sendSeconds: 15 * 60,
  /** The retention of the queue, s: no message lives longer. */
  messageSeconds: 4 * 86_400,
  firstRetrySeconds: 3600,
  longestRetrySeconds: 24 * 3600,
  /** A record lives longer than the planner looks back, s. */
  keptSeconds: 60 * 86_400,
};

/** The message follows. If it does not, the planner queues the day again soon. */
export const planned = (before: PbxDay | undefined, token: string, round: Day, now: number): QueuedDay => ({
  state: "queued",
  token,
  round,
  messageUntil: now + dayDefaults.sendSeconds,
  deadLetters: deadLettersOf(before),
  spent: 0,
  ...defined({ reason: reasonOf(before), result: before?.result, eventDue: before?.eventDue }),
});

/** The message is in the queue. */
export const sent = (day: QueuedDay, now: number): QueuedDay => ({
  ...day,
  messageUntil: now + dayDefaults.messageSeconds,
});

/** A worker takes the lease of the day. */
export const started = (day: OpenPbxDay, leaseUntil: number): RunningDay => {
  const { token, round, deadLetters, reason, spent, result, eventDue } = day;
  // a user put the message of a waiting day back into the queue: it exists as long as the worker has it
  const messageUntil = day.state === "waiting" ? leaseUntil : day.messageUntil;
  const open = { token, round, deadLetters, ...defined({ reason, spent, result, eventDue }) };
  return { ...open, state: "running", messageUntil, leaseUntil };
};

/** A continuation follows: a message with its own token for the other parts. `seconds`: what these parts took. */
export const continued = (
  { leaseUntil: _lease, ...day }: RunningDay,
  token: string,
  now: number,
  seconds: number,
): QueuedDay => ({
  ...day,
  state: "queued",
  token,
  spent: (day.spent ?? 0) + seconds,
  messageUntil: now + dayDefaults.sendSeconds,
});

/** The attempt failed. The message comes again, or becomes a dead letter. */
export const failed = ({ leaseUntil: _lease, ...day }: RunningDay, reason: FailureReason): QueuedDay => ({
  ...day,
  state: "queued",
  reason,
});

/** The message became a dead letter: the day is retried after an hour, then two, four, up to a day. */
export const deadLettered = (day: QueuedDay | RunningDay, now: number): WaitingDay => {
  const { token, round, deadLetters, reason, spent, result, eventDue } = day;
  const seconds = dayDefaults.firstRetrySeconds * 2 ** Math.min(deadLetters, 10);
  return {
    state: "waiting",
    token,
    round,
    deadLetters: deadLetters + 1,
    retryAt: now + Math.min(dayDefaults.longestRetrySeconds, seconds),
    ...defined({ reason, spent, result, eventDue }),
  };
};

/** The day is exported. `seconds`: what the last invocation took. `changed`: other programs must hear of it. */
export const finished = (
  { token, round, spent = 0, eventDue }: RunningDay,
  { seconds, ...result }: ExportResult,
  changed: boolean,
): DoneDay & { readonly result: ExportResult } => ({
  state: "done",
  token,
  round,
  result: { ...result, seconds: spent + seconds },
  ...(changed || eventDue ? { eventDue: true } : {}),
});

/** The event about the day is sent. */
export const announced = ({ eventDue: _sent, ...day }: DoneDay): DoneDay => day;

/** The record in the state store; its format stays. A time of 0 means that there is none. */
export interface StoredDay {
  readonly token: string;
  readonly round: Day;
  readonly done: boolean;
  readonly messageUntil: number;
  readonly runUntil: number;
  readonly deaths: number;
  readonly nextTry: number;
  readonly reason?: FailureReason;
  readonly spent?: number;
  readonly result?: ExportResult;
  readonly eventDue?: true;
}

export const parsePbxDay = (stored: StoredDay): PbxDay => {
  const { token, round, messageUntil, deaths: deadLetters, reason, spent, result, eventDue } = stored;
  if (stored.done) return { state: "done", token, round, ...defined({ result, eventDue }) };
  const open = { token, round, deadLetters, ...defined({ reason, spent, result, eventDue }) };
  if (stored.runUntil > 0) return { ...open, state: "running", messageUntil, leaseUntil: stored.runUntil };
  if (messageUntil > 0) return { ...open, state: "queued", messageUntil };
  return { ...open, state: "waiting", retryAt: stored.nextTry };
};

export const serializePbxDay = (day: PbxDay): StoredDay => {
  const { token, round, result, eventDue } = day;
  const stored = { token, round, done: false, messageUntil: 0, runUntil: 0, deaths: 0, nextTry: 0 };
  if (day.state === "done") return { ...stored, done: true, ...defined({ result, eventDue }) };
  const { deadLetters: deaths, reason, spent } = day;
  const open = { ...stored, deaths, ...defined({ reason, spent, result, eventDue }) };
  switch (day.state) {
    case "queued":
      return { ...open, messageUntil: day.messageUntil };
    case "running":
      return { ...open, messageUntil: day.messageUntil, runUntil: day.leaseUntil };
    case "waiting":
      return { ...open, nextTry: day.retryAt };
  }
};
