import { checkZone } from "../../lib/history/calendar/local-days.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { faultDocs } from "../../simulator/faults.ts";
import { startSimulator } from "../../simulator/server.ts";
import type { Context } from "../context/context.ts";
import { type Output, paint, table, UsageError } from "../terminal/output.ts";
import { untilStopped } from "../terminal/until-stopped.ts";
import { orTaken, portOf } from "../typed/ports.ts";
import { readWhole } from "../typed/whole-number.ts";

export interface SimulatorCommandOptions {
  readonly port: string;
  readonly calls: string;
  readonly seed: string;
  readonly unanswered: boolean;
  readonly appId: string;
  readonly appName: string;
  readonly secret: string;
  readonly timezone: string;
  readonly fault?: readonly string[];
  readonly listFaults?: boolean;
  readonly json?: boolean;
}

/** A PBX to talk to, until Ctrl-C. */
export const pbxCommand = async (context: Context, options: SimulatorCommandOptions): Promise<number> => {
  const { output } = context;
  if (options.listFaults) {
    output.out(options.json ? JSON.stringify(faultDocs) : faultTable(output));
    return 0;
  }
  const port = portOf(options.port, "--port");
  const [calls, seed] = [wholeNumber(options.calls, "--calls"), wholeNumber(options.seed, "--seed")];
  const { appId, appName, secret, unanswered, fault: faults = [] } = options;
  const zone = checkZone(options.timezone, "timezone");
  const simulator = await startSimulator({
    ...{ port, calls, seed, unanswered, appId, appName, secret, zone, faults },
  }).catch((error: unknown) => {
    if (error instanceof RangeError) throw new UsageError(error.message);
    return orTaken(port, "--port")(error);
  });
  const { url } = simulator;
  const variables = {
    WILDIX_HOST: url,
    WILDIX_APP_ID: appId,
    WILDIX_APP_NAME: appName,
    WILDIX_SECRET_KEY: secret,
    WILDIX_TIMEZONE: zone,
  };
  if (options.json) output.out(JSON.stringify({ url, faults, env: variables }));
  else {
    output.out(`${paint(output, "bold", "A PBX")} listens on ${url} (its page: ${url}/)`);
    output.out("To use it from another terminal:\n");
    output.out(
      `export ${Object.entries(variables)
        .map(([name, value]) => `${name}=${quote(value)}`)
        .join(" ")}`,
    );
    if (faults.length > 0) output.out(`\nFaults: ${faults.join(", ")}`);
    output.out("\nStop it with Ctrl-C.");
  }
  await untilStopped(context.signal, context.env);
  await simulator.close();
  return 0;
};

const wholeNumber = (text: string, option: string): number =>
  readWhole(text, option, "a whole number of up to 9 digits");

const faultTable = (output: Output): string =>
  table(
    output,
    ["fault", "effect", "mark"],
    Object.entries(faultDocs).map(([name, doc]) => [
      "value" in doc ? `${name}=${doc.value}` : name,
      doc.does,
      doc.mark,
    ]),
  );

const quote = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export const pbxDefaults = simulatorDefaults;
