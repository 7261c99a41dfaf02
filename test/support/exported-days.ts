import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { main } from "../../cli/main.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type SimulatorOptions, startSimulator } from "../../simulator/server.ts";
import { testClock } from "./clocks.ts";
import { newFolder } from "./folder.ts";
import type { TrueDay } from "./true-calls.ts";

/** Days of simulated PBXs in Italy, exported to a directory, and the truth of each by the PBX's id. */
export const exportedPbxs = async (
  days: readonly string[],
  pbxs: Readonly<Record<string, SimulatorOptions>>,
): Promise<{
  readonly directory: string;
  readonly truth: ReadonlyMap<string, readonly TrueDay[]>;
}> => {
  const simulators = await Promise.all(
    Object.entries(pbxs).map(async ([id, options]) => {
      const zone = options.zone ?? simulatorDefaults.zone;
      return [id, zone, await startSimulator({ now: testClock.now, days: 10, ...options })] as const;
    }),
  );
  try {
    const folder = await newFolder();
    const { appId, appName, secret } = simulatorDefaults;
    const entries = simulators.map(([id, timezone, { url }]) => [
      id,
      {
        ...{ host: url, app_id: appId, app_name: appName, secret_key: secret, timezone },
        settings: { country: "IT" },
      },
    ]);
    const file = join(folder, "pbxs.json");
    await writeFile(file, JSON.stringify({ pbxs: Object.fromEntries(entries) }), { mode: 0o600 });
    const directory = join(folder, "exports");
    const said: string[] = [];
    const output = {
      out: (text: string) => said.push(text),
      err: (text: string) => said.push(text),
      colours: false,
      live: false,
    };
    const period = ["--from", days[0] ?? "", "--to", days.at(-1) ?? ""];
    const code = await main(["export", ...period, "--out", directory, "--pbxs", file], {
      output,
      env: {},
      clock: testClock,
      signal: new AbortController().signal,
    });
    if (code !== 0) throw new Error(said.join("\n"));
    const truthOf = async (url: string, day: string): Promise<TrueDay> =>
      (await (await fetch(`${url}/simulator/truth?day=${day}`)).json()) as TrueDay;
    const truth = await Promise.all(
      simulators.map(
        async ([id, , { url }]) => [id, await Promise.all(days.map((day) => truthOf(url, day)))] as const,
      ),
    );
    return { directory, truth: new Map(truth) };
  } finally {
    for (const [, , simulator] of simulators) await simulator.close();
  }
};

/** The same of one PBX, `milan`. */
export const exportedDays = async (
  days: readonly string[],
  calls = 300,
): Promise<{ readonly directory: string; readonly truth: readonly TrueDay[] }> => {
  const { directory, truth } = await exportedPbxs(days, { milan: { calls } });
  return { directory, truth: truth.get("milan") ?? [] };
};
