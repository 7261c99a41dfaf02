import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { enumerateFreezes } from "./callbacks/enumeration.ts";
import { mutations } from "./callbacks/mutations.ts";
import { simulateCallbacks } from "./callbacks/simulation.ts";
import { runSeeds } from "./main.ts";

describe("callbacks in a world that fails in every way", () => {
  // in pieces, so that a run that is stuck is seen; .ci/run plays 500 seeds
  it.each(Array.from({ length: 3 }, (_, at) => at * 40 + 1))(
    "keep every rule, in 40 seeds from %i on",
    async (first) => {
      const lines: string[] = [];
      const failed = await runSeeds("callbacks", simulateCallbacks, { first, count: 40 }, (line) =>
        lines.push(line),
      );
      expect({ failed, lines: lines.filter((line) => line.startsWith("seed ")) }).toEqual({
        failed: [],
        lines: [],
      });
      expect(lines.find((line) => line.startsWith("rings: "))).toMatch(/: [1-9]/);
    },
    300_000,
  );
  it("are the same again for the same seed", async () => {
    expect(await simulateCallbacks(7)).toEqual(await simulateCallbacks(7));
    expect(await simulateCallbacks(7)).not.toEqual(await simulateCallbacks(8));
  });
});

describe("a machine that stands still or ends at any step of a sweep", () => {
  it("breaks no promise, loses no missed call and rings nobody twice", async () => {
    const { failures, cases } = await enumerateFreezes();
    expect(failures).toEqual([]);
    expect(cases).toBeGreaterThan(400);
  }, 300_000);
});

describe("the safeguards that are taken out one by one", () => {
  it.each(mutations)("$name: its text is once in its file", ({ file, find }) => {
    expect(readFileSync(file, "utf8").split(find)).toHaveLength(2);
  });
});
