import { defined } from "../../defined.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import type { CallFact } from "../facts.ts";
import { type CallLegs, type Leg, textOf } from "./legs.ts";

/** Applications that take a call without a person. */
const machines: ReadonlySet<string> = new Set(["voicemail", "playback", "background", "read", "hangup"]);

const isVoicemail = ({ record }: Leg): boolean => textOf(record["lastapp"]).toLowerCase() === "voicemail";

/**
 * Whether a person of ours and the outside were connected. A queue that answers with music has an empty `dstchannel`: the caller
 * hung up in it.
 */
export const isBridged = ({ record, answeredAt, talkSeconds }: Leg): boolean =>
  record["disposition"] === "ANSWERED" &&
  answeredAt !== undefined &&
  talkSeconds >= 1 &&
  textOf(record["dstchannel"]) !== "" &&
  !machines.has(textOf(record["lastapp"]).toLowerCase());

/** A call to the outside is answered by its leg to the outside, unless a mailbox of ours placed it. */
const bridgedLegs = ({ legs, direction, number }: CallLegs): readonly Leg[] => {
  if (direction === "inbound") return legs.filter(isBridged);
  return legs.some(isVoicemail) ? [] : legs.filter((leg) => leg.to === number && isBridged(leg));
};

const kindOf = (legs: readonly Leg[], bridged: readonly Leg[]): CallFact["kind"] => {
  if (bridged.length > 0) return "bridged";
  if (legs.some(({ record }) => record["type"] === "fax")) return "fax";
  return legs.some((leg) => isVoicemail(leg) && leg.record["disposition"] === "ANSWERED")
    ? "voicemail"
    : "missed";
};

/** The legs of one call as a fact. Undefined: a call inside the PBX. Pure. */
export const judgeLegs = (pbx: Pick<Pbx, "id">, call: CallLegs): CallFact | undefined => {
  const { legs, direction, number } = call;
  const [first] = legs;
  if (first === undefined || direction === undefined || number === undefined) return undefined;
  const bridged = bridgedLegs(call);
  const kind = kindOf(legs, bridged);
  const queue = legs.map(({ record }) => queueName(record)).findLast((name) => name !== undefined);
  return {
    kind,
    pbx: pbx.id,
    number,
    direction,
    startedAt: Math.min(...legs.map(({ startedAt }) => startedAt)),
    endedAt: Math.max(...legs.map(({ endedAt }) => endedAt)),
    ref: textOf(first.record["id"]),
    ...(legs.every(({ record }) => textOf(record["channel"]).startsWith("Local/"))
      ? { placed: true as const }
      : {}),
    ...(bridged.length === 0 ? {} : { talkSeconds: Math.max(...bridged.map((leg) => leg.talkSeconds)) }),
    ...defined({ queue: queue === undefined ? undefined : { name: queue } }),
  };
};

/** `Queue(sales,t)`: its name is the first argument. */
const queueName = (record: CallRecord): string | undefined => {
  if (textOf(record["lastapp"]).toLowerCase() !== "queue") return undefined;
  const [name = ""] = textOf(record["lastdata"]).split(",");
  return name === "" ? undefined : name;
};
