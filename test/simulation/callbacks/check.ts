/** Runs in a copy of the repository with one safeguard taken out: fails if a scenario, a freeze or a seed notices. */
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

const found = await noticed();
console.log(found ?? "nothing");
process.exitCode = found === undefined ? 0 : 1;
