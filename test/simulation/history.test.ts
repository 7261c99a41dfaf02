import "./history/gzip-at-once.ts";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { simulateHistory } from "./history/simulate.ts";

const root = new URL("../..", import.meta.url).pathname;
const cleanUp: string[] = [];
afterAll(async () => {
  for (const directory of cleanUp) await rm(directory, { recursive: true, force: true });
});

/** The simulation over a copy of the source in which one text is another; its exit code and what it said. */
const mutated = async (
  path: string,
  from: string,
  to: string,
  seeds: number,
): Promise<{ code: number; said: string }> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-mutant-"));
  cleanUp.push(directory);
  for (const each of ["lib", "simulator", "test/support", "test/simulation", "package.json"])
    await cp(join(root, each), join(directory, each), { recursive: true });
  await symlink(join(root, "node_modules"), join(directory, "node_modules"));
  const source = await readFile(join(directory, path), "utf8");
  expect(source).toContain(from);
  await writeFile(join(directory, path), source.replace(from, to));
  return new Promise((resolve) => {
    const args = [
      join(directory, "test/simulation/main.ts"),
      "history",
      "--seeds",
      String(seeds),
      "--stop-at-first",
    ];
    execFile(process.execPath, args, { timeout: 300_000 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout }),
    );
  });
};

describe("the simulation of a fleet", () => {
  // in pieces, so that a run that is stuck is seen; .ci/run plays 500 seeds
  it.each(Array.from({ length: 2 }, (_, at) => [at * 20 + 1, at * 20 + 20]))(
    "seeds %i to %i keep every promise",
    async (from, to) => {
      for (let seed = from; seed <= to; seed++) {
        const { violations } = await simulateHistory(seed);
        expect(violations, `npm run simulate -- history --seed ${seed}`).toEqual([]);
      }
    },
    240_000,
  );

  it("a seed always gives the same run", async () => {
    const [first, second] = [await simulateHistory(7), await simulateHistory(7)];
    expect(second).toEqual(first);
    expect(first.kills + first.faults).toBeGreaterThan(0);
  });
});

describe("the simulation finds", () => {
  it.each([
    [
      "a reading whose counts are not compared with its rows",
      "lib/wms/history/history-reader.ts",
      "if (before !== after || before !== rows) return { before, after, read: rows };",
      "",
    ],
    [
      "a store that ignores its conditions",
      "test/support/plain-store.ts",
      'if ("absent" in expect ? found !== undefined : found?.etag !== expect.etag) throw conflict(key);',
      "void found;",
    ],
    [
      "a run that puts the old manifest back beside parts that it changed",
      "lib/history/publication/publication.ts",
      "if (this.#changed || text === undefined)",
      "if (text === undefined)",
    ],
    [
      "a continuation that groups without the legs before it",
      "lib/history/export/day-tables.ts",
      "new CallGrouper(job, from?.state.grouper)",
      "new CallGrouper(job)",
    ],
    [
      "a dead letter that the planner does not note",
      "lib/history/planning/plan-exports.ts",
      "const buried = await takeDeadLetters(ports);",
      "const buried = 0;",
    ],
  ])(
    "%s",
    async (_name, path, from, to) => {
      const { code, said } = await mutated(path, from, to, 500);
      expect([code, said]).toEqual([1, expect.stringContaining("again: npm run simulate -- history --seed")]);
    },
    320_000,
  );
});
