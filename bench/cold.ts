/**
 * Cold starts: each function as it is packaged, in AWS's own runtime interface client, against a PBX and stand-ins of AWS's services
 * on this machine. From the start of the process to its first request for work, and from there to the first answer.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { build } from "esbuild";
import { buildApp } from "fauxqs";
import { ownKey } from "../cli/server/owner.ts";
import { dayAt } from "../lib/history/calendar/local-days.ts";
import { memoryKeys } from "../lib/local/caller-keys.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../simulator/defaults.ts";
import { startSimulator } from "../simulator/server.ts";
import { startDynamo } from "../test/support/dynamo.ts";
import { startSecretsManager } from "../test/support/secrets-manager.ts";
import { type CpuGroup, cpuGroup, shareOf } from "./cpu-share.ts";
import { report } from "./report.ts";

const rounds = 25;
const root = new URL("..", import.meta.url).pathname;
const runtimeClient = join(root, "bench/cold/node_modules/aws-lambda-ric/index.mjs");
const floor = "cold-floor";
const bound = "cold-bound";
/** The floor with the project's client in place of the SDK's. */
const least = "cold-least";
const own = [floor, bound, least];
/** The functions that somebody waits for; the others are started by a schedule or a queue. */
const awaited = ["originate", "create-sound", "call-queues", "call-history"];
/** What is measured, in the order of the table. */
const names = [...own, ...awaited];
/** Bundled with the clients of the SDK, as any other project would do. */
const withSdk = [floor, bound];
/** Memory of a function, MB. The last one has a whole processor. */
const memories = [512, 1_024, 1_769];
const fullProcessor = 1;

const settings = {
  country: "US",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["US"],
  caps: { per_minute: 10_000, per_caller: 10_000, per_destination: 10_000, per_day: 10_000 },
};

