import { describe, expect, it } from "vitest";
import { main } from "../../cli/main.ts";
import { table } from "../../cli/terminal/output.ts";
import { daysAgo, startPbx } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";

const widthOf = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("a table", () => {
  const rows = [
    ["1", "a name that is much longer than all others", "short"],
    ["2", "Ada", "also a rather long text"],
  ];
  it("is as wide as its texts without a terminal", () => {
    const text = table({}, ["id", "name", "says"], rows);
    expect(text).toContain("a name that is much longer than all others");
    expect(text).not.toContain("…");
  });
  it.each([20, 40, 60])("fits %d columns, and marks what it cuts", (columns) => {
    const text = table({ columns }, ["id", "name", "says"], rows);
    expect(widthOf(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain("…");
    expect(text).toMatch(/│ 1 +│/);
  });
  it("cuts other columns before the first one, which names the row", () => {
    const wide = ["12345678", ...Array.from({ length: 5 }, (_, at) => `column ${at} is long`)];
    const text = table({ columns: 50 }, ["id", "a", "b", "c", "d", "e"], [wide]);
    expect(text).toContain("│ 12345678 │ col");
    const long = table({ columns: 20 }, ["id", "a"], [["1".repeat(40), "word"]]);
    expect(long).toContain("│ 111111111… │ wo… │");
    expect(widthOf(long)).toBe(20);
  });
  it("has no control characters, and none that change the direction of what follows", () =>
    expect(table({}, ["name"], [["a\u001b[31m\u202eb\u2066\nc"]])).toContain("│ a [31m b  c │"));
  it("keeps wide characters whole where there is room", () =>
    expect(table({ columns: 80 }, ["name"], [["東京支店"]])).toContain("東京支店"));
});

it.each([60, 80])("wildix history fits %d columns, and --columns chooses", async (columns) => {
  const { env } = await startPbx();
  const lines: string[] = [];
  const run = async (...more: string[]): Promise<number> => {
    lines.length = 0;
    return main(["history", "--from", daysAgo(3), "--to", daysAgo(3), ...more], {
      env,
      stdin: async () => "",
      clock: testClock,
      signal: new AbortController().signal,
      output: { out: (text) => lines.push(text), err: () => undefined, colours: false, live: false, columns },
    });
  };
  expect([await run(), widthOf(lines.join("\n"))]).toEqual([0, expect.any(Number)]);
  expect(widthOf(lines.join("\n"))).toBeLessThanOrEqual(columns);
  expect(lines[0]).toContain("disposition".slice(0, columns === 60 ? 5 : undefined));
  expect(await run("--columns", "id,dst")).toBe(0);
  expect(lines[0]).toMatch(/│ id +│ dst +│/);
  expect(await run("--columns", "id,dts")).toBe(2);
});
