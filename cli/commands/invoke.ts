import { localPorts } from "../../lib/local/ports.ts";
import type { Context, PbxOptions } from "../context.ts";
import { type FunctionName, functionNames, invoke, sampleEvent } from "../functions.ts";
import { UsageError } from "../output.ts";
import { asOwner } from "../owner.ts";
import { readJson } from "../spec.ts";

/** Runs a function as Lambda would, with local adapters; without an event, with its sample. */
export const invokeCommand = async (
  context: Context,
  name: string,
  event: string | undefined,
  options: PbxOptions & { out: string },
): Promise<number> => {
  if (!isFunction(name))
    throw new UsageError(`no function is called "${name}"; there are ${functionNames.join(", ")}`);
  const ports = await localPorts({
    env: context.env,
    directory: options.out,
    ...(options.pbxs === undefined ? {} : { pbxFile: options.pbxs }),
  });
  const owner = await asOwner(
    ports,
    event === undefined ? await sampleEvent(name) : await readJson(context, event),
  );
  const answer = await invoke(name, owner.ports, owner.event);
  context.output.out(JSON.stringify(answer, null, 2));
  const status =
    typeof answer === "object" && answer !== null && "statusCode" in answer ? Number(answer.statusCode) : 200;
  return status < 400 ? 0 : 1;
};

const isFunction = (name: string): name is FunctionName => functionNames.some((known) => known === name);
