import { dayAt } from "../lib/history/local-days.ts";
import { serveHttpApi } from "../lib/local/http-api.ts";
import { localPorts } from "../lib/local/ports.ts";
import { createLog } from "../lib/log.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { simulatorDefaults, startSimulator } from "../simulator/server.ts";
import { routes } from "./functions.ts";
import { paint, printError, terminal, UsageError } from "./output.ts";
import { ownKey } from "./owner.ts";
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
  const api = await serveHttpApi(routes(ports), portFrom("WILDIX_API_PORT"));
  const say = (text: string): void => terminal.out(text);
  say(`${paint(terminal, "bold", "The PBX's page")}   ${simulator.url}/`);
  say(`${paint(terminal, "bold", "The HTTP API")}     ${api.url}\n\nTry, in another terminal:`);
  const yesterday = dayAt(simulatorDefaults.zone, systemClock.now(), -1);
  // whole lines, so that each works in any shell
  const key = `-H 'authorization: Bearer ${await ownKey(ports.keys, "npm start")}'`;
  const json = `${key} -H 'content-type: application/json'`;
  say(`  curl ${key} ${api.url}/call-queues`);
  say(`  curl ${key} '${api.url}/call-history?from=${yesterday}&to=${yesterday}&limit=5'`);
  say(`  curl ${json} ${api.url}/sounds -d '{"filename":"hello","text":"Good morning","voice":"Kimberly"}'`);
  say(
    `  curl ${json} -H 'idempotency-key: order-1' ${api.url}/calls -d '{"extension":"108","to":"16144841500"}'`,
  );
  say("\nThe key was made for today; only its hash is kept. Stop with Ctrl-C.\n");
  await untilStopped(stopSignal(), process.env);
  await api.close();
  await simulator.close();
};

const portFrom = (variable: string): number => {
  const port = Number(process.env[variable] || 0);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`${variable} is a port: 0 to 65535`);
};

await start().catch((error: unknown) => {
  printError(terminal, error instanceof RangeError ? new UsageError(error.message) : error, false);
  process.exit(error instanceof RangeError || error instanceof UsageError ? 2 : 1);
});
