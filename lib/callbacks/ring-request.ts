import type { Caller } from "../callers/caller.ts";
import { type CallRequest, readCall } from "../calls/calls.ts";
import type { Pbx } from "../pbxs/pbxs.ts";
import { rules } from "./policy.ts";

/** Who places the call, and under which names. */
type RingNames = Pick<CallRequest, "key" | "requestId" | "receivedAt"> & { readonly caller: string };

/** The call of a callback: `target` rings, then the PBX dials `number` (E.164). `shown`: what the agent's phone shows beside it. */
export const ringRequest = (
  pbx: Pbx,
  { target, number, shown }: { readonly target: string; readonly number: string; readonly shown: string },
  { caller: id, ...names }: RingNames,
): CallRequest => {
  const caller: Caller = {
    id,
    scopes: new Set(["calls:create"]),
    pbxs: [pbx.id],
    extensions: [target],
  };
  const wanted = readCall({
    extension: target,
    to: number,
    ring_seconds: rules.agentRingSeconds,
    caller_id: { name: shown, number },
  });
  return { wanted, caller, pbx, ...names, timeLeft: 10_000 };
};
