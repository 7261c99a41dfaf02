import { localPorts } from "../lib/local/ports.ts";
import { createLog } from "../lib/log.ts";
import { simulatorDefaults, startSimulator } from "../simulator/server.ts";
import { openHttpApi } from "./http-api.ts";
import { paint, printError, terminal, UsageError } from "./output.ts";
import { orTaken, portOf } from "./ports.ts";
import { stopSignal, untilStopped } from "./until-stopped.ts";

/** The PBX simulator with its page, and the HTTP API of the functions, on loopback until Ctrl-C. */
const start = async (): Promise<void> => {
  const faults = process.argv.slice(2);
  const simulator = await startSimulator({ port: portFrom("WILDIX_SIMULATOR_PORT"), faults });
  const ports = await localPorts({
    env: {
      ...process.env,
      WILDIX_PBXS: "",
      WILDIX_HOST: simulator.url,
      WILDIX_APP_ID: simulatorDefaults.appId,
      WILDIX_APP_NAME: simulatorDefaults.appName,
      WILDIX_SECRET_KEY: simulatorDefaults.secret,
      WILDIX_TIMEZONE: simulatorDefaults.zone,
    },
    directory: "exports",
    log: createLog("wildix-functions"),
  });
  const port = portFrom("WILDIX_API_PORT");
  const api = await openHttpApi(ports, port, "npm start", simulatorDefaults.zone).catch(
    orTaken(port, "WILDIX_API_PORT"),
  );
  const say = (text: string): void => terminal.out(text);
  say(`${paint(terminal, "bold", "The PBX's page")}   ${simulator.url}/`);
  say(`${paint(terminal, "bold", "The HTTP API")}     ${api.url}\n\nTry, in another terminal:`);
  for (const line of api.examples) say(`  ${line}`);
  say("\nThe key was made for today; only its hash is kept. Stop with Ctrl-C.\n");
  await untilStopped(stopSignal(), process.env);
  await api.close();
  await simulator.close();
};

const portFrom = (variable: string): number => portOf(process.env[variable] || "0", variable);

await start().catch((error: unknown) => {
  printError(terminal, error instanceof RangeError ? new UsageError(error.message) : error, false);
  process.exit(error instanceof RangeError || error instanceof UsageError ? 2 : 1);
});
