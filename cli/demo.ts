import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { dayAt } from "../lib/history/calendar/local-days.ts";
import { partKey } from "../lib/history/publication/manifest.ts";
import { localPorts } from "../lib/local/ports.ts";
import { silentLog } from "../lib/log.ts";
import type { AllPorts } from "../lib/ports.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../simulator/defaults.ts";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { callBackScene } from "./demo-callback.ts";
import { main } from "./main.ts";
import { type FunctionName, invoke, sampleEvent } from "./server/functions.ts";
import { asOwner } from "./server/owner.ts";
import { paint, printError, table, terminal } from "./terminal/output.ts";

/** The four jobs, through the real functions with their sample events, on a simulated PBX. Ends automatically. */
const demo = async (): Promise<void> => {
  const zone = simulatorDefaults.zone;
  const yesterday = dayAt(zone, systemClock.now(), -1);
  const simulator = await startSimulator({ rowsOn: { [yesterday]: 5_000 }, ringMs: 700, talkMs: 1_000 });
  try {
    const directory = await mkdtemp(join(tmpdir(), "wildix-demo-"));
    const ports = await localPorts({
      env: {
        WILDIX_HOST: simulator.url,
        WILDIX_APP_ID: simulatorDefaults.appId,
        WILDIX_APP_NAME: simulatorDefaults.appName,
        WILDIX_SECRET_KEY: simulatorDefaults.secret,
        WILDIX_TIMEZONE: zone,
      },
      directory,
      log: silentLog,
    });
    say(`The simulated PBX is at ${simulator.url}. Lambda functions run all steps of this demo.\n`);
    await readQueues(ports);
    await exportYesterday(ports, yesterday, directory);
    await makeSound(ports, simulator);
    await placeCall(ports, simulator);
    await placeNone(ports, simulator);
    await callBack();
    await showReport(directory);
    say(paint(terminal, "green", "\nAll jobs are done."));
    say("`npm start` keeps the PBX and the HTTP API running, with a page that shows the phones.");
  } finally {
    await simulator.close();
  }
};

const say = (text: string): void => terminal.out(text);
const title = (number: number, text: string): void => say(`${paint(terminal, "bold", `${number}. ${text}`)}`);

/** Calls a function with its sample event, or with another body; another status than the one expected ends the demo. */
const call = async (
  ports: AllPorts,
  name: FunctionName,
  expected?: number,
  body?: object,
): Promise<Record<string, unknown>> => {
  const sample = (await sampleEvent(name)) as object;
  const given = body === undefined ? sample : { ...sample, body: JSON.stringify(body) };
  const { ports: own, event } = await asOwner(ports, given);
  const answer = (await invoke(name, own, event)) as { statusCode?: number; body?: string };
  if (answer.statusCode === undefined) return answer;
  say(`   ${name} answers ${answer.statusCode}`);
  if (expected === undefined ? answer.statusCode >= 300 : answer.statusCode !== expected)
    throw new Error(`${name} failed: ${answer.body}`);
  return JSON.parse(answer.body ?? "{}") as Record<string, unknown>;
};

const readQueues = async (ports: AllPorts): Promise<void> => {
  title(1, "The call queues");
  const { records } = await call(ports, "call-queues");
  say(
    table(
      terminal,
      ["id", "name"],
      (records as { id: string; name: string }[]).map(({ id, name }) => [id, name]),
    ),
  );
};

const exportYesterday = async (ports: AllPorts, day: string, directory: string): Promise<void> => {
  title(2, `The call history of yesterday, ${day}, as the nightly schedule exports it`);
  const begun = performance.now();
  const { exported } = (await call(ports, "export-history")) as { exported: { rows: number }[] };
  const rows = exported[0]?.rows ?? 0;
  if (rows < 1) throw new Error("the export is empty");
  say(
    `   ${rows} rows in ${((performance.now() - begun) / 1000).toFixed(1)} s, counted by the PBX before and after; directory: ${directory}`,
  );
  const first = await firstRows(ports, partKey("legs", day, "default", 1), 4);
  const columns = ["id", "start_utc", "from_number", "to_number", "direction", "unanswered", "talk_seconds"];
  say(
    table(
      terminal,
      columns,
      first.map((row) => columns.map((column) => row[column])),
    ),
  );
};

const firstRows = async (ports: AllPorts, key: string, count: number): Promise<Record<string, unknown>[]> => {
  const bytes = await ports.store.read(key);
  if (bytes === undefined) throw new Error(`${key} is missing`);
  const gunzip = createGunzip();
  for await (const chunk of bytes) gunzip.write(chunk);
  gunzip.end();
  let text = "";
  for await (const chunk of gunzip) text += String(chunk);
  return text.split("\n", count).map((line) => JSON.parse(line) as Record<string, unknown>);
};

const makeSound = async (ports: AllPorts, simulator: Simulator): Promise<void> => {
  title(3, "A sound made from text");
  await call(ports, "create-sound");
  const sound = [...simulator.pbx.sounds.values()][0];
  if (!sound) throw new Error("the PBX has no sound");
  say(
    `   the PBX has ${sound.filename}.wav now: ${sound.wav.length} bytes, "${sound.text}", voice ${sound.voice}\n`,
  );
};

const placeCall = async (ports: AllPorts, simulator: Simulator): Promise<void> => {
  title(4, "A call: extension 108 rings, then the number is dialled");
  await call(ports, "originate");
  const placed = simulator.pbx.phones.calls.at(-1);
  if (!placed) throw new Error("no phone rings");
  let shown = "";
  while (shown !== "over") {
    const now = placed.over
      ? "over"
      : `${placed.first.number} ${placed.first.name}: ${placed.first.state.padEnd(8)} →  ${placed.second.number}: ${placed.second.state}`;
    if (now !== shown && now !== "over") say(`   ${now}`);
    shown = now;
    await systemClock.sleep(50);
  }
  const [second, first] = simulator.pbx.history.latest(2);
  say(`   the call is over; the history has its two legs: ${first?.id} and ${second?.id}\n`);
};

const placeNone = async (ports: AllPorts, simulator: Simulator): Promise<void> => {
  title(5, "Requests that ring no phone: the same request again, and a premium number");
  const before = simulator.pbx.phones.calls.length;
  const { id } = await call(ports, "originate", 200);
  say(`   it is call ${id} again: if the same request comes twice within 10 seconds, the phone rings once`);
  const { detail } = await call(ports, "originate", 403, { extension: "108", to: "+19005551234" });
  say(`   ${detail}`);
  if (simulator.pbx.phones.calls.length !== before) throw new Error("a phone rang");
};

const callBack = async (): Promise<void> => {
  title(6, "A missed call: a caller leaves a queue before an answer, and is called back");
  await callBackScene(say);
};

const showReport = async (directory: string): Promise<void> => {
  title(7, "The report of that day: how many calls were missed, and who was never called back");
  say(`   the same page again: npx wildix report ${directory}; as a file: --out report.html\n`);
  const code = await main(["report", directory, "--mask"]);
  if (code !== 0) throw new Error("the report failed");
};

await demo().catch((error: unknown) => {
  printError(terminal, error, false);
  process.exitCode = 1;
});
