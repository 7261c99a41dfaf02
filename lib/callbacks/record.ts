import { type CallQueueName, type Interval, sameCall } from "./facts.ts";

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
  | "moved"
  | "outcome_unknown";

/** The outcome of one ring. The first five are dials of the customer. */
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
  /** It is counted in the callback of another queue. */
  readonly moved?: true;
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
  /** When the number was last dialled in this round, epoch ms: missed calls after that are not settled by the end of the round. */
  readonly tried?: number;
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

/** The request of this round. */
export const askedOf = ({ asked, since }: CallbackRecord): CallbackRecord["asked"] =>
  asked === undefined || asked.at <= since ? undefined : asked;

/** The missed calls of this round. */
export const missesOf = ({ misses, since }: CallbackRecord): readonly Miss[] =>
  misses.filter(({ start, moved }) => start > since && !moved);

/** What an open callback is for: missed calls of this round, and a request. */
export const openItems = (record: CallbackRecord): readonly Interval[] => {
  const asked = askedOf(record);
  return [...missesOf(record), ...(asked === undefined ? [] : [{ start: asked.at, end: asked.notBefore }])];
};

/** Reasons to close that settle no request for a later time: no person was reached by the rings before it. */
const reachedNoPerson: ReadonlySet<ClosedReason> = new Set(["attempts", "failed", "no_agent"]);

/** A callback that closes, with its request moved behind what the closing settles if its time is still to come. */
export const withLaterRequest = (
  record: CallbackRecord,
  reason: ClosedReason,
  until: number,
  now: number,
): CallbackRecord => {
  const asked = askedOf(record);
  if (asked === undefined || asked.notBefore <= now || !reachedNoPerson.has(reason)) return record;
  return { ...record, asked: { ...asked, at: Math.max(asked.at, until + 1) } };
};

/** A closed callback can have none: its missed calls were moved. */
const itemsOf = (record: CallbackRecord): readonly Interval[] => {
  const items = openItems(record);
  return items.length > 0 ? items : record.misses.filter(({ start }) => start > record.since);
};
export const firstOf = (record: CallbackRecord): number =>
  Math.min(...itemsOf(record).map(({ start }) => start));
export const lastOf = (record: CallbackRecord): number => Math.max(...itemsOf(record).map(({ end }) => end));

/** A missed call, and the callback that counts it. */
export interface CountedMiss extends Interval {
  readonly callback: string;
  /** How sure its queue is; absent in records of earlier versions, which are not moved. */
  readonly sure?: number;
}

/** What is known of one number at one PBX, over all its callbacks. */
export interface NumberRecord {
  /** Ids of its callbacks. */
  readonly callbacks: readonly string[];
  /** Missed calls, and the callback that each is counted in. */
  readonly misses: readonly CountedMiss[];
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

/** A callback without the missed calls that the callback of another queue counts. One that has rung keeps them. */
export const withoutMoved = (record: CallbackRecord, { misses }: NumberRecord): CallbackRecord => {
  const isMoved = (miss: Miss): boolean => {
    const same = misses.filter((other) => sameCall(other, miss));
    return same.length > 0 && same.every(({ callback }) => callback !== record.id);
  };
  if (record.n > 0 || !missesOf(record).some(isMoved)) return record;
  const mark = (miss: Miss): Miss => (isMoved(miss) ? { ...miss, moved: true } : miss);
  return { ...record, misses: record.misses.map(mark) };
};

/** Whether a string has the form of the id of a callback, which is also the cursor of a page. */
export const isCallbackId = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);
