/** What a call costs beside the PBX: a warm function's own time with each state, and what it is to be loaded. */
import { execFile, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { build } from "esbuild";
import { ownKey } from "../cli/server/owner.ts";
import { originate } from "../functions/originate.ts";
import { dynamoState } from "../lib/aws/dynamo-state.ts";
import { readConfig } from "../lib/config.ts";
import { memoryKeys } from "../lib/local/caller-keys.ts";
import { memoryState } from "../lib/local/memory-state.ts";
import { environmentRegistry } from "../lib/local/pbx-file.ts";
import { sqliteState } from "../lib/local/sqlite-state.ts";
import { silentLog } from "../lib/log.ts";
import { noMetrics } from "../lib/metrics.ts";
import { createPbxs } from "../lib/pbxs/pbxs.ts";
import type { StateStore } from "../lib/state.ts";
import type { Transport } from "../lib/wms/sending/transport.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { httpEvent } from "../test/support/events.ts";
import { median, report, round } from "./report.ts";
import { size } from "./size.ts";

const directory = await mkdtemp(join(tmpdir(), "wildix-bench-"));
const settings = JSON.stringify({
  country: "US",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["US"],
  caps: { per_minute: 1_000_000, per_caller: 1_000_000, per_destination: 1_000_000, per_day: 1_000_000 },
});
const env = { WILDIX_HOST: "http://127.0.0.1", WILDIX_TOKEN: "access_bench", WILDIX_SETTINGS: settings };

/** A PBX that answers immediately: all that is left is ours. */
const instant: Transport = async ({ prepare, confirm }) => {
  await prepare();
  confirm?.();
  const body = (async function* () {
    yield Buffer.from('{"type":"result","result":"Success"}');
  })();
  return { kind: "response", status: 200, headers: [], body };
};

const handlerWith = async (state: StateStore) => {
  const keys = memoryKeys();
  const registry = environmentRegistry(env);
  const shared = { registry, transport: instant, clock: systemClock, random: Math.random };
  const pbxs = createPbxs({
    ...shared,
    requestsPerSecond: () => 1_000_000,
  });
  const handler = originate({
    config: { ...readConfig({}), defaultPbx: "default" },
    ...shared,
    pbxs,
    keys,
    log: silentLog,
    metrics: noMetrics,
    state,
    audit: { write: async () => undefined },
    monotonic: () => performance.now(),
    newId: randomUUID,
  });
  return { handler, authorization: `Bearer ${await ownKey({ keys, clock: systemClock }, "bench")}` };
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const ms = (value: number): string => `${value.toFixed(2)} ms`;

/** Calls one after another, each with a key of its own; the first hundred warm up. */
const measure = async (name: string, state: StateStore, calls: number): Promise<string[]> => {
  const { handler, authorization } = await handlerWith(state);
  const times: number[] = [];
  for (let n = 0; n < calls + 100; n++) {
    const event: APIGatewayProxyEventV2 = httpEvent({
      method: "POST",
      path: "/calls",
      headers: { authorization, "idempotency-key": randomUUID() },
      body: JSON.stringify({ extension: "108", to: `1614484${String(1000 + (n % 9000))}` }),
    });
    const arrival = performance.now();
    const answer = await handler(event, { awsRequestId: "x", getRemainingTimeInMillis: () => 15_000 });
    times.push(performance.now() - arrival);
    if (answer.statusCode !== 201) throw new Error(`originate answers ${answer.statusCode}: ${answer.body}`);
  }
  const sorted = times.slice(100).sort((a, b) => a - b);
  return [name, round(calls), ms(percentile(sorted, 0.5)), ms(percentile(sorted, 0.99))];
};

const dynamo = fork(new URL("dynamo.ts", import.meta.url));
const [url] = (await once(dynamo, "message")) as [string];
const client = new DynamoDBClient({
  endpoint: url,
  region: "eu-central-1",
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
});
await report(
  "originate",
  ["warm originate, PBX that responds immediately; state in", "calls", "p50", "p99"],
  [
    await measure("memory", memoryState(systemClock), size(5_000, 100)),
    await measure(
      "SQLite, a file with WAL",
      sqliteState(join(directory, "state.sqlite"), systemClock),
      size(2_000, 100),
    ),
    await measure(
      "DynamoDB (dynalite in another process)",
      dynamoState(client, "wildix-state", systemClock),
      size(1_000, 100),
    ),
  ],
);
client.destroy();
dynamo.kill();

/** Milliseconds that a fresh process takes to import a bundle, the median of many. */
const importTime = async (file: string): Promise<number> => {
  const script = join(directory, "import.mjs");
  await writeFile(
    script,
    `const arrival = performance.now(); await import(process.argv[2]); console.log(performance.now() - arrival);`,
  );
  const times: number[] = [];
  for (let n = 0; n < size(21, 1); n++)
    times.push(Number((await promisify(execFile)(process.execPath, [script, file])).stdout));
  return median(times);
};
const {
  outputFileExtension: _extension,
  packager: _packager,
  ...options
} = createRequire(import.meta.url)("../esbuild.config.cjs")();
const bundles: readonly (readonly [string, string, object])[] = [
  ["originate, as packaged", 'export { handler } from "./functions/originate.ts";', {}],
  [
    "Secrets Manager's client only, unmodified",
    'export { SecretsManagerClient, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";',
    { alias: {} },
  ],
  [
    "the SDK's clients of the same three services, unmodified",
    'export { SecretsManagerClient, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager"; export { DynamoDBClient, PutItemCommand, GetItemCommand, UpdateItemCommand, DeleteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb"; export { CloudWatchLogsClient, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";',
    { alias: {} },
  ],
];
const rows: string[][] = [];
for (const [name, contents, change] of bundles) {
  const outfile = join(directory, `${rows.length}.mjs`);
  const root = new URL("..", import.meta.url).pathname;
  const { metafile } = await build({
    ...options,
    ...change,
    stdin: { contents, resolveDir: root },
    outfile,
    metafile: true,
  });
  const bytes = Object.values(metafile?.outputs ?? {})[0]?.bytes ?? 0;
  rows.push([name, round(bytes), ms(await importTime(outfile))]);
}
await report("originate-cold", ["bundle, minified", "bytes", "import in a new process, median of 21"], rows);
await rm(directory, { recursive: true });
