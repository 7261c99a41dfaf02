import "./gzip-at-once.ts";
import { simulateHistory } from "./simulate.ts";

/** Runs seeds, prints what they came to; how many broke a promise. */
export const simulateHistorySeeds = async (
  seeds: readonly number[],
  { first }: { readonly first: boolean },
): Promise<number> => {
  const sum = { steps: 0, kills: 0, faults: 0, invocations: 0, manifests: 0 };
  const began = performance.now();
  let [done, broken] = [0, 0];
  for (const seed of seeds) {
    const result = await simulateHistory(seed);
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += result[name];
    done++;
    if (result.violations.length === 0) continue;
    broken++;
    console.log(
      `seed ${seed}: ${result.violations.join("\n  ")}\n  npm run simulate -- history --seed ${seed}`,
    );
    if (first) break;
  }
  const seconds = (performance.now() - began) / 1000;
  const number = (value: number): string => value.toLocaleString("en-US");
  console.log(
    [
      `${number(done)} seeds in ${seconds.toFixed(1)} s (${number(Math.round(done / seconds))} a second)`,
      `${number(sum.invocations)} invocations, ${number(sum.steps)} steps, ${number(sum.kills)} kills, ${number(sum.faults)} faults of PBXs`,
      `${number(sum.manifests)} manifests compared with the truth, ${number(broken)} seeds broke a promise`,
    ].join("\n"),
  );
  return broken;
};
