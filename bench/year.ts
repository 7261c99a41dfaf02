/** A year of twenty PBXs into a directory: undisturbed, and killed five times. What the kills cost, and whether all is there. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { datasets } from "../lib/history/publication/manifest.ts";
import { startSimulator } from "../simulator/server.ts";
import { account, zone } from "./day.ts";
import { report, round } from "./report.ts";
import { size } from "./size.ts";

const [pbxs, days, callsADay, kills] = size([20, 365, 20, 5], [2, 6, 20, 1]);
const bin = new URL("../cli/bin.mjs", import.meta.url).pathname;
const daysAgo = (ago: number): string =>
  new Date(Date.now() - ago * 86_400_000).toLocaleDateString("sv-SE", { timeZone: zone });

const { appId, appName, secret } = account;
const pbx = await startSimulator({ ...account, zone, days: days + 4, calls: callsADay });
const directory = await mkdtemp(join(tmpdir(), "wildix-year-"));
const file = join(directory, "pbxs.json");
const entry = { host: pbx.url, app_id: appId, app_name: appName, secret_key: secret, timezone: zone };
const ids = Array.from({ length: pbxs }, (_, at) => `pbx-${at + 1}`);
await writeFile(file, JSON.stringify({ pbxs: Object.fromEntries(ids.map((id) => [id, entry])) }), {
  mode: 0o600,
});

/** `wildix export` of the year, or what is left of it; killed behind so many days. The days that it told of. */
const exportYear = async (out: string, killBehind = Number.POSITIVE_INFINITY): Promise<number> => {
  const args = [
    "export",
    "--from",
    daysAgo(days + 1),
    "--to",
    daysAgo(2),
    "--out",
    out,
    "--pbxs",
    file,
    "--json",
  ];
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  let told = 0;
  for await (const chunk of child.stdout) {
    told += String(chunk).match(/"skipped":false/g)?.length ?? 0;
    if (told >= killBehind) child.kill("SIGKILL");
  }
  const [code, signal] = await closed;
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`wildix export ended with ${code}`);
  return told;
};

/** Of all parts, by name and bytes. */
const digestOf = async (out: string): Promise<string> => {
  const digest = createHash("sha256");
  const paths: string[] = [];
  for (const dataset of datasets) {
    const entries = await readdir(join(out, dataset), { recursive: true, withFileTypes: true });
    paths.push(...entries.flatMap((each) => (each.isFile() ? [join(each.parentPath, each.name)] : [])));
  }
  for (const path of paths.sort()) digest.update(relative(out, path)).update(await readFile(path));
  return digest.digest("hex");
};

const verify = async (out: string): Promise<string> => {
  const child = spawn(process.execPath, [bin, "verify", out], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return text.trim().split("\n").at(-1) ?? "";
};

const timed = async (act: () => Promise<unknown>): Promise<{ seconds: number; requests: number }> => {
  const [begun, before] = [performance.now(), pbx.requests];
  await act();
  return { seconds: (performance.now() - begun) / 1000, requests: pbx.requests - before };
};

const [undisturbed, killed] = [join(directory, "undisturbed"), join(directory, "killed")];
const whole = await timed(() => exportYear(undisturbed));
const disturbed = await timed(async () => {
  for (let kill = 0; kill < kills; kill++) await exportYear(killed, (pbxs * days) / (kills + 1));
  await exportYear(killed);
});
const said = [await verify(undisturbed), await verify(killed)];
const same = (await digestOf(undisturbed)) === (await digestOf(killed));
await pbx.close();
await rm(directory, { recursive: true });
if (!same) throw new Error("the export that was killed has other bytes");

const times = (a: number, b: number): string => `${(a / b).toFixed(3)} ×`;
await report(
  "year",
  [
    `${pbxs} PBXs × ${days} days of ${callsADay} calls`,
    "requests",
    "seconds",
    "relative requests",
    "wildix verify",
  ],
  [
    ["undisturbed", round(whole.requests), whole.seconds.toFixed(0), "", said[0] ?? ""],
    [
      `killed ${kills} times (SIGKILL), the same bytes`,
      round(disturbed.requests),
      disturbed.seconds.toFixed(0),
      times(disturbed.requests, whole.requests),
      said[1] ?? "",
    ],
  ],
);
