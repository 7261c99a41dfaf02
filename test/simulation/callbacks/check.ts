/** Runs in a copy of the repository with one safeguard taken out: fails if a scenario, a freeze or a seed notices, and a seed says its argument. */
import { enumerateFreezes } from "./enumeration.ts";
import { orders, scenarios } from "./scenarios.ts";
import { simulateCallbacks } from "./simulation.ts";

const seeds = 300;

/** What notices first. Undefined: nothing does. */
const noticed = async (): Promise<string | undefined> => {
  for (const { name, run } of scenarios) {
    try {
      await run();
    } catch {
      return `scenario: ${name}`;
    }
  }
  if ((await orders()).ends.size !== 1) return "the orders of four facts";
  const [failure] = (await enumerateFreezes()).failures;
  if (failure !== undefined) return `enumeration: ${failure}`;
  for (let seed = 1; seed <= seeds; seed++) {
    const { failures } = await simulateCallbacks(seed);
    if (failures[0] !== undefined) return `seed ${seed}: ${failures[0]}`;
  }
  return undefined;
};

/** The first seed that says a text. */
const saying = async (text: string): Promise<string | undefined> => {
  for (let seed = 1; seed <= seeds; seed++) {
    const { failures } = await simulateCallbacks(seed);
    const failure = failures.find((one) => one.includes(text));
    if (failure !== undefined) return `seed ${seed}: ${failure}`;
  }
  return undefined;
};

const invariant = process.argv[2];
const found = await noticed();
const said = found === undefined || invariant === undefined ? found : await saying(invariant);
console.log([...new Set([found ?? "nothing", said ?? `no seed says "${invariant}"`])].join("; "));
process.exitCode = said === undefined ? 0 : 1;
