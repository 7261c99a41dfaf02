import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { main } from "../../cli/main.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/server.ts";
import { environmentAt, testClock } from "./clocks.ts";

/** The arguments of a key that may place calls. */
export const createsKey = [
  ...["key", "create", "--label", "x", "--scope", "calls:create"],
  ...["--all-pbxs", "--all-extensions"],
] as const;

/** A simulator for this test, and the variables by which the command finds it. */
export const startPbx = async (
  options: SimulatorOptions = {},
): Promise<{ pbx: Simulator; env: Record<string, string> }> => {
  const pbx = await startSimulator({
    now: testClock.now,
    days: 20,
    calls: 60,
    ringMs: 5,
    talkMs: 5,
    ...options,
  });
  onTestFinished(pbx.close);
  const { appId, appName, secret, zone } = simulatorDefaults;
  return {
    pbx,
    env: {
      WILDIX_HOST: pbx.url,
      WILDIX_APP_ID: appId,
      WILDIX_APP_NAME: appName,
      WILDIX_SECRET_KEY: secret,
      WILDIX_TIMEZONE: zone,
    },
  };
};

/** A directory for this test. */
export const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-cli-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
};

export interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process. */
export const wildix = async (
  args: readonly string[],
  env: Record<string, string> = {},
  stdin = "",
): Promise<Told> => {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(args, {
    env,
    stdin: async () => stdin,
    clock: testClock,
    signal: new AbortController().signal,
    output: { out: (text) => out.push(text), err: (text) => err.push(text), colours: false, live: false },
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
};

export const bin = new URL("../../cli/bin.mjs", import.meta.url).pathname;

/** Runs the command in a process of its own, with Node as it is here. */
export const spawnWildix = (
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcessByStdio<null, Readable, Readable> => {
  const child = spawn(process.execPath, [bin, ...args], {
    // the kill switch of whoever runs the tests must not matter
    env: { ...process.env, ...environmentAt(testClock), XDG_STATE_HOME: "/nowhere", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
};

/** A day as the simulator's zone has it, `YYYY-MM-DD`. */
export const daysAgo = (days: number): string => {
  const now = new Date(testClock.now() - days * 86_400_000);
  return now.toLocaleDateString("sv-SE", { timeZone: simulatorDefaults.zone });
};
