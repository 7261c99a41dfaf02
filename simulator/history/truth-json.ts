import type { CallOfDay, History } from "./history.ts";

const iso = (epochSeconds: number): string => new Date(epochSeconds * 1000).toISOString();

/** The fields of a call's truth, and what each means. */
export const truthFields = {
  id: "of this call, the same from the same seed",
  scene: "which scene of the table above",
  direction: "`inbound`, `outbound` or `internal`",
  outcome:
    "`answered`: a person talked with the caller; `voicemail`; `fax`; `abandoned`: the caller gave up in a queue or a menu; `no_answer`: phones rang for nothing; `busy`; `failed`",
  caller: "number of the caller; of a call that was placed, the extension that rang first",
  caller_name: "the caller's name, as history has it; may be empty",
  called: "what the caller dialled: a number of the company, an extension, a number outside",
  did: "the same for a call from outside; else null",
  trunk: "the line to the outside that the caller or the number dialled used; null inside",
  queue: "name of the first queue, or null",
  queues: "names of all queues, in order",
  started: "ISO 8601 in UTC, as all times here",
  answered: "when the first person answered, or null",
  ended: "when the caller's channel, and all others of the call, were gone",
  answered_by: "extension of the first person who answered inside; else null",
  wait_seconds: "from the start to the first person, else to voicemail or fax, else to the end",
  ring_seconds: "how long phones rang until the first person answered, or in vain",
  talk_seconds:
    "how long the caller talked with persons: `billsec` of the legs of the caller's channel that have a `dstchannel`",
  transfers: "how often the caller was passed on to another person, whether or not that one answered",
  transferred_to: "extension of the last of these, or null",
  leg_ids: "ids of the call's rows in call history",
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
