import type { Call } from "../../history/grouping/grouping.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import type { CallFact } from "../facts.ts";
import { type CallLegs, fieldOf } from "./legs.ts";

/** What each outcome of a call is to a callback. */
const kinds = {
  answered: "bridged",
  voicemail: "voicemail",
  fax: "fax",
  abandoned: "missed",
  busy: "missed",
  no_answer: "missed",
  failed: "missed",
} as const satisfies Record<Call["outcome"], CallFact["kind"]>;

/** The side outside. A call from outside that a phone of ours sends outside again is an inbound one. */
const outsideOf = ({
  direction,
  caller,
  called,
}: Call): Pick<CallFact, "direction" | "number"> | undefined => {
  if (direction === "outbound") return called === null ? undefined : { direction, number: called };
  if (direction !== "inbound" && direction !== "transit") return undefined;
  return caller === null ? undefined : { direction: "inbound", number: caller };
};

/** A call as a fact. Undefined: a call inside the PBX, or one without a number. Pure. */
export const judgeCall = (pbx: Pick<Pbx, "id">, { call, legs }: CallLegs): CallFact | undefined => {
  const outside = outsideOf(call);
  const [first] = legs;
  if (outside === undefined || first === undefined) return undefined;
  const kind = kinds[call.outcome];
  const queue = call.queues.at(-1);
  return {
    kind,
    pbx: pbx.id,
    source: "row",
    ...outside,
    startedAt: Math.min(...legs.map(({ startedAt }) => startedAt)),
    endedAt: Math.max(...legs.map(({ endedAt }) => endedAt)),
    ref: fieldOf(first, "id"),
    ...(legs.every((leg) => fieldOf(leg, "channel").startsWith("Local/")) ? { placed: true as const } : {}),
    ...(kind === "bridged" && call.talk_seconds !== null ? { talkSeconds: call.talk_seconds } : {}),
    ...(queue === undefined ? {} : { queue: { name: queue } }),
  };
};
