/** One run of plan-exports for a fleet: the first night, the hour after midnight, an hour with nothing new. */
import { join } from "node:path";
import { configDefaults } from "../lib/config.ts";
import { folder, type Measured, run } from "./children.ts";
import { writeFleet } from "./fleet-file.ts";
import { runtimeHeap } from "./heap.ts";
import { report, round, times } from "./report.ts";
import { size } from "./size.ts";
import { awsWorld, localWorld, type World } from "./world.ts";

interface Planned extends Measured {
  /** PBX days. */
  readonly queued: number;
}
/** Aims; MB as they have it, MiB as it is measured. */
const aim = { seconds: 60, mb: 256, mib: 256e6 / 1024 ** 2 };
const { catchUpDays, lookbackDays } = configDefaults;
/** What the night after a whole month takes: yesterday, and the days before it that are read again. */
const nightly = 1 + lookbackDays;

interface Hours {
  readonly pbxs: number;
  readonly first: Planned;
  readonly midnight: Planned;
  readonly quiet: Planned;
  /** As many writes and messages as the first night takes. */
  readonly bare: Planned;
}

const planHours = async ({ where, pbxs, env, stop }: World): Promise<Hours> => {
  const directory = await folder("plan");
  const file = join(directory, "pbxs.json");
  // nobody asks them
  await writeFleet(file, pbxs, 1);
  const one = (task: "plan" | "bare" | "finish", hours: number, days = 0): Promise<Planned> =>
    run<Planned>("plan-one", [where, task, directory, file, hours, days], runtimeHeap, env);
  const plan = async (hours: number, days: number): Promise<Planned> => {
    const planned = await one("plan", hours);
    if (planned.queued === days * pbxs) return planned;
    throw new Error(`${planned.queued} PBX days were queued, not ${days * pbxs}`);
  };
  const first = await plan(0, nightly);
  const bare = await one("bare", 0, nightly);
  await one("finish", 0, catchUpDays);
  const midnight = await plan(24, nightly);
  await one("finish", 24, catchUpDays);
  const quiet = await plan(25, 0);
  stop();
  return { pbxs, first, midnight, quiet, bare };
};

const seconds = ({ ms }: Measured): string => (ms / 1000).toFixed(2);
const verdict = ({ ms, peakMiB }: Measured): string =>
  ms <= aim.seconds * 1000 && peakMiB <= aim.mib ? "hit" : "missed";
const line = (what: string, planned: Planned): string[] => [
  what,
  round(planned.queued),
  seconds(planned),
  `${(planned.cpuMs / 1000).toFixed(2)}`,
  round(planned.peakMiB),
  verdict(planned),
];
const lines = (where: string, { first, midnight, quiet }: Hours): string[][] => [
  line(`${where}: first night`, first),
  line(`${where}: after midnight`, midnight),
  line(`${where}: nothing new`, quiet),
];

const [hundred, thousand] = size([100, 1_000], [3, 6]);
const few = await planHours(localWorld(hundred));
const local = await planHours(localWorld(thousand));
const aws = await planHours(await awsWorld(thousand));
await report(
  "plan",
  [
    `one run for ${round(local.pbxs)} PBXs (${runtimeHeap.join(" ")})`,
    "PBX days queued",
    "seconds",
    "CPU, seconds",
    "peak memory, MiB",
    `at most ${aim.seconds} s and ${aim.mb} MB (${aim.mib.toFixed(0)} MiB)`,
  ],
  [...lines("local adapters", local), ...lines("AWS's protocols", aws)],
);
await report(
  "plan-beside",
  ["one run", "seconds", "compared with", "seconds", "ratio"],
  [
    ...(
      [
        ["local adapters", local],
        ["AWS's protocols", aws],
      ] as const
    ).map(([where, { first, bare }]) => [
      `${where}: first night`,
      seconds(first),
      "only its writes and messages",
      seconds(bare),
      times(first.ms, bare.ms),
    ]),
    ...(["first", "midnight", "quiet"] as const).map((hour) => [
      `local adapters: ${{ first: "first night", midnight: "after midnight", quiet: "nothing new" }[hour]}, ${round(local.pbxs)} PBXs`,
      seconds(local[hour]),
      `${few.pbxs} PBXs`,
      seconds(few[hour]),
      times(local[hour].ms, few[hour].ms),
    ]),
  ],
);
