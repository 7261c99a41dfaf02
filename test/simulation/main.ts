/** `npm run simulate -- NAME --seeds N [--seed S] [--stop-at-first]`: a world that fails in every way, repeatable by its seed. */
import { parseArgs } from "node:util";

export interface Report {
  /** Things that went wrong on purpose. */
  readonly faults: number;
  /** What is counted over all seeds. */
  readonly counts: Readonly<Record<string, number>>;
  /** What must not be. */
  readonly failures: readonly string[];
}

export type Simulate = (seed: number) => Promise<Report>;

interface Simulation {
  readonly simulate: Simulate;
  /** What all seeds show together, and what of it must not be. */
  readonly conclude?: () => { readonly lines: readonly string[]; readonly failures: readonly string[] };
}

const simulations: Readonly<Record<string, () => Promise<Simulation>>> = {
  calls: async () => {
    const { simulateCalls } = await import("./calls/simulation.ts");
    return { simulate: (seed) => simulateCalls(seed) };
  },
  history: async () => ({ simulate: (await import("./history/main.ts")).simulate }),
  grouping: async () => {
    const [{ Accuracy }, { simulateGrouping }] = [
      await import("./grouping/accuracy.ts"),
      await import("./grouping/simulation.ts"),
    ];
    const accuracy = new Accuracy();
    return {
      simulate: async (seed) => simulateGrouping(seed, accuracy),
      conclude: () => ({ lines: accuracy.tables(), failures: accuracy.failures() }),
    };
  },
  callbacks: async () => {
    const { simulateCallbacks } = await import("./callbacks/simulation.ts");
    return { simulate: (seed) => simulateCallbacks(seed) };
  },
};

/** Runs seeds from `first` on and says what came of it. Gives the seeds that failed. */
export const runSeeds = async (
  name: string,
  simulate: Simulate,
  seeds: { readonly first: number; readonly count: number },
  say: (line: string) => void,
  stopAtFirst = false,
): Promise<number[]> => {
  const begun = performance.now();
  const sums = new Map<string, number>();
  const failed: number[] = [];
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed++) {
    const { faults, counts, failures } = await simulate(seed);
    for (const [what, number] of Object.entries({ "faults injected": faults, ...counts }))
      sums.set(what, (sums.get(what) ?? 0) + number);
    if (failures.length === 0) continue;
    failed.push(seed);
    say(`seed ${seed}: ${failures.join("; ")}`);
    say(`  again: npm run simulate -- ${name} --seed ${seed}`);
    if (stopAtFirst) break;
  }
  const perSecond = (seeds.count / (performance.now() - begun)) * 1000;
  say(`${seeds.count} seeds, ${perSecond.toFixed(0)} a second, ${failed.length} failed`);
  for (const [what, number] of sums) say(`${what}: ${number.toLocaleString("en-US")}`);
  return failed;
};

const main = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seeds: { type: "string", default: "1000" },
      seed: { type: "string" },
      "stop-at-first": { type: "boolean", default: false },
    },
  });
  const [name = ""] = positionals;
  const make = Object.hasOwn(simulations, name) ? simulations[name] : undefined;
  if (make === undefined) {
    console.error(`no simulation is called "${name}"; there are ${Object.keys(simulations).join(", ")}`);
    return 2;
  }
  const seeds =
    values.seed === undefined
      ? { first: 1, count: Number(values.seeds) }
      : { first: Number(values.seed), count: 1 };
  const say = (line: string): void => console.log(line);
  const { simulate, conclude } = await make();
  const failed = await runSeeds(name, simulate, seeds, say, values["stop-at-first"]);
  const { lines, failures } = conclude?.() ?? { lines: [], failures: [] };
  for (const line of [...lines, ...failures]) say(line);
  return failed.length + failures.length === 0 ? 0 : 1;
};

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
