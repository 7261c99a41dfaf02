import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  corrected,
  countsOf,
  functionAt,
  joined,
  noticedOf,
  outdated,
  placesOf,
  proofsOf,
  type Report,
  survivorsOf,
  unneeded,
  unproven,
} from "../scripts/mutants.ts";

const source = `const limit = 3;

export class Part<Row> {
  readonly #kept = new Set<string>();

  async write(rows: Row[]): Promise<void> {
    if (rows.length > limit) this.#take(() => undefined);
  }
  #take(done: () => void): void {
    done();
  }
}

export const openPart: Readonly<
  Record<string, (key: string) => Part<string>>
> = {
  csv: (key) =>
    new Part(key, limit),
};

export const createLedger = (clock: Clock) => {
  const step = (at: number): number => at + 1;
  const others = [1, 2].map((one) => {
    return one;
  });
  return {
    open: async (
      id: string,
    ): Promise<void> => {
      try {
        await state.write(id, { absent: true });
      } catch {
        return undefined;
      }
    },
  };
};
`;
const lineOf = (text: string): number => source.split("\n").findIndex((line) => line.includes(text)) + 1;

describe("the function of a line", () => {
  it.each([
    ["const limit", "limit"],
    ["#kept", "Part"],
    ["rows.length > limit", "Part.write"],
    ["    done();", "Part.#take"],
    ["new Part(key", "openPart.csv"],
    ["at + 1", "createLedger.step"],
    ["return one", "createLedger"],
    ["absent: true", "createLedger.open"],
    ["return undefined", "createLedger.open"],
  ])("of %s is %s", (text, name) => {
    expect(functionAt(source, lineOf(text))).toBe(name);
  });
});

const mutant = (text: string, status = "Survived", more = 0) => ({
  status,
  replacement: "true",
  location: { start: { line: lineOf(text), column: 3 }, end: { line: lineOf(text) + more, column: 9 } },
});
const report = (...mutants: Report["files"][string]["mutants"]): Report => ({
  files: { "lib/calls/part.ts": { source, mutants }, "lib/old/part.ts": { source, mutants } },
});
const page = `# Page

## lib/calls

| where | code | change | why it is not a fault |
|---|---|---|---|
| \`part\` \`Part.write\` | \`rows.length > limit\`, \`a \\|\\| b\` | \`true\` | it takes longer |
`;
const proofs = proofsOf(page, ["lib/calls/part.ts"]);

describe("the page of changes that no test notices", () => {
  it("has a file, a function and code in each row", () => {
    expect(proofs).toEqual([
      { file: "lib/calls/part.ts", function: "Part.write", codes: ["rows.length > limit", "a || b"] },
    ]);
  });
  it("proves changes of its code in its function only", () => {
    const survivors = survivorsOf(
      report(
        mutant("rows.length > limit"),
        mutant("} catch {", "NoCoverage", 2),
        mutant("done();", "Killed"),
      ),
      "lib/calls",
    );
    expect(unproven(proofs, survivors)).toEqual([
      "lib/calls/part.ts createLedger.open: } catch { return undefined; } -> true",
    ]);
    expect(unneeded(proofs, survivors, report(), "lib/calls/")).toEqual([]);
  });
  it("has no row that is not needed any more, in what was changed", () => {
    const row = "lib/calls/part.ts Part.write: rows.length > limit, a || b";
    expect(unneeded(proofs, [], report(), "lib/calls")).toEqual([row]);
    expect(unneeded(proofs, [], report(), "lib/calls/part.ts")).toEqual([row]);
    expect(unneeded(proofs, [], report(), "lib/history")).toEqual([]);
  });
  it("is outdated if its code is no longer in its function", () => {
    expect(outdated(proofs, () => source)).toEqual(["lib/calls/part.ts has no `a || b` in Part.write"]);
    expect(outdated(proofs, () => undefined)).toHaveLength(2);
  });
  it("names code that is there", () => {
    const written = proofsOf(readFileSync("docs/mutation.md", "utf8"), globSync("lib/**/*.ts"));
    expect(written.length).toBeGreaterThan(50);
    expect(written.filter(({ codes }) => codes.length === 0)).toEqual([]);
    expect(outdated(written, (file) => readFileSync(file, "utf8"))).toEqual([]);
  });
});

describe("a second run with more tests", () => {
  const first = joined(
    [
      report(mutant("done();"), mutant("at + 1", "Killed"), mutant("return one", "NoCoverage")),
      { files: { "lib/calls/limit.ts": { source, mutants: [mutant("const limit", "Ignored")] } } },
    ],
    "lib/calls",
  );
  const [done, one, limit] = ["done();", "return one", "const limit"].map(lineOf);
  it("tries only what was not noticed or not tried", () => {
    expect(placesOf(first, [])).toEqual([
      `lib/calls/part.ts:${done}:2-${done}:8`,
      `lib/calls/part.ts:${one}:2-${one}:8`,
      `lib/calls/limit.ts:${limit}:2-${limit}:8`,
    ]);
  });
  it("does not try what is proven, but what was not tried", () => {
    const proven = (file: string, name: string, code: string) => ({ file, function: name, codes: [code] });
    const known = [
      proven("lib/calls/part.ts", "Part.#take", "done();"),
      proven("lib/calls/limit.ts", "limit", "const limit"),
    ];
    expect(placesOf(first, known)).toEqual([
      `lib/calls/part.ts:${one}:2-${one}:8`,
      `lib/calls/limit.ts:${limit}:2-${limit}:8`,
    ]);
  });
  it("keeps what was noticed", () => {
    const states = Object.values(noticedOf(first).files).map((file) =>
      file.mutants.map(({ status }) => status),
    );
    expect(states).toEqual([["Killed"], []]);
  });
  it("corrects the first, and only there", () => {
    const second = report(mutant("done();", "Timeout"), mutant("at + 1"), mutant("return one"));
    const states = Object.values(corrected(first, second).files).map((file) =>
      file.mutants.map(({ status }) => status),
    );
    expect(states).toEqual([["Timeout", "Killed", "Survived"], ["Ignored"]]);
    expect(countsOf(corrected(first, second))).toEqual({
      tried: 3,
      failed: 1,
      endless: 1,
      unnoticed: 1,
      skipped: 1,
    });
  });
});
