import type { StateItem, StateKey, StateStore } from "../../state.ts";
import type { Day } from "../calendar/local-days.ts";

/**
 * What is remembered of a PBX's day beside its manifest: whether a message for it exists, who works on it, how it went.
 * All times are epoch seconds.
 */
export interface DayRecord {
  /** Names the one message that counts; a message with another is dropped. */
  readonly token: string;
  /** The date on the PBX's calendar when it was planned: a day is read once in a round, and again in later ones. */
  readonly round: Day;
  readonly done: boolean;
  /** Until when a message may exist; 0: none does. */
  readonly messageUntil: number;
  /** Until when a worker owns the day; 0: none does. */
  readonly runUntil: number;
  /** Messages that died since the day was last exported. */
  readonly deaths: number;
  /** When a dead day is queued again; 0: at once. */
  readonly nextTry: number;
  /** Why it failed, until it succeeds. */
  readonly reason?: { readonly code: string; readonly detail: string };
  /** Seconds that the parts took which earlier invocations have handed over. */
  readonly spent?: number;
  /** The last export. */
  readonly result?: ExportResult;
}

interface ExportResult {
  readonly rows: number;
  /** Of all invocations that it took. */
  readonly seconds: number;
}

export const dayRecords = (day: Day): string => `days/${day}`;
/** A day's records, by PBX. */
export const recordsOf = async (
  state: Pick<StateStore, "list">,
  day: Day,
): Promise<Map<string, StateItem<DayRecord>>> => {
  const records = new Map<string, StateItem<DayRecord>>();
  for await (const item of state.list<DayRecord>(dayRecords(day))) records.set(item.id, item);
  return records;
};
export const dayKey = (day: Day, pbx: string): StateKey => ({ partition: dayRecords(day), id: pbx });

export const recordDefaults = {
  /** Between the record and the message that it announces. */
  sendSeconds: 15 * 60,
  /** The queue's retention: no message lives longer. */
  messageSeconds: 4 * 86_400,
  firstRetrySeconds: 3600,
  longestRetrySeconds: 24 * 3600,
  /** Records outlive the days that the planner looks at. */
  keptSeconds: 60 * 86_400,
};

/** Announced: the message follows; where it does not, the day is planned again soon. */
export const planned = (
  before: DayRecord | undefined,
  token: string,
  round: Day,
  now: number,
): DayRecord => ({
  deaths: 0,
  ...before,
  token,
  round,
  done: false,
  messageUntil: now + recordDefaults.sendSeconds,
  runUntil: 0,
  nextTry: 0,
  spent: 0,
});

export const sent = (record: DayRecord, now: number): DayRecord => ({
  ...record,
  messageUntil: now + recordDefaults.messageSeconds,
});

/** A worker owns the day until then. */
export const running = (record: DayRecord, until: number): DayRecord => ({ ...record, runUntil: until });

/** The rest of the day gets a message of its own; `seconds` is what this part of it took. */
export const handedOver = (record: DayRecord, token: string, now: number, seconds: number): DayRecord => ({
  ...record,
  token,
  spent: (record.spent ?? 0) + seconds,
  messageUntil: now + recordDefaults.sendSeconds,
  runUntil: 0,
});

/** The try failed; its message comes again, or goes to the dead letters. */
export const failed = (record: DayRecord, reason: NonNullable<DayRecord["reason"]>): DayRecord => ({
  ...record,
  runUntil: 0,
  reason,
});

/** The message died and is gone: the next one is sent after an hour, then two, four, up to a day. */
export const buried = (record: DayRecord, now: number): DayRecord => ({
  ...record,
  messageUntil: 0,
  runUntil: 0,
  deaths: record.deaths + 1,
  nextTry:
    now +
    Math.min(
      recordDefaults.longestRetrySeconds,
      recordDefaults.firstRetrySeconds * 2 ** Math.min(record.deaths, 10),
    ),
});

/** The day is exported; `seconds` are those of the last invocation. */
export const finished = (
  record: DayRecord,
  { rows, seconds }: ExportResult,
): DayRecord & { result: ExportResult } => {
  const { reason: _reason, spent = 0, ...rest } = record;
  const result = { rows, seconds: spent + seconds };
  return { ...rest, done: true, messageUntil: 0, runUntil: 0, deaths: 0, nextTry: 0, result };
};
