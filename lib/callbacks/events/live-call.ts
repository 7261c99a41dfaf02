import { defined } from "../../defined.ts";
import type { CallFact, CallQueueName } from "../facts.ts";
import type { PbxEvent } from "./envelope.ts";
import { fieldsOf, partyOf, queueOf, textOf } from "./flows.ts";
import { judgeFlows, type NoFact, refOf } from "./judge-call.ts";

/** What the live events of one call have said so far. Plain JSON, kept in the state for as long as a call can be live. */
export interface LiveCall {
  readonly number?: string;
  readonly direction?: CallFact["direction"];
  readonly queue?: CallQueueName;
  /** Epoch ms. */
  readonly startedAt?: number;
  /** When the call was last heard of, epoch ms. */
  readonly heardAt: number;
  /** Absent until the call ends. */
  readonly end?: LiveEnd;
}

interface LiveEnd {
  /** Epoch ms. */
  readonly at: number;
  /** Undefined: the event does not say how it ended. */
  readonly kind?: "bridged" | "missed" | "voicemail" | "fax" | undefined;
  readonly talkSeconds?: number | undefined;
  readonly extension?: string | undefined;
}

/** A part of a call that lasts so long without a known start is not a slip, ms: the rule for the shortest missed call is met. */
const unknownStart = 6_000;

/**
 * What one more event says about a call, together with those before it. Events come twice and in any order, and the last one may
 * lack the number: the same events give the same sum in every order.
 */
export const addLive = (before: LiveCall | undefined, event: PbxEvent): LiveCall | NoFact => {
  const said = event.type.startsWith("call:live:") ? liveEvent(event) : legacyEvent(event);
  if (typeof said === "string") return said;
  if (before === undefined) return said;
  const [older, newer] = before.heardAt <= said.heardAt ? [before, said] : [said, before];
  const starts = [older.startedAt, newer.startedAt].filter((at) => at !== undefined);
  return {
    ...defined({
      number: older.number ?? newer.number,
      direction: older.direction ?? newer.direction,
      queue: newer.queue ?? older.queue,
      startedAt: starts.length === 0 ? undefined : Math.min(...starts),
      end: newer.end ?? older.end,
    }),
    heardAt: newer.heardAt,
  };
};

/** The fact of a call that is live, or was. Undefined: its number is not known yet, or nothing follows from its end. */
export const factOf = (pbx: string, call: LiveCall, event: PbxEvent): CallFact | undefined => {
  const { number, direction, queue, end, heardAt } = call;
  if (number === undefined || direction === undefined) return undefined;
  const common = { pbx, number, direction, ...defined({ queue }), ref: refOf(event) };
  if (end === undefined)
    return { ...common, kind: "live", startedAt: call.startedAt ?? heardAt, endedAt: heardAt };
  if (end.kind === undefined) return undefined;
  const { at: endedAt, kind, talkSeconds, extension } = end;
  const startedAt = Math.min(call.startedAt ?? endedAt - unknownStart, endedAt);
  return { ...common, kind, startedAt, endedAt, ...defined({ talkSeconds, extension }) };
};

/** call:live:progress, call:live:completed, call:live:interrupted. */
const liveEvent = (event: PbxEvent): LiveCall | NoFact => {
  const { data, time, type } = event;
  const isOver = type !== "call:live:progress";
  const judged = judgeFlows(event);
  // an end without flows still ends the call
  if (typeof judged === "string") return isOver && judged === "no_flows" ? ended(time, {}) : judged;
  const { number, direction, queue, kind, talkSeconds, extension } = judged;
  const start = textOf(fieldsOf(data)["start"]);
  const startedAt = judged.startedAt ?? (start === undefined ? undefined : epochOf(start));
  const known = defined({ number, direction, queue, startedAt });
  if (!isOver) return { ...known, heardAt: time };
  return { ...known, ...ended(judged.endedAt ?? time, { kind, talkSeconds, extension }), heardAt: time };
};

const epochOf = (text: string): number | undefined => {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};

const ended = (at: number, end: Omit<LiveEnd, "at">): LiveCall => ({ heardAt: at, end: { at, ...end } });

/** call:start, call:update, call:end of 2023: a call that ends while it is CONNECTING was not answered; for others this is unknown. */
const legacyEvent = ({ type, data, time }: PbxEvent): LiveCall | NoFact => {
  const { caller, callee, destination, trunkName, queueId, queueName, service, status } = fieldsOf(data);
  const [from, to] = [partyOf(caller), partyOf(callee)];
  const isOutbound = from.side === "local" && (to.side === "remote" || textOf(trunkName) !== undefined);
  if (from.side !== "remote" && !isOutbound) return "internal";
  const number = isOutbound ? (to.phone ?? textOf(destination)) : from.phone;
  const queue = queueOf(queueId, queueName) ?? queueOf(undefined, service);
  const call: LiveCall = {
    ...defined({ number, queue }),
    direction: isOutbound ? "outbound" : "inbound",
    heardAt: time,
  };
  if (type !== "call:end") return { ...call, ...(type === "call:start" ? { startedAt: time } : {}) };
  if (status === "CONNECTING") return { ...call, end: { at: time, kind: "missed" } };
  // a talk of unknown length settles nothing, and the call is no longer live
  return { ...call, end: { at: time, ...(isOutbound ? {} : { kind: "bridged", talkSeconds: 0 }) } };
};
