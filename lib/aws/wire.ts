import type { Handler } from "../invocation.ts";

/**
 * A function as Lambda calls it. In Lambda its ports are made while it starts, once; anywhere else nothing is made before a
 * call, so that a function can be imported on a laptop.
 */
export const onLambda = <Ports, Event, Result>(
  make: (ports: Ports) => Handler<Event, Result>,
  ports: () => Ports,
): Handler<Event, Result> => {
  let made = process.env["AWS_LAMBDA_FUNCTION_NAME"] === undefined ? undefined : make(ports());
  return (event, invocation) => {
    made ??= make(ports());
    return made(event, invocation);
  };
};
