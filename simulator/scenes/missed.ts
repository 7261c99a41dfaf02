import { didOf, type Queue } from "../people.ts";
import { Call } from "./call.ts";
import { phone } from "./leg.ts";
import type { PlayedCall } from "./truth.ts";

/** A call from outside in which the caller leaves a queue before an answer. It ends at `at`, epoch seconds. */
export const missedInQueue = (options: {
  readonly from: string;
  readonly queue: Queue;
  readonly members: readonly { readonly extension: string; readonly name: string }[];
  readonly trunk: string;
  readonly seconds: number;
  readonly at: number;
  readonly nextChannel: () => number;
}): PlayedCall => {
  const { from, queue, members, trunk, seconds, at, nextChannel } = options;
  const call = new Call({
    scene: "missed",
    direction: "inbound",
    caller: { number: from, name: "" },
    called: didOf(queue.extension),
    trunk,
    peer: `SIP/${trunk}`,
    dcontext: "main",
    at: at - seconds,
    nextChannel,
  });
  call.enterQueue(queue);
  call.ring(members.map(phone), seconds, { queue });
  return call.over("abandoned");
};
