import { setTimeout as sleep } from "node:timers/promises";
import type { Handler } from "../../invocation.ts";
import { errorFields, type Log } from "../../log.ts";

/** Lambda stops an init that takes 10 s, and starts it again at the function's own cost. */
const longestWarmMs = 3_000;

/**
 * A function as Lambda calls it. In Lambda its ports are made and used a first time while it starts, once: then Lambda gives it a
 * whole processor, for every size of memory. Anywhere else nothing is made before a call, so that a function can be imported on a laptop.
 */
export const onLambda = async <Ports extends { readonly log: Log }, Event, Result>(
  make: (ports: Ports) => Handler<Event, Result>,
  ports: () => Ports,
  longestMs = longestWarmMs,
): Promise<Handler<Event, Result>> => {
  if (process.env["AWS_LAMBDA_FUNCTION_NAME"] === undefined) {
    let made: Handler<Event, Result> | undefined;
    return (event, invocation) => {
      made ??= make(ports());
      return made(event, invocation);
    };
  }
  const own = ports();
  const handler = make(own);
  if (handler.warm !== undefined)
    await Promise.race([handler.warm(), sleep(longestMs, undefined, { ref: false })]);
  return reporting(handler, own.log);
};

/** Lambda's own line about an error has no code and no cause. */
const reporting =
  <Event, Result>(handler: Handler<Event, Result>, log: Log): Handler<Event, Result> =>
  async (event, invocation) => {
    try {
      return await handler(event, invocation);
    } catch (error) {
      log.error("invocation failed", { requestId: invocation.awsRequestId, ...errorFields(error) });
      throw error;
    }
  };
