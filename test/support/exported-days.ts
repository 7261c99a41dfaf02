import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { main } from "../../cli/main.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { startSimulator } from "../../simulator/server.ts";
import { testClock } from "./clocks.ts";
import { newFolder } from "./folder.ts";
import type { TrueDay } from "./true-calls.ts";

/** Days of a simulated PBX `milan` in Italy, exported to a directory, and the truth of each. */
export const exportedDays = async (
  days: readonly string[],
  calls = 300,
): Promise<{ readonly directory: string; readonly truth: readonly TrueDay[] }> => {
  const pbx = await startSimulator({ now: testClock.now, days: 10, calls });
  try {
    const folder = await newFolder();
    const { appId, appName, secret, zone } = simulatorDefaults;
    const milan = { host: pbx.url, app_id: appId, app_name: appName, secret_key: secret, timezone: zone };
    const file = join(folder, "pbxs.json");
    await writeFile(file, JSON.stringify({ pbxs: { milan: { ...milan, settings: { country: "IT" } } } }), {
      mode: 0o600,
    });
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
    const truth = await Promise.all(
      days.map(
        async (day) => (await (await fetch(`${pbx.url}/simulator/truth?day=${day}`)).json()) as TrueDay,
      ),
    );
    return { directory, truth };
  } finally {
    await pbx.close();
  }
};
