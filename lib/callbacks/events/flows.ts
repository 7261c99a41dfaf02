import { defined } from "../../defined.ts";
import type { CallQueueName } from "../facts.ts";

/** One end of a flow. */
interface Party {
  /** Of this PBX, or outside. */
  readonly side: "local" | "remote" | undefined;
  readonly phone: string | undefined;
  readonly extension: string | undefined;
  readonly isBot: boolean;
}

/** A part of a call, as call:completed and call:live:* describe it; what has another form is undefined. Times in ms. */
export interface Flow {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly duration: number | undefined;
  readonly talk: number | undefined;
  /** Whether any time is given. */
  readonly isTimed: boolean;
  readonly direction: string | undefined;
  readonly trunkDirection: string | undefined;
  readonly caller: Party;
  readonly callee: Party;
  readonly remotePhone: string | undefined;
  readonly destination: string | undefined;
  readonly queue: CallQueueName | undefined;
  /** The service or its number, if no queue is named. */
  readonly service: CallQueueName | undefined;
  readonly status: string | undefined;
  readonly isVoicemail: boolean;
  readonly isFax: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/** Text that is not empty; numbers as text. */
export const textOf = (value: unknown): string | undefined => {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.trim() !== "" && text.length <= 200 ? text.trim() : undefined;
};

const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const partyOf = (value: unknown): Party => {
  const { type, phone, userExtension, userDevice } = fieldsOf(value);
  return {
    side: type === "LOCAL" ? "local" : type === "REMOTE" ? "remote" : undefined,
    phone: textOf(phone),
    extension: textOf(userExtension),
    isBot: userDevice === "VOICEBOT",
  };
};

export const queueOf = (id: unknown, name: unknown): CallQueueName | undefined => {
  const [queueId, queueName] = [textOf(id), textOf(name)];
  if (queueId === undefined && queueName === undefined) return undefined;
  return defined({ id: queueId, name: queueName });
};

/** The flows of a call's event, by their index. */
export const flowsOf = (data: unknown): Flow[] =>
  listOf(fieldsOf(data)["flows"])
    .map(fieldsOf)
    .map((flow, at) => ({ flow: readFlow(flow), index: numberOf(flow["flowIndex"]) ?? at }))
    .sort((a, b) => a.index - b.index)
    .map(({ flow }) => flow);

const readFlow = (flow: Fields): Flow => {
  const [start, end] = [numberOf(flow["startTime"]), numberOf(flow["endTime"])];
  const times = [flow["duration"], flow["talkTime"], flow["connectTime"], flow["waitTime"]].map(numberOf);
  const unit = unitOf(start, end, times[0]);
  const [duration, talk] = times.map((time) => time && time * unit);
  const marks = [...listOf(flow["flags"]), ...listOf(flow["attachments"]).map(attachmentName)];
  const has = (mark: string): boolean =>
    marks.some((name) => typeof name === "string" && name.toLowerCase() === mark);
  return {
    start,
    end,
    duration,
    talk,
    isTimed: [start, end, ...times].some((time) => time !== undefined),
    direction: textOf(flow["direction"]),
    trunkDirection: textOf(flow["trunkDirection"]),
    caller: partyOf(flow["caller"]),
    callee: partyOf(flow["callee"]),
    remotePhone: textOf(flow["remotePhone"]),
    destination: textOf(flow["destination"]),
    queue: queueOf(flow["queueId"], flow["queueName"]),
    service: queueOf(undefined, flow["service"]) ?? queueOf(flow["serviceNumber"], undefined),
    status: textOf(flow["callStatus"] ?? flow["status"]),
    isVoicemail: has("voicemail"),
    isFax: has("fax"),
  };
};

/** An attachment is a name, or an object with one of these keys or types. */
const attachmentName = (value: unknown): unknown => {
  if (typeof value === "string") return value;
  const fields = fieldsOf(value);
  return fields["type"] ?? ["voicemail", "fax"].find((name) => name in fields);
};

/** Durations are ms in events, and seconds in the list of the cloud history: the two times of the flow decide. */
const unitOf = (start = Number.NaN, end = Number.NaN, duration = Number.NaN): number =>
  duration > 0 && (end - start) / duration > 100 ? 1000 : 1;