/** CloudWatch Logs, as far as the audit log needs it: it takes everything. */
const startLogs = async () => {
  const server = createServer((request, response) => {
    request
      .resume()
      .on("end", () => response.writeHead(200, { "Content-Type": "application/x-amz-json-1.1" }).end("{}"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

/** A PBX, its secret and a caller's key, a table, a log, a bucket; the environment under which functions find them. */
const startWorld = async () => {
  const { appId, appName, secret, zone } = simulatorDefaults;
  const pbx = await startSimulator({ ringMs: 1, talkMs: 1, days: 3 });
  const keys = memoryKeys();
  const key = await ownKey({ keys, clock: systemClock }, "bench");
  const registered = { host: pbx.url, app_id: appId, app_name: appName, secret_key: secret, settings };
  const secrets = await startSecretsManager([
    { name: "/bench/keys", value: (await keys.read())?.text ?? "" },
    { name: "/bench/pbx/milan", value: JSON.stringify(registered), tags: { "wildix:timezone": zone } },
  ]);
  const s3 = buildApp({ logger: false, host: "localhost" });
  await s3.listen({ port: 0, host: "127.0.0.1" });
  const s3Url = `http://127.0.0.1:${(s3.server.address() as AddressInfo).port}`;
  const [dynamo, logs] = [await startDynamo(), await startLogs()];
  const env = {
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    AWS_ENDPOINT_URL_S3: s3Url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: logs.url,
    WILDIX_SECRET_PREFIX: "/bench/pbx/",
    WILDIX_KEYS_SECRET: "/bench/keys",
    WILDIX_DEFAULT_PBX: "milan",
    WILDIX_BUCKET: "exports",
    WILDIX_TABLE: dynamo.table,
    WILDIX_AUDIT_LOG: "/bench/audit",
  };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new S3Client({ endpoint: s3Url, region: env.AWS_REGION, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: env.WILDIX_BUCKET }));
  const close = async (): Promise<void> => {
    await Promise.all([pbx.close(), s3.close(), dynamo.close()]);
    secrets.close();
    logs.close();
  };
  return { env, key, close };
};

/** A function's sample event, as a caller with the key sends it today. */
const eventOf = async (name: string, key: string): Promise<unknown> => {
  if (own.includes(name)) return {};
  const event = JSON.parse(await readFile(join(root, `events/${name}.json`), "utf8"));
  if (event.headers === undefined) return event;
  const yesterday = dayAt(simulatorDefaults.zone, Date.now(), -1);
  const query = event.queryStringParameters;
  return {
    ...event,
    // API Gateway's time of the request; an old request is refused
    requestContext: { ...event.requestContext, timeEpoch: Date.now() },
    // another call each time: the same one once more would be answered from the table
    headers: { ...event.headers, authorization: `Bearer ${key}`, "idempotency-key": randomUUID() },
    ...(query?.from === undefined
      ? {}
      : { queryStringParameters: { ...query, from: yesterday, to: yesterday } }),
  };
};

interface Start {
  /** Milliseconds from the start of the process to its first request for work. */
  readonly init: number;
  /** From there to the first answer. */
  readonly answer: number;
}

/**
 * One process, one event: a Runtime API that hands out one piece of work. Like Lambda, it limits the processor from then on if
 * `memoryMb` is given, and not during init.
 */
const coldStart = async (
  folder: string,
  name: string,
  event: unknown,
  env: Readonly<Record<string, string>>,
  limited: { readonly group: CpuGroup; readonly memoryMb: number } | undefined,
): Promise<Start> => {
  let [asked, answered] = [0, 0];
  let said = "";
  const hand = async (response: ServerResponse): Promise<void> => {
    await limited?.group.limit(shareOf(limited.memoryMb));
    response.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": "bench",
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + 15_000),
      "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:000000000000:function:bench",
    });
    response.end(JSON.stringify(event));
  };
  const api = createServer((request, response) => {
    if (request.url?.endsWith("/next") && asked === 0) {
      asked = performance.now();
      void hand(response);
    } else if (request.method === "POST") {
      answered = performance.now();
      void text(request).then((body) => {
        said = body;
        response.writeHead(202).end("{}");
        child.kill("SIGKILL");
      });
    }
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const begun = performance.now();
  await limited?.group.limit(fullProcessor);
  const child = spawn(process.execPath, [runtimeClient, `${name}.handler`], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...env,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(api.address() as AddressInfo).port}`,
      AWS_LAMBDA_FUNCTION_NAME: "bench",
      AWS_LAMBDA_FUNCTION_VERSION: "1",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_LOG_GROUP_NAME: "bench",
      AWS_LAMBDA_LOG_STREAM_NAME: "bench",
      LAMBDA_TASK_ROOT: folder,
      _HANDLER: `${name}.handler`,
    },
  });
  // a few milliseconds after its start; until then nothing is limited anyway
  if (limited !== undefined && child.pid !== undefined) await limited.group.enter(child.pid);
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  api.closeAllConnections();
  api.close();
  const answer: { statusCode?: number; errorMessage?: string } = JSON.parse(said || "{}");
  if (answered === 0 || answer.errorMessage !== undefined || (answer.statusCode ?? 200) >= 300)
    throw new Error(`${name} did not do its work: ${said}\n${out}\n${errors}`);
  return { init: asked - begun, answer: answered - asked };
};

/** The SDK's clients with the credentials of Lambda: other ways to credentials would make them slower. */
const onlyCredentials = (alias: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(alias).filter(([name]) => name.includes("/credential-provider")));

const bundle = async (folder: string): Promise<void> => {
  const {
    outputFileExtension: _extension,
    packager: _packager,
    ...options
  } = createRequire(import.meta.url)("../esbuild.config.cjs")();
  for (const name of names) {
    const entry = own.includes(name) ? `bench/${name === least ? floor : name}.ts` : `functions/${name}.ts`;
    const alias = withSdk.includes(name) ? onlyCredentials(options.alias) : options.alias;
    await build({
      ...options,
      alias,
      entryPoints: [join(root, entry)],
      outfile: join(folder, `${name}.mjs`),
    });
  }
};

/** The first answers of a function, by how it is limited. */
interface Case {
  readonly name: string;
  /** Undefined: the whole processor. */
  readonly memoryMb: number | undefined;
  readonly starts: Start[];
}

const group = await cpuGroup(`wildix-cold-${process.pid}`);
const whole: readonly Case[] = names.map((name) => ({ name, memoryMb: undefined, starts: [] }));
const limited: readonly Case[] =
  group === undefined
    ? []
    : memories.flatMap((memoryMb) =>
        [floor, bound, "originate"].map((name) => ({ name, memoryMb, starts: [] })),
      );
const folder = await mkdtemp(join(tmpdir(), "wildix-cold-"));
const world = await startWorld();
try {
  await bundle(folder);
  // round by round, so that what else this machine does meets all alike
  for (let round = 0; round < rounds; round++)
    for (const { name, memoryMb, starts } of [...whole, ...limited])
      starts.push(
        await coldStart(
          folder,
          name,
          await eventOf(name, world.key),
          world.env,
          memoryMb === undefined || group === undefined ? undefined : { group, memoryMb },
        ),
      );
} finally {
  await world.close();
  await group?.remove();
  await rm(folder, { recursive: true });
}

/** The fastest: what else the machine does only ever adds. */
const fastest = ({ starts }: Case, part: (start: Start) => number): number => Math.min(...starts.map(part));
const both = ({ init, answer }: Start): number => init + answer;
const titles: Readonly<Record<string, string>> = {
  [floor]: "floor: reads one secret",
  [bound]: "bound: reads two secrets, sends one request",
  [least]: "the floor with this project's client",
};
const rowsOf = (cases: readonly Case[], title: (of: Case) => readonly string[]): string[][] =>
  cases.map((one) => {
    const beside = (other: string): number => {
      const peer = cases.find(({ name, memoryMb }) => name === other && memoryMb === one.memoryMb) ?? one;
      return fastest(one, both) / fastest(peer, both);
    };
    return [
      ...title(one),
      fastest(one, ({ init }) => init).toFixed(0),
      fastest(one, ({ answer }) => answer).toFixed(0),
      fastest(one, both).toFixed(0),
      `${beside(floor).toFixed(2)} ×`,
      `${beside(bound).toFixed(2)} ×`,
      ...(one.name !== "originate" ? [""] : [isWithinAims(one, beside(floor)) ? "hit" : "missed"]),
    ];
  });
const aims = { relative: 1.5, answerMs: 60 };
const isWithinAims = (one: Case, relative: number): boolean =>
  relative <= aims.relative && fastest(one, ({ answer }) => answer) <= aims.answerMs;
const figures = [
  "init",
  "first response",
  "init + first response",
  "relative to the floor",
  "relative to the bound",
  `at most ${aims.relative} × the floor and ${aims.answerMs} ms`,
];
const titleOf = ({ name }: Case): string => titles[name] ?? name;
await report(
  "cold",
  [`fastest of ${rounds} new processes, ms`, ...figures],
  rowsOf(whole, (one) => [titleOf(one)]),
);
if (group === undefined)
  process.stdout.write(
    "The table by memory was not measured: this user cannot write cgroups, which limit a process as Lambda does.\n",
  );
else
  await report(
    "cold-memory",
    ["memory, MB", `fastest of ${rounds} new processes, ms`, ...figures],
    rowsOf(limited, (one) => [String(one.memoryMb), titleOf(one)]),
  );
