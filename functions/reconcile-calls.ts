import { awsStatePorts } from "../lib/aws/ports/state-ports.ts";
import { onLambda } from "../lib/aws/ports/wire.ts";
import { createLedger } from "../lib/calls/ledger/ledger.ts";
import { createReconcile, type ReconcilePorts, type Swept } from "../lib/calls/ledger/reconcile.ts";
import type { Handler } from "../lib/invocation.ts";

/** Kept back for the questions that are under way at the deadline, ms. */
const reserve = 12_000;

/** Every minute: calls whose response was lost are looked up in their PBX's history. */
export const reconcileCalls = (ports: ReconcilePorts): Handler<unknown, Swept> => {
  const { sweep } = createReconcile(ports, createLedger(ports.state, ports.clock));
  return async (_event, invocation) => {
    const swept = await sweep(ports.clock.now() + invocation.getRemainingTimeInMillis() - reserve);
    ports.log.info("calls with a lost response were looked up", { ...swept });
    return swept;
  };
};

export const handler = await onLambda(reconcileCalls, awsStatePorts);
