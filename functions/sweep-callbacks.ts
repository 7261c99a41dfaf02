import { awsCallbackPorts } from "../lib/aws/ports/callback-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import type { SweepReport } from "../lib/callbacks/callbacks.ts";
import { type CallbackPorts, createCallbacks } from "../lib/callbacks/callbacks.ts";
import type { Handler } from "../lib/invocation.ts";

/** Kept back for the PBXs that are being handled at the deadline, ms. */
const reserve = 12_000;

/** Every minute: asks history of PBXs without webhooks, and visits the callbacks that are due. */
export const sweepCallbacks = (ports: CallbackPorts): Handler<unknown, SweepReport> => {
  const callbacks = createCallbacks(ports);
  return async (_event, invocation) => {
    const report = await callbacks.sweep(ports.clock.now() + invocation.getRemainingTimeInMillis() - reserve);
    ports.log.info("due callbacks were handled", { ...report });
    return report;
  };
};

export const handler = await onLambda(sweepCallbacks, awsCallbackPorts);
