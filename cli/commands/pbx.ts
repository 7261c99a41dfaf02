import { faultDocs } from "../../simulator/faults.ts";
import { simulatorDefaults, startSimulator } from "../../simulator/server.ts";
import type { Context } from "../context.ts";
import { paint, table, UsageError } from "../output.ts";

export interface SimulatorCommandOptions {
  readonly port: string;
  readonly calls: string;
  readonly appId: string;
  readonly appName: string;
  readonly secret: string;
  readonly timezone: string;
  readonly fault?: readonly string[];
  readonly listFaults?: boolean;
}

/** A PBX to talk to, until Ctrl-C. */
export const pbxCommand = async (context: Context, options: SimulatorCommandOptions): Promise<number> => {
  const { output } = context;
  if (options.listFaults) {
    output.out(
      table(
        ["fault", "what the PBX does", "mark"],
        Object.entries(faultDocs).map(([name, doc]) => [
          "value" in doc ? `${name}=${doc.value}` : name,
          doc.does,
          doc.mark,
        ]),
      ),
    );
    return 0;
  }
  const [port, calls] = [Number(options.port), Number(options.calls)];
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError("--port is a port: 0 to 65535");
  if (!Number.isInteger(calls) || calls < 0) throw new UsageError("--calls is a whole number");
  const { appId, appName, secret, timezone: zone, fault: faults = [] } = options;
  const simulator = await startSimulator({ port, calls, appId, appName, secret, zone, faults }).catch(
    (error: unknown) => {
      if (error instanceof RangeError) throw new UsageError(error.message);
      if (error instanceof Error && "code" in error && error.code === "EADDRINUSE")
        throw new UsageError(`port ${port} is taken; choose another with --port`);
      throw error;
    },
  );
  output.out(`${paint(output, "bold", "A PBX")} listens on ${simulator.url} (its page: ${simulator.url}/)`);
  output.out("To use it from another terminal:\n");
  output.out(
    `export WILDIX_HOST=${simulator.url} WILDIX_APP_ID=${quote(appId)} WILDIX_APP_NAME=${quote(appName)} WILDIX_SECRET_KEY=${quote(secret)} WILDIX_TIMEZONE=${zone}`,
  );
  if (faults.length > 0) output.out(`\nFaults: ${faults.join(", ")}`);
  output.out("\nStop it with Ctrl-C.");
  await stopped(context.signal);
  await simulator.close();
  return 0;
};

/** Until Ctrl-C, or until the shell or npx that began it is gone: nobody could stop it then. */
const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const parent = process.ppid;
    const timer = setInterval(() => process.ppid !== parent && done(), 250);
    const done = (): void => {
      clearInterval(timer);
      resolve();
    };
    if (signal.aborted) done();
    signal.addEventListener("abort", done);
  });

const quote = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export const pbxDefaults = simulatorDefaults;
