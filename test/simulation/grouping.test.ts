import { describe, expect, it } from "vitest";
import { rules } from "../../lib/history/grouping/rules.ts";
import { Accuracy } from "./grouping/accuracy.ts";
import { simulateGrouping } from "./grouping/simulation.ts";

const failuresOf = (from: number, to: number, accuracy: Accuracy): string[] => {
  const failures: string[] = [];
  for (let seed = from; seed <= to; seed++)
    for (const failure of simulateGrouping(seed, accuracy).failures)
      failures.push(`npm run simulate -- grouping --seed ${seed}: ${failure}`);
  return failures;
};

describe("calls that are grouped from a PBX's legs", () => {
  const accuracy = new Accuracy();
  // in pieces, so that a run that hangs is seen
  it.each(Array.from({ length: 10 }, (_, at) => [at * 10 + 1, at * 10 + 10]))(
    "seeds %i to %i are those that were played where legs share channels or ids, and never have two callers",
    (from, to) => expect(failuresOf(from, to, accuracy)).toEqual([]),
    120_000,
  );
  it("are nearly all those that were played where only numbers and times tell, with the outcome and times of the truth", () =>
    expect(accuracy.failures()).toEqual([]));
});

describe("without the rule", () => {
  it.each(rules.map(({ name }) => name))(
    "%s, the simulation fails",
    (name) => {
      const accuracy = new Accuracy();
      const failures: string[] = [];
      for (let seed = 1; seed <= 30 && failures.length === 0; seed++)
        failures.push(...simulateGrouping(seed, accuracy, name).failures);
      expect([...failures, ...accuracy.failures()]).not.toEqual([]);
    },
    120_000,
  );
});
