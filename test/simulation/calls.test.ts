import { describe, expect, it } from "vitest";
import { type Mutation, simulateCalls } from "./calls/simulation.ts";
import { type Report, runSeeds } from "./main.ts";
import { World } from "./world.ts";

describe("calls in a world that fails in every way", () => {
  it("ring at most once, over 500 seeds", async () => {
    const lines: string[] = [];
    const failed = await runSeeds("calls", simulateCalls, { first: 1, count: 500 }, (line) =>
      lines.push(line),
    );
    expect({ failed, lines: lines.filter((line) => line.startsWith("seed ")) }).toEqual({
      failed: [],
      lines: [],
    });
    expect(lines).toContain("double rings: 0");
    expect(lines).toContain("illegal transitions: 0");
  });
  it.each<Mutation>(["fencing", "age check"])(
    "and would ring twice without the %s",
    async (without) => {
      const found: number[] = [];
      for (let seed = 1; seed <= 300; seed++) {
        const { counts } = await simulateCalls(seed, without);
        if ((counts["double rings"] ?? 0) > 0) found.push(seed);
      }
      expect(found.length).toBeGreaterThan(3);
    },
    60_000,
  );
  it("are the same again for the same seed", async () => {
    expect(await simulateCalls(7)).toEqual(await simulateCalls(7));
    expect(await simulateCalls(7)).not.toEqual(await simulateCalls(8));
  });
});

describe("a simulation", () => {
  it("that fails says how to see it again", async () => {
    const simulate = async (seed: number): Promise<Report> => ({
      faults: 2,
      counts: { rings: 1 },
      failures: seed === 3 ? ["it rang twice"] : [],
    });
    const lines: string[] = [];
    const failed = await runSeeds("calls", simulate, { first: 1, count: 4 }, (line) => lines.push(line));
    expect(failed).toEqual([3]);
    expect(lines.slice(0, 2)).toEqual([
      "seed 3: it rang twice",
      "  again: npm run simulate -- calls --seed 3",
    ]);
    expect(lines[2]).toMatch(/^4 seeds, \d+ a second, 1 failed$/);
    expect(lines.slice(3)).toEqual(["faults injected: 8", "rings: 4"]);
  });
  it("has time that passes only when nothing else can", async () => {
    const world = new World(1);
    const arrival = world.now;
    const seen: number[] = [];
    const walk = async (ms: number): Promise<void> => {
      for (let n = 0; n < 3; n++) {
        await world.sleep(ms);
        seen.push(world.now - arrival);
      }
    };
    void walk(20);
    void walk(30);
    await world.run(arrival + 70);
    expect(seen).toEqual([20, 30, 40, 60, 60]);
    expect(world.now).toBe(arrival + 70);
  });
});
