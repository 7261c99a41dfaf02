/** A night of a fleet on one machine: yesterday of each PBX planned, read, written and proved, with the local adapters. */
import { join } from "node:path";
import { configDefaults } from "../lib/config.ts";
import { dayAt } from "../lib/history/calendar/local-days.ts";
import { manifestPbx, manifestPrefix, parseManifest } from "../lib/history/publication/manifest.ts";
import { verifyExport } from "../lib/history/publication/verify.ts";
import { readOnlyDirectory } from "../lib/local/directory-store.ts";
import { readText } from "../lib/store/store.ts";
import { folder, type Measured, run, serve } from "./children.ts";
import { zone } from "./day.ts";
import { writeFleet } from "./fleet-file.ts";
import { report, round, times } from "./report.ts";
import { size } from "./size.ts";

/** Legs of a PBX's day. */
const rows = 20;

interface Night extends Measured {
  readonly pbxs: number;
  readonly requests: number;
}

const night = async (pbxs: number, port: number): Promise<Night> => {
  const [out, file] = [await folder("fleet"), join(await folder("pbxs"), "pbxs.json")];
  await writeFleet(file, pbxs, port);
  const told = await run<Measured>("fleet-one", [out, file], []);
  return { ...told, pbxs, requests: await proved(out, pbxs) };
};

/** Requests that the export took; throws if a leg is missing, or if an object is not as its manifest says. */
const proved = async (out: string, pbxs: number): Promise<number> => {
  const store = readOnlyDirectory(out);
  const { days, findings } = await verifyExport(store);
  const total = { legs: 0, requests: 0 };
  for await (const { key } of store.list(manifestPrefix)) {
    if (manifestPbx(key) === undefined) continue;
    const { rows: legs, requests } = parseManifest((await readText(store, key)) ?? "", key);
    total.legs += legs;
    total.requests += requests;
  }
  if (days !== pbxs || total.legs !== pbxs * rows || findings.length > 0)
    throw new Error(`${days} days, ${total.legs} legs: ${JSON.stringify(findings.slice(0, 3))}`);
  return total.requests;
};

const simulator = await serve("simulator", rows, dayAt(zone, Date.now(), -1));
const few = await night(size(100, 2), simulator.port);
const all = await night(size(1_000, 4), simulator.port);
simulator.stop();
await report(
  "fleet",
  [
    `PBXs (${rows} legs each, ${configDefaults.format})`,
    "seconds",
    "PBX days/s",
    "CPU a PBX day",
    "requests",
    "peak memory, MiB",
    "`wildix verify`",
  ],
  [
    ...[few, all].map(({ pbxs, ms, cpuMs, requests, peakMiB }) => [
      round(pbxs),
      (ms / 1000).toFixed(2),
      round((pbxs / ms) * 1000),
      `${(cpuMs / pbxs).toFixed(1)} ms`,
      round(requests),
      round(peakMiB),
      "finds nothing",
    ]),
    [
      "ten times the PBXs",
      times(all.ms, few.ms),
      "",
      times(all.cpuMs / all.pbxs, few.cpuMs / few.pbxs),
      "",
      "",
      "",
    ],
  ],
);
