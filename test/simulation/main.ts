/** `npm run simulate -- NAME [--seeds N] [--from N] [--first]`, or `--seed N` for one again. `--first`: the first that fails ends it. */
import { parseArgs } from "node:util";

/** Runs seeds and prints what they came to; how many failed. */
type Simulate = (seeds: readonly number[], options: { readonly first: boolean }) => Promise<number>;

/** Each is imported when it is asked for: they need not get along in one process. */
const simulations: Readonly<Record<string, () => Promise<Simulate>>> = {
  history: async () => (await import("./history/main.ts")).simulateHistorySeeds,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    first: { type: "boolean", default: false },
  },
});
const [name = ""] = positionals;
const load = Object.hasOwn(simulations, name) ? simulations[name] : undefined;
if (load === undefined) {
  console.error(`no simulation is called "${name}"; there are ${Object.keys(simulations).join(", ")}`);
  process.exit(2);
}
const simulate = await load();
const seeds =
  values.seed === undefined
    ? Array.from({ length: Number(values.seeds) }, (_, at) => Number(values.from) + at)
    : [Number(values.seed)];
process.exit((await simulate(seeds, { first: values.first })) === 0 ? 0 : 1);
