import type { CallQueueName, Interval } from "../facts.ts";

export type WaitingReason =
  | "delay"
  | "retry"
  | "hours"
  | "agent"
  | "target_busy"
  | "capped"
  | "stopped"
  | "observed";

export type ClosedReason =
  | "talked"
  | "got_through"
  | "called_back"
  | "cancelled"
  | "attempts"
  | "failed"
  | "no_agent"
  | "expired"
  | "do_not_call"
  | "forbidden"
  | "hours_never"
  | "outcome_unknown";

/** The outcome of one ring. The first four are dials of the customer, except `talked`, which ends the callback. */
export type Outcome =
  | "no_answer"
  | "busy"
  | "failed"
  | "agent_voicemail"
  | "talked"
  | "agent_missed"
  | "unknown";

/** A missed call. */
export interface Miss extends Interval {
  readonly voicemail?: true;
}

/** The ring that is under way. */
export interface Dial {
  /** Idempotency key of the call: `cb/<id>/<round>/<n>`. */
  readonly key: string;
  /** When it was decided, epoch ms. */
  readonly at: number;
  /** The extension that rings first. */
  readonly target: string;
}

/** A callback: one number and queue of a PBX. Times in epoch ms. */
export interface CallbackRecord {
  readonly id: string;
  readonly pbx: string;
  /** E.164. Only the value of a record has it: never a key, a log, a metric or an audit line. */
  readonly number: string;
  readonly country: string;
  readonly queue?: CallQueueName;
  /** Shown to the agent. */
  readonly name?: string;
  readonly state: "waiting" | "ringing" | "closed";
  readonly reason: WaitingReason | ClosedReason | "ringing";
  /** When it is visited next. Whole seconds. */
  readonly due: number;
  /** By start; those that start up to `since` belong to earlier rounds. */
  readonly misses: readonly Miss[];
  /** A person asked for this callback. */
  readonly asked?: { readonly at: number; readonly notBefore: number };
  readonly since: number;
  /** Opened above the bound: observed in every mode. */
  readonly storm?: true;
  /** How often it was opened. */
  readonly round: number;
  /** Keys of this round that were used. */
  readonly n: number;
  /** Dials of the customer in this round. */
  readonly attempts: number;
  readonly failures: number;
  /** Times that no agent was reached since one was. */
  readonly agentMisses: number;
  /** The outcome of the last ring keeps the next one back. */
  readonly hold?: { readonly until: number; readonly reason: WaitingReason };
  readonly dial?: Dial;
  /** Cancelled while it rang, epoch ms: it closes when the ring is over. */
  readonly cancelled?: number;
  readonly outcomes: readonly {
    readonly at: number;
    readonly outcome: Outcome;
    /** Id of the call, as GET /calls/{id} has it. */
    readonly call: string;
  }[];
  readonly target?: string;
  /** Missed calls that start up to then are settled by the closing. */
  readonly until?: number;
}

/** What an open callback is for: missed calls of this round, and a request. */
export const openItems = ({ misses, since, asked }: CallbackRecord): readonly Interval[] => [
  ...misses.filter(({ start }) => start > since),
  ...(asked === undefined || asked.at <= since ? [] : [{ start: asked.at, end: asked.notBefore }]),
];

export const firstOf = (record: CallbackRecord): number =>
  Math.min(...openItems(record).map(({ start }) => start));
export const lastOf = (record: CallbackRecord): number =>
  Math.max(...openItems(record).map(({ end }) => end));

/** What is known of one number at one PBX, over all its callbacks. */
export interface NumberRecord {
  /** Ids of its callbacks. */
  readonly callbacks: readonly string[];
  /** Missed calls, and the callback that each is counted in. */
  readonly misses: readonly (Interval & { readonly callback: string })[];
  /** Dials of ours that may have reached it; `over`: its outcome is known. */
  readonly dials: readonly { readonly key: string; readonly at: number; readonly over?: true }[];
  /** Start of the last call by hand, epoch ms. */
  readonly hand?: number;
  /** The outcome of a dial keeps all callbacks of the number back. */
  readonly holdUntil?: number;
  /** The last call in which a colleague talked. */
  readonly bridged?: { readonly end: number; readonly way: "inbound" | "outbound" };
  /** Calls of this PBX, from call:completed. */
  readonly completed?: readonly (Interval & { readonly bridged: boolean })[];
  /** Begun and not ended. */
  readonly live?: number;
  /** End of the last call that is known to have ended. */
  readonly ended?: number;
}

export const noNumber: NumberRecord = { callbacks: [], misses: [], dials: [] };
