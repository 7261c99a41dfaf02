/** One sweep over callbacks of many PBXs: its cost follows those that are due, not those that wait. */
import { join } from "node:path";
import { folder, type Measured, run, start } from "./children.ts";
import { runtimeHeap } from "./heap.ts";
import { report, round } from "./report.ts";
import { size } from "./size.ts";

interface Swept extends Measured {
  readonly requests: number;
  readonly questions: number;
  readonly rang: number;
}

const pbxs = size(1_000, 10);
const [many, few] = size([50_000, 1_000], [100, 10]);
const worlds = [
  { open: many, due: few },
  { open: few, due: few },
  { open: many, due: few / 10 },
  { open: many, due: 0 },
];
const aim = { seconds: 48, mb: 256 };

const rows: string[][] = [];
for (const where of ["sqlite", "dynamo"] as const)
  for (const { open, due } of worlds) {
    const dynamo = where === "dynamo" ? await start<string>("dynamo") : undefined;
    const place = dynamo?.told ?? join(await folder("callbacks"), "state.sqlite");
    await run<Measured>("callbacks-one", [where, place, "fill", open, due, pbxs], runtimeHeap);
    const swept = await run<Swept>("callbacks-one", [where, place, "sweep", open, due, pbxs], runtimeHeap);
    dynamo?.stop();
    rows.push([
      where === "sqlite" ? "SQLite" : "DynamoDB (dynalite)",
      round(open),
      round(due),
      round(swept.rang),
      round(swept.requests),
      round(swept.questions),
      (swept.ms / 1000).toFixed(2),
      (swept.cpuMs / 1000).toFixed(2),
      round(swept.peakMiB),
      swept.ms / 1000 <= aim.seconds && swept.peakMiB <= aim.mb ? "hit" : "missed",
    ]);
  }
const heads = [
  "state",
  "open",
  "due",
  "rang",
  "requests to the store",
  "requests to PBXs",
  "seconds",
  "CPU, seconds",
  "peak memory, MiB",
  `at most ${aim.seconds} s and ${aim.mb} MiB`,
];
await report("callbacks", heads, rows);
