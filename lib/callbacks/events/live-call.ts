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
  /** When each value was said, epoch ms. Absent in records of earlier versions, which have `heardAt` only. */
  readonly saidAt?: { readonly [Name in SaidName]?: number };
}

type SaidName = "number" | "direction" | "queue" | "end";

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
 * lack the number: the same events give the same sum in every order. If values
 * differ, the result has the first number and direction, the last queue, and the last end that says how the call ended.
 */
export const addLive = (before: LiveCall | undefined, event: PbxEvent): LiveCall | NoFact => {
  const said = event.type.startsWith("call:live:") ? liveEvent(event) : legacyEvent(event);
  if (typeof said === "string") return said;
  const calls = before === undefined ? [said] : [before, said];
  const [number, direction] = [valuesOf("number", calls).at(0), valuesOf("direction", calls).at(0)];
  const [queue, ends] = [valuesOf("queue", calls).at(-1), valuesOf("end", calls)];
  const end = ends.findLast(({ value }) => value.kind !== undefined) ?? ends.at(-1);
  const starts = calls.flatMap(({ startedAt }) => startedAt ?? []);
  return {
    ...defined({
      number: number?.value,
      direction: direction?.value,
      queue: queue?.value,
      startedAt: starts.length === 0 ? undefined : Math.min(...starts),
      end: end?.value,
    }),
    heardAt: Math.max(...calls.map(({ heardAt }) => heardAt)),
    saidAt: defined({ number: number?.at, direction: direction?.at, queue: queue?.at, end: end?.at }),
  };
};

/** The values of one name, the first that was said first. Those of the same moment are in the order of their text. */
const valuesOf = <Name extends SaidName>(name: Name, calls: readonly LiveCall[]) =>
  calls
    .flatMap(({ [name]: value, saidAt, heardAt }) =>
      value === undefined ? [] : [{ value, at: saidAt?.[name] ?? heardAt, text: JSON.stringify(value) }],
    )
    .toSorted((a, b) => a.at - b.at || (a.text < b.text ? -1 : 1));

/** The fact of a call that is live, or was. Undefined: its number is not known yet, or nothing follows from its end. */
export const factOf = (pbx: string, call: LiveCall, event: PbxEvent): CallFact | undefined => {
  const { number, direction, queue, end, heardAt } = call;
  if (number === undefined || direction === undefined) return undefined;
  const common = {
    pbx,
    number,
    direction,
    source: "live",
    ...defined({ queue }),
    ref: refOf(event),
  } as const;
  if (end === undefined)
    return { ...common, kind: "live", startedAt: call.startedAt ?? heardAt, endedAt: heardAt };
  if (end.kind === undefined) return undefined;
  const { at: endedAt, kind, talkSeconds, extension } = end;
  const startedAt = Math.min(call.startedAt ?? endedAt - unknownStart, endedAt);
  return { ...common, kind, startedAt, endedAt, ...defined({ talkSeconds, extension }) };
};

/** call:live:progress, call:live:completed, call:live:interrupted. */
const liveEvent = (event: PbxEvent): LiveCall | NoFact => {
  const { time, type } = event;
  const isOver = type !== "call:live:progress";
  const judged = judgeFlows(event);
  // an end without flows still ends the call
  if (typeof judged === "string") return isOver && judged === "no_flows" ? ended(time, {}) : judged;
  const { number, direction, queue, startedAt, kind, talkSeconds, extension } = judged;
  const known = defined({ number, direction, queue, startedAt });
  if (!isOver) return { ...known, heardAt: time };
  return { ...known, ...ended(judged.endedAt ?? time, { kind, talkSeconds, extension }), heardAt: time };
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
