import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { DeleteBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { type Day, dayAt, shiftDay } from "../../../lib/history/calendar/local-days.ts";
import { giveSecret } from "../../support/leaks.ts";
import { zoneAt } from "../../support/zone-at.ts";
import { runWildix } from "./command.ts";
import { type Emulator, region, startEmulator } from "./emulator.ts";
import { leaksInLogs } from "./logs.ts";
import { root } from "./venv.ts";

/** The product, deployed into an emulator; what every test file gets. */
export interface Stack {
  readonly endpoint: string;
  readonly region: string;
  readonly stage: string;
  /** Whether IAM decides on every request. */
  readonly auth: boolean;
  /** The environment of a client: of the `wildix` command, of osls. */
  readonly env: Readonly<Record<string, string>>;
  /** The HTTP API, without a slash at the end. */
  readonly api: string;
  /** A caller's key that may do everything. */
  readonly key: string;
  /** The stack's outputs by name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The zone of the PBXs. The day there does not end while the tests run. */
  readonly zone: string;
  /** The date in that zone. */
  readonly today: Day;
  /** Names the run in its processes' environment. */
  readonly run: string;
}

declare module "vitest" {
  interface ProvidedContext {
    stack: Stack;
  }
}

/** Runs osls as a user would in a folder with the sources; gives what it prints. */
export const serverless = async (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder = root,
): Promise<string> => {
  const bin = join(folder, "node_modules/serverless/bin/serverless.js");
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [bin, ...args], {
    cwd: folder,
    env,
    // a bundle with an error leaves the packager hanging
    timeout: 600_000,
    killSignal: "SIGKILL",
  });
  return stdout + stderr;
};

/** The emulator speaks http, which the bucket refuses by its policy; a test of the template knows that the policy is there. */
const allowHttp = (emulator: Emulator, bucket: string): Promise<unknown> =>
  new S3Client({
    endpoint: emulator.endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  }).send(new DeleteBucketPolicyCommand({ Bucket: bucket }));

/** Few, so that a short day has two parts. */
export const rowsPerPart = 20_000;

/** Deploys the real serverless.yml. */
const deploy = async (emulator: Emulator, auth: boolean, stage = "dev"): Promise<Stack> => {
  const now = Date.now();
  const zone = zoneAt(2, now);
  const today = dayAt(zone, now);
  // PBXs that are registered now have one day that is due: yesterday
  const params = { startDate: shiftDay(today, -1), rowsPerPart };
  const said = await serverless(
    [
      ...["deploy", "--verbose", "--stage", stage],
      ...Object.entries(params).map(([name, value]) => `--param=${name}=${value}`),
    ],
    emulator.env,
  );
  const outputs = outputsIn(said);
  if (auth) await allowHttp(emulator, outputs["ExportBucketName"] ?? "");
  const { endpoint, env, run } = emulator;
  const api = `${endpoint}/_aws/execute-api/${outputs["HttpApiId"]}/$default`;
  const key = await makeKey(env, stage);
  return { endpoint, region, stage, auth, env, run, api, outputs, zone, today, key };
};

const scopes = [
  "calls:create",
  "calls:read",
  "callbacks:read",
  "callbacks:write",
  "history:read",
  "queues:read",
  "sounds:write",
];

/** Made before any function runs: a warm one looks for new keys only now and then. */
const makeKey = async (env: Emulator["env"], stage: string): Promise<string> => {
  const may = [...scopes.flatMap((scope) => ["--scope", scope]), "--all-pbxs", "--all-extensions"];
  const made = await runWildix(
    ["key", "create", "--label", "tests", ...may, "--stage", stage, "--json"],
    env,
  );
  if (made.code !== 0) throw new Error(`no key was made: ${made.err}`);
  const { key }: { key: string } = JSON.parse(made.out);
  return giveSecret(key);
};

/** The outputs of a stack, from what osls prints with `--verbose`. */
export const outputsIn = (said: string): Record<string, string> =>
  Object.fromEntries(
    [...(said.split("Stack Outputs:")[1] ?? "").matchAll(/^ {2}(\w+): (.+)$/gm)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );

/** An emulator with the product in it, for all test files of a project; when they are through, its logs are read. */
export const setUpStack = async (
  project: { provide(key: "stack", value: Stack): void },
  auth: boolean,
): Promise<() => Promise<void>> => {
  const emulator = await startEmulator({ auth });
  try {
    project.provide("stack", await deploy(emulator, auth));
  } catch (error) {
    await emulator.stop();
    throw error;
  }
  return async () => {
    try {
      const leaks = await leaksInLogs(emulator.endpoint);
      if (leaks.length > 0) throw new Error(`the functions' logs let something out:\n${leaks.join("\n")}`);
    } finally {
      await emulator.stop();
    }
  };
};
