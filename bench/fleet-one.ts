/** A process that plans and exports yesterday of every PBX of a file, as `wildix invoke plan-exports` does: `fleet-one DIRECTORY FILE`. */
import { invokeCommand } from "../cli/commands/invoke.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { measure } from "./measure.ts";

const [, , out = "", pbxs = ""] = process.argv;
const context = {
  env: {},
  output: { out: () => undefined, err: () => undefined, colours: false, live: false },
  stdin: async () => "",
  clock: systemClock,
  signal: new AbortController().signal,
  inTypedNames: (error: unknown) => error,
};
await measure(async () => ({ status: await invokeCommand(context, "plan-exports", "{}", { out, pbxs }) }));
