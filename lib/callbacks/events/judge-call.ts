import { defined } from "../../defined.ts";
import type { CallFact, CallQueueName } from "../facts.ts";
import type { PbxEvent } from "./envelope.ts";
import { type Flow, fieldsOf, flowsOf } from "./flows.ts";

/** Why an event of a call says nothing about who is called back. */
export type NoFact = "internal" | "no_number" | "absurd_times" | "no_flows";

/** What the flows of one call say together. */
export interface JudgedCall {
  readonly direction: "inbound" | "outbound";
  /** The number outside, as the PBX wrote it. */
  readonly number: string | undefined;
  readonly kind: "bridged" | "missed" | "voicemail" | "fax";
  readonly talkSeconds: number | undefined;
  readonly queue: CallQueueName | undefined;
  readonly extension: string | undefined;
  /** Epoch ms; undefined if no flow says it. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

/** A clock may be so much ahead of the one that wrote the event, ms. */
const ahead = 5 * 60_000;
/** No call lasts longer, ms. */
const longestCall = 24 * 3_600_000;

/** The fact of call:completed, the best source: all of the call is stored when it is sent. */
export const judgeCompleted = (pbx: string, event: PbxEvent): CallFact | NoFact => {
  const judged = judgeFlows(event);
  if (typeof judged === "string") return judged;
  const { number, direction, kind } = judged;
  if (number === undefined) return "no_number";
  const endedAt = judged.endedAt ?? event.time;
  const startedAt = judged.startedAt ?? endedAt;
  return {
    ...{ kind, pbx, number, direction, startedAt, endedAt },
    ...defined({ talkSeconds: judged.talkSeconds, queue: judged.queue, extension: judged.extension }),
    ref: refOf(event),
  };
};

/** Names the event in a log. */
export const refOf = ({ type, id }: PbxEvent): string => `${type} ${id}`;

/** What the flows of an event say. A call has several if it was in a queue or transferred: they are judged together. */
export const judgeFlows = ({ data, time }: PbxEvent): JudgedCall | NoFact => {
  const flows = flowsOf(data);
  if (flows.length === 0) return "no_flows";
  const direction = directionOf(flows);
  if (direction === undefined) return "internal";
  const span = spanOf(flows, fieldsOf(data)["start"]);
  const { startedAt = time, endedAt = time } = span;
  if (endedAt > time + ahead || startedAt > endedAt || endedAt - startedAt > longestCall)
    return "absurd_times";
  const isTimed = flows.some((flow) => flow.isTimed);
  const talks = flows.filter((flow) => isBridged(flow, isTimed));
  const talk = talks.at(-1);
  const kind = talk !== undefined ? "bridged" : unansweredKind(flows);
  const person = talk === undefined ? undefined : localOf(talk);
  const talkMs = talks.reduce((sum, flow) => sum + (flow.talk ?? 0), 0);
  return {
    direction,
    number: numberOf(flows, direction),
    kind,
    talkSeconds: talkMs > 0 ? talkMs / 1000 : undefined,
    queue: flows.findLast(({ queue }) => queue)?.queue ?? flows.findLast(({ service }) => service)?.service,
    extension: person?.extension ?? person?.phone,
    ...span,
  };
};

const directionOf = (flows: readonly Flow[]): JudgedCall["direction"] | undefined => {
  const isInbound = ({ direction, trunkDirection, caller }: Flow): boolean =>
    direction === "INBOUND" || (caller.side === "remote" && trunkDirection === "incoming");
  const isOutbound = ({ direction, trunkDirection }: Flow): boolean =>
    direction === "OUTBOUND" || trunkDirection === "outgoing";
  if (flows.some(isInbound)) return "inbound";
  return flows.some(isOutbound) ? "outbound" : undefined;
};

const localOf = ({ caller, callee }: Flow) =>
  [callee, caller].find(({ side, isBot }) => side === "local" && !isBot);

/** Whether a person of ours and the outside were connected. The status decides only if the PBX gives no time at all. */
const isBridged = (flow: Flow, isTimed: boolean): boolean => {
  const { talk, status, direction, caller, callee, isVoicemail, isFax } = flow;
  const isInternal = direction === "INTERNAL" && caller.side !== "remote" && callee.side !== "remote";
  const talked = isTimed ? (talk ?? 0) > 0 : status === "COMPLETED";
  return talked && !isInternal && !isVoicemail && !isFax && localOf(flow) !== undefined;
};

const unansweredKind = (flows: readonly Flow[]): JudgedCall["kind"] => {
  if (flows.some(({ isFax }) => isFax)) return "fax";
  return flows.some(({ isVoicemail }) => isVoicemail) ? "voicemail" : "missed";
};

/** The first that is given: the party outside, then the flow's own field. */
const numberOf = (flows: readonly Flow[], direction: JudgedCall["direction"]): string | undefined => {
  const first = (read: (flow: Flow) => string | undefined): string | undefined =>
    flows.map(read).find((number) => number !== undefined);
  const outside = direction === "inbound" ? "caller" : "callee";
  return (
    first(({ [outside]: { side, phone } }) => (side === "local" ? undefined : phone)) ??
    first(({ remotePhone }) => remotePhone) ??
    (direction === "outbound" ? first(({ destination }) => destination) : undefined)
  );
};

const spanOf = (
  flows: readonly Flow[],
  start: unknown,
): { startedAt: number | undefined; endedAt: number | undefined } => {
  const ends = flows.flatMap(({ start: from, end, duration }) => {
    const at = end ?? (from !== undefined && duration !== undefined ? from + duration : undefined);
    return at === undefined ? [] : [at];
  });
  const said = typeof start === "string" ? Date.parse(start) : Number.NaN;
  const starts = [...flows.flatMap(({ start: from }) => from ?? []), ...(Number.isNaN(said) ? [] : [said])];
  return {
    startedAt: starts.length === 0 ? undefined : Math.min(...starts),
    endedAt: ends.length === 0 ? undefined : Math.max(...ends),
  };
};
