import { gzipSync } from "node:zlib";
import type { callFields } from "../../lib/history/grouping/grouping.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { History } from "../../simulator/history/history.ts";
import { truthOfDay } from "../../simulator/history/truth-json.ts";

/** A call of the simulator, as its truth has it. */
export interface TrueCall {
  readonly id: string;
  readonly direction: string;
  readonly outcome: string;
  readonly caller: string;
  readonly caller_name: string;
  readonly called: string;
  readonly did: string | null;
  readonly trunk: string | null;
  readonly queue: string | null;
  readonly queues: readonly string[];
  readonly started: string;
  readonly answered: string | null;
  readonly ended: string;
  readonly answered_by: string | null;
  readonly wait_seconds: number;
  readonly ring_seconds: number;
  readonly talk_seconds: number;
  readonly transfers: number;
  readonly transferred_to: string | null;
  readonly leg_ids: readonly string[];
}

export interface TrueDay {
  readonly day: string;
  readonly calls: readonly TrueCall[];
}

const { zone, pbxid } = simulatorDefaults;

/** The last `count` whole days before 24 November 2026, one after the other. */
export function* eachTrueDay(count: number, calls: number, seed = 1): Generator<TrueDay> {
  const history = new History({
    seed,
    zone,
    calls,
    callsOn: {},
    rowsOn: {},
    unanswered: true,
    days: count + 1,
    now: () => Date.parse("2026-11-24T10:00:00Z") / 1000,
    pbxid,
  });
  for (const { day } of history.days().slice(0, -1)) yield truthOfDay(history, day) as TrueDay;
}
export const trueDays = (count: number, calls: number): TrueDay[] => [...eachTrueDay(count, calls)];

const local = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
export const localText = (utc: string): string => local.format(new Date(utc));

/** A number with 00, as the simulated trunk writes it, in E.164. Extensions have none. */
export const e164 = (number: string): string | null =>
  number.startsWith("00") ? `+${number.slice(2)}` : number.startsWith("+") ? number : null;

/** The call as a row of the dataset `calls`. */
const rowOf = (call: TrueCall): Record<keyof typeof callFields, unknown> => ({
  call_id: call.id,
  started_utc: call.started.replace(".000", ""),
  answered_utc: call.answered?.replace(".000", "") ?? null,
  ended_utc: call.ended.replace(".000", ""),
  started: localText(call.started),
  answered: call.answered === null ? null : localText(call.answered),
  ended: localText(call.ended),
  direction: call.direction,
  caller: call.caller,
  caller_e164: e164(call.caller),
  caller_name: call.caller_name || null,
  called: call.called,
  called_e164: e164(call.called),
  called_name: null,
  did: call.did,
  outcome: call.outcome,
  answered_by: call.answered_by,
  answered_by_name: null,
  queue: call.queue,
  queues: call.queues,
  wait_seconds: call.wait_seconds,
  ring_seconds: call.ring_seconds,
  talk_seconds: call.talk_seconds,
  transfers: call.transfers,
  transferred_to: call.transferred_to,
  trunk: call.trunk,
  placed_by: null,
  leg_ids: call.leg_ids,
  grouping: "channel",
});

/** A part of the dataset `calls` in the format ndjson. */
export const partOf = ({ calls }: TrueDay): Buffer =>
  gzipSync(calls.map((call) => `${JSON.stringify(rowOf(call))}\n`).join(""));
