import { workOff } from "../../lib/history/work/work-off.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { workQueue } from "../../lib/local/work-queue.ts";
import type { AllPorts } from "../../lib/ports.ts";
import type { Context, PbxOptions } from "../context/context.ts";
import { readJson } from "../context/spec.ts";
import { type FunctionName, functionNames, invoke, sampleEvent, timeouts } from "../server/functions.ts";
import { asOwner } from "../server/owner.ts";
import { counted, UsageError } from "../terminal/output.ts";

/** Number of PBXs that are exported in parallel. */
const pbxsAtOnce = 4;

/** Runs a function as Lambda does, with local adapters; without an event, with its sample event. */
export const invokeCommand = async (
  context: Context,
  name: string,
  event: string | undefined,
  options: PbxOptions & { out: string },
): Promise<number> => {
  if (!isFunction(name))
    throw new UsageError(`The function must be one of ${functionNames.join(", ")}; got ${name}.`);
  const ports = await localPorts({
    env: context.env,
    clock: context.clock,
    directory: options.out,
    pbxFile: options.pbxs,
  });
  const owner = await asOwner(
    ports,
    event === undefined ? await sampleEvent(name) : await readJson(context, event),
  );
  const answer = await invoke(name, owner.ports, owner.event);
  context.output.out(JSON.stringify(answer, null, 2));
  if (name === "plan-exports") await exportPlanned(context, ports);
  const status =
    typeof answer === "object" && answer !== null && "statusCode" in answer ? Number(answer.statusCode) : 200;
  return status < 400 ? 0 : 1;
};

/** The queue exists only in this process, so the planned days are exported now, as export-history would. */
const exportPlanned = async (context: Context, ports: AllPorts): Promise<void> => {
  const [began, time] = [ports.clock.now(), timeouts["export-history"]];
  const done = await workQueue(ports.queue, pbxsAtOnce, (message) =>
    workOff(ports, message, () => began + time - ports.clock.now()),
  );
  context.output.err(`${counted(done, "PBX day")} exported`);
};

const isFunction = (name: string): name is FunctionName => functionNames.some((known) => known === name);
