import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { clockOf } from "./clock.ts";
import { marker, processesOf } from "./processes.ts";
import { ensureVenv, inVenv, root } from "./venv.ts";

export const region = "eu-central-1";

export interface Emulator {
  readonly endpoint: string;
  /** Names this run in the environment of each of its processes. */
  readonly run: string;
  /** The whole environment of a client: credentials, the endpoint, a home of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends every process of the run and removes its files; throws where one survives. */
  stop(): Promise<void>;
}

/**
 * Starts MiniStack on a free port of loopback. It gives its own environment to every function, so it gets nothing of this shell's
 * but a shifted clock. `auth`: IAM decides on every request.
 */
export const startEmulator = async ({ auth }: { auth: boolean }): Promise<Emulator> => {
  await ensureVenv();
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(auth);
    } catch (error) {
      // another process may have taken the free port
      if (tries === 3) throw error;
    }
  }
};

const startOnce = async (auth: boolean): Promise<Emulator> => {
  const run = randomUUID();
  const directory = join(root, ".tmp", `aws-${run}`);
  await mkdir(directory, { recursive: true });
  // the emulator's own scripts are CommonJS, and must not find the clone's package.json
  await writeFile(join(directory, "package.json"), '{"type":"commonjs"}');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  // node_modules/.bin first: functions run on the `node` that is found there
  const base = {
    PATH: `${root}/node_modules/.bin:/usr/local/bin:/usr/bin:/bin`,
    HOME: directory,
    TMPDIR: directory,
    // as Lambda has it
    TZ: "UTC",
    ...clockOf(process.env),
  };
  const log = await open(join(directory, "emulator.log"), "w");
  const child = spawn(inVenv("python"), [join(root, "test/aws/emulator.py")], {
    cwd: directory,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    env: {
      ...base,
      [marker]: run,
      AUTH: String(auth),
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      MINISTACK_REGION: region,
      // a function that failed is tried again after this, times the attempt
      LAMBDA_ASYNC_RETRY_BASE_SECONDS: "0.2",
    },
  });
  await log.close();
  const stop = async (): Promise<void> => {
    await endAll(run, child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await healthy(endpoint, child);
  } catch (error) {
    const said = await readFile(join(directory, "emulator.log"), "utf8");
    await stop();
    throw new Error(`the emulator did not start:\n${said.slice(-2000)}`, { cause: error });
  }
  const env = {
    ...base,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    // osls asks every 5 s whether a stack is done
    SLS_AWS_MONITORING_FREQUENCY: "250",
  };
  return { endpoint, run, env, stop };
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const healthy = async (endpoint: string, child: ChildProcess): Promise<void> => {
  for (let tries = 0; tries < 3_000; tries++) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error("it does not answer after five minutes");
};

const signal = (process_: number, name: NodeJS.Signals): void => {
  try {
    process.kill(process_, name);
  } catch {
    // gone already
  }
};

const endAll = async (run: string, child: ChildProcess): Promise<void> => {
  if (child.pid !== undefined) signal(child.pid, "SIGTERM");
  for (let tries = 0; tries < 3_000; tries++) {
    const left = await processesOf(run);
    if (left.length === 0) return;
    if (tries === 30) for (const id of left) signal(id, "SIGKILL");
    await pause(100);
  }
  throw new Error(`processes of the emulator survive: ${(await processesOf(run)).join(", ")}`);
};
