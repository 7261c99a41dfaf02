import { parseArgs } from "node:util";
import { didYouMean } from "../lib/did-you-mean.ts";
import { localPorts } from "../lib/local/ports.ts";
import { createLog } from "../lib/log.ts";
import { simulatorDefaults } from "../simulator/defaults.ts";
import { Faults } from "../simulator/faults.ts";
import { startSimulator } from "../simulator/server.ts";
import { webhookDefaults } from "../simulator/webhooks.ts";
import { openHttpApi } from "./server/http-api.ts";
import { simulatedPbx } from "./server/simulated-pbx.ts";
import { paint, printError, terminal, UsageError } from "./terminal/output.ts";
import { stopSignal, untilStopped } from "./terminal/until-stopped.ts";
import { orTaken, portOf } from "./typed/ports.ts";

interface Started {
  /** Of the HTTP API and of the PBX. */
  readonly port: number;
  readonly pbxPort: number;
  readonly faults: readonly string[];
}

/** Node adds advice about positional arguments, which does not apply here. */
const firstSentence = (message: string): string => {
  const [first = ""] = message.split(". ");
  const [, unknown = ""] = /^Unknown option '([^']+)'/.exec(message) ?? [];
  const near = didYouMean(unknown, ["--port", "--pbx-port"]);
  return `${first.replace(/\.$/, "")}.${near === undefined ? "" : ` Did you mean ${near}?`}`;
};

/** `npm start -- --port 3000 --pbx-port 3001 slow=4000`: the ports, and faults of the PBX. */
const given = (): Started => {
  try {
    const { values, positionals } = parseArgs({
      options: {
        port: { type: "string", default: "18081" },
        "pbx-port": { type: "string", default: "18080" },
      },
      allowPositionals: true,
    });
    for (const fault of positionals) Faults.parse(fault);
    return {
      port: portOf(values.port, "--port"),
      pbxPort: portOf(values["pbx-port"], "--pbx-port"),
      faults: positionals,
    };
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    throw new UsageError(
      `${firstSentence(error.message)} For example: npm start -- --port 3000 --pbx-port 3001 slow=4000.`,
    );
  }
};

/** The PBX simulator with its page, and the HTTP API of the functions, on loopback until Ctrl-C. */
const start = async (): Promise<void> => {
  const { port, pbxPort, faults } = given();
  const simulator = await startSimulator({ port: pbxPort, faults }).catch(orTaken(pbxPort, "--pbx-port"));
  const ports = await localPorts({
    env: {
      ...process.env,
      WILDIX_PBXS: "",
      WILDIX_HOST: simulator.url,
      WILDIX_APP_ID: simulatorDefaults.appId,
      WILDIX_APP_NAME: simulatorDefaults.appName,
      WILDIX_SECRET_KEY: simulatorDefaults.secret,
      WILDIX_TIMEZONE: simulatorDefaults.zone,
      WILDIX_WEBHOOK_SECRET: webhookDefaults.secret,
      WILDIX_SETTINGS: JSON.stringify(simulatedPbx),
    },
    directory: "exports",
    log: createLog("wildix-functions"),
  });
  const api = await openHttpApi(ports, port, "npm start", simulatorDefaults.zone).catch(
    orTaken(port, "--port"),
  );
  const say = (text: string): void => terminal.out(text);
  say(`${paint(terminal, "bold", "The PBX's page")}   ${simulator.url}/`);
  say(
    `${paint(terminal, "bold", "The HTTP API")}     ${api.url}, described by ${api.url}/openapi.json\n\nTry, in another terminal:`,
  );
  for (const line of api.examples) say(`  ${line}`);
  say(
    `  npx wildix webhook send test/fixtures/events/call-missed.json --now --url ${api.url} --pbx default --secret ${webhookDefaults.secret}\n  npx wildix callback list`,
  );
  say("\nThe key was made for today; only its hash is kept. Stop with Ctrl-C.\n");
  await untilStopped(stopSignal(), process.env);
  await api.close();
  await simulator.close();
};

await start().catch((error: unknown) => {
  printError(terminal, error, false);
  process.exit(error instanceof UsageError ? 2 : 1);
});
