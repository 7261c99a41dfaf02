/** `wildix status --stage` for a fleet: the time from the first request to the last line's content. */
import { join } from "node:path";
import { folder, type Measured, run } from "./children.ts";
import { writeFleet } from "./fleet-file.ts";
import { runtimeHeap } from "./heap.ts";
import { report, round } from "./report.ts";
import { size } from "./size.ts";
import { awsWorld } from "./world.ts";

const aimSeconds = 5;
/** As the command looks back. */
const days = 7;

const { where, pbxs, env, stop } = await awsWorld(size(1_000, 6));
const directory = await folder("status");
const file = join(directory, "pbxs.json");
await writeFleet(file, pbxs, 1);
const one = (task: "finish" | "status", count: number): Promise<Measured> =>
  run<Measured>("plan-one", [where, task, directory, file, 0, count], runtimeHeap, env);
// the week before has the usual rows
await one("finish", 2 * days);
const { ms, cpuMs, peakMiB } = await one("status", days);
stop();
await report(
  "status",
  [
    `status of ${round(pbxs)} PBXs, ${days} days`,
    "seconds",
    "CPU, seconds",
    "peak memory, MiB",
    `at most ${aimSeconds} s`,
  ],
  [
    [
      "AWS's protocols",
      (ms / 1000).toFixed(2),
      (cpuMs / 1000).toFixed(2),
      round(peakMiB),
      ms <= aimSeconds * 1000 ? "hit" : "missed",
    ],
  ],
);
