import { didYouMean } from "../../lib/did-you-mean.ts";
import { checkZone } from "../../lib/history/calendar/local-days.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { Faults, faultDocs, isFault } from "../../simulator/faults.ts";
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
  const calls = readWhole(options.calls, "--calls", `a whole number from 0 to ${mostCalls}`, 0, mostCalls);
  const seed = readWhole(options.seed, "--seed", "a whole number of up to 9 digits");
  const { appId, appName, secret, unanswered, fault: faults = [] } = options;
  const zone = checkZone(options.timezone, "timezone");
  checkFaults(faults);
  checkCredentials({ "--app-id": appId, "--app-name": appName, "--secret": secret });
  const simulator = await startSimulator({
    ...{ port, calls, seed, unanswered, appId, appName, secret, zone, faults },
  }).catch(orTaken(port, "--port"));
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

/** More calls have more rows on a Monday than the simulator can make for a day. */
const mostCalls = 400_000;

/** Throws UsageError. */
const checkFaults = (faults: readonly string[]): void => {
  for (const fault of faults)
    try {
      Faults.parse(fault);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const [name = ""] = fault.split(/[=*@]/);
      const near = isFault(name) ? undefined : didYouMean(name, Object.keys(faultDocs));
      throw new UsageError(
        `\`--fault ${fault}\`: ${error.message}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
      );
    }
};

/** The variables that the command prints would count as not set. Throws UsageError. */
const checkCredentials = (credentials: Readonly<Record<string, string>>): void => {
  const [empty] = Object.entries(credentials).find(([, value]) => value.trim() === "") ?? [];
  if (empty !== undefined) throw new UsageError(`\`${empty}\` must not be empty.`);
};

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
