import { readFile } from "node:fs/promises";
import { callHistory } from "../../functions/call-history.ts";
import { callQueues } from "../../functions/call-queues.ts";
import { callbacks, callbacksApi } from "../../functions/callbacks.ts";
import { checkAllPbxs } from "../../functions/check-pbxs.ts";
import { createSound } from "../../functions/create-sound.ts";
import { events } from "../../functions/events.ts";
import { exportHistory } from "../../functions/export-history.ts";
import { originate } from "../../functions/originate.ts";
import { planAllExports } from "../../functions/plan-exports.ts";
import { reconcileCalls } from "../../functions/reconcile-calls.ts";
import { sweepCallbacks } from "../../functions/sweep-callbacks.ts";
import { webhook } from "../../functions/webhook.ts";
import type { Handler } from "../../lib/invocation.ts";
import type { LocalRoute } from "../../lib/local/http-api.ts";
import type { AllPorts } from "../../lib/ports.ts";

/** The functions by their names in serverless.yml. */
export const functions = {
  originate,
  "create-sound": createSound,
  "call-queues": callQueues,
  "call-history": callHistory,
  "plan-exports": planAllExports,
  "export-history": exportHistory,
  "check-pbxs": checkAllPbxs,
  "reconcile-calls": reconcileCalls,
  webhook,
  events,
  callbacks,
  "sweep-callbacks": sweepCallbacks,
} as const satisfies Record<string, (ports: AllPorts) => Handler<never, unknown>>;

export type FunctionName = keyof typeof functions;
export const functionNames = Object.keys(functions) as FunctionName[];

/** The routes of serverless.yml. */
export const routes = (ports: AllPorts): LocalRoute[] =>
  [originate, createSound, callQueues, callHistory, callbacksApi, webhook].flatMap((make) => {
    const handler = make(ports);
    return handler.routes.map((route): LocalRoute => {
      const [method = "", path = ""] = route.split(" ");
      return { method, path, handler };
    });
  });

/** The sample event of a function. */
export const sampleEvent = async (name: FunctionName): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`../../events/${name}.json`, import.meta.url), "utf8"));

/** The time-outs of serverless.yml, ms. */
export const timeouts: Readonly<Record<FunctionName, number>> = {
  originate: 15_000,
  "create-sound": 15_000,
  "call-queues": 15_000,
  "call-history": 15_000,
  "plan-exports": 300_000,
  "export-history": 900_000,
  "check-pbxs": 300_000,
  "reconcile-calls": 60_000,
  webhook: 10_000,
  events: 30_000,
  callbacks: 15_000,
  "sweep-callbacks": 55_000,
};

/** Calls a function as Lambda does. */
export const invoke = (name: FunctionName, ports: AllPorts, event: unknown): Promise<unknown> => {
  const until = ports.clock.now() + timeouts[name];
  const handler = functions[name](ports) as Handler<unknown, unknown>;
  return handler(event, {
    awsRequestId: `local-${process.pid}`,
    getRemainingTimeInMillis: () => until - ports.clock.now(),
  });
};
