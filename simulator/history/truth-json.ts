import type { CallOfDay, History } from "./history.ts";

const iso = (epochSeconds: number): string => new Date(epochSeconds * 1000).toISOString();

/** The fields of a call's truth, and what each means. */
export const truthFields = {
  id: "id of the call; the same seed gives the same id",
  scene: "scene of the table above",
  direction: "`inbound`, `outbound` or `internal`",
  outcome:
    "`answered`: a person talked with the caller; `voicemail`; `fax`; `abandoned`: the caller left a queue or a menu before an answer; `no_answer`: phones rang and were not answered; `busy`; `failed`",
  caller: "number of the caller; for a call of originate, the extension that rang first",
  caller_name: "name of the caller in history; may be empty",
  called: "number that the caller dialled, internal or external",
  did: "number that an external caller dialled, or null",
  trunk: "trunk of the caller or of the dialled number; null for an internal call",
  queue: "name of the first queue, or null",
  queues: "names of all queues, in order",
  started: "start of the call; all times are ISO 8601 in UTC",
  answered: "time at which the first person answered, or null",
  ended: "time at which all channels of the call had ended",
  answered_by: "extension of the first person who answered, or null",
  wait_seconds:
    "seconds from the start until a person answered. If no person answered: until voicemail or fax answered. If nothing answered: until the end",
  ring_seconds: "seconds that phones rang until the first person answered, or until ringing ended",
  talk_seconds:
    "seconds that the caller talked with people: `billsec` of the legs of the caller's channel that have a `dstchannel`",
  transfers: "number of transfers to another person, answered or not",
  transferred_to: "extension of the last transfer, or null",
  leg_ids: "ids of the call's legs in call history",
} as const;

const fieldsOf = ({ key, truth, ids }: CallOfDay): Record<keyof typeof truthFields, unknown> => ({
  id: key,
  scene: truth.scene,
  direction: truth.direction,
  outcome: truth.outcome,
  caller: truth.caller,
  caller_name: truth.callerName,
  called: truth.called,
  did: truth.did,
  trunk: truth.trunk,
  queue: truth.queues[0] ?? null,
  queues: truth.queues,
  started: iso(truth.started),
  answered: truth.answered === null ? null : iso(truth.answered),
  ended: iso(truth.ended),
  answered_by: truth.answeredBy,
  wait_seconds: truth.waitSeconds,
  ring_seconds: truth.ringSeconds,
  talk_seconds: truth.talkSeconds,
  transfers: truth.transfers,
  transferred_to: truth.transferredTo,
  leg_ids: ids,
});

/** The truth of one local day as JSON; undefined if `day` is not a date. */
export const truthOfDay = (history: History, day: string): object | undefined => {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(`${day}T00:00:00Z`))) return undefined;
  const { zone } = history.options;
  return {
    day,
    zone,
    calls: history.callsOf(day).map(fieldsOf),
  };
};
