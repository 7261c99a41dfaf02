import { workOff } from "../../lib/history/work/work-off.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { workQueue } from "../../lib/local/work-queue.ts";
import type { AllPorts } from "../../lib/ports.ts";
import { isJsonObject } from "../../lib/wms/json.ts";
import type { Context, PbxOptions } from "../context/context.ts";
import { readJson } from "../context/typed-json.ts";
import { type FunctionName, functionNames, invoke, sampleEvent, timeouts } from "../server/functions.ts";
import { asOwner } from "../server/owner.ts";
import { counted, UsageError } from "../terminal/output.ts";
import { type Source, withSource } from "../typed/sources.ts";

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
  const { value, source } = event === undefined ? await sample(name) : await readEvent(context, event);
  const owner = await asOwner(ports, value);
  const answer = await withSource(source, () => invoke(name, owner.ports, owner.event));
  context.output.out(JSON.stringify(answer, null, 2));
  if (name === "plan-exports") await exportPlanned(context, ports);
  const status =
    typeof answer === "object" && answer !== null && "statusCode" in answer ? Number(answer.statusCode) : 200;
  return status < 400 ? 0 : 1;
};

interface WrittenEvent {
  readonly value: unknown;
  readonly source: Source;
}

const sample = async (name: FunctionName): Promise<WrittenEvent> => ({
  value: await sampleEvent(name),
  source: (field) => ({ name: `/${field}`, place: `events/${name}.json` }),
});

const readEvent = async (context: Context, typed: string): Promise<WrittenEvent> => {
  const { value, source } = await readJson(context, "event", typed);
  if (!isJsonObject(value))
    throw new UsageError(
      `\`event\` must be a JSON object; got ${Array.isArray(value) ? "a list" : "another value"}. Give one event, as {…}.`,
    );
  return { value, source: source() };
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
