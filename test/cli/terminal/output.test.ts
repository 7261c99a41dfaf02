import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { clearScreen, paint, printable, table } from "../../../cli/terminal/output.ts";
import { bin } from "../../support/cli.ts";

describe("a text for a terminal", () => {
  it("keeps lines, tabs and the colours of the command", () => {
    const text = `a\tb\n${paint({ colours: true }, "red", "✗")} ${paint({ colours: true }, "dim", "東京")}`;
    expect(printable(text)).toBe(text);
    expect(printable(clearScreen)).toBe(clearScreen);
  });
  it.each([
    ["\u001b]0;title\u0007", "?]0;title?"],
    [`name${clearScreen}`, "name?[2J?[H"],
    ["a\rb\u0008\u007f\u009b31m", "a?b???31m"],
    ["\u202egro\u202c\u2066x", "?gro??x"],
  ])("has no sequence of a name that controls it: %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
  it("has the first cell of a marked row in red", () => {
    const rows = [["milan\u001b[2J"], ["rome"]];
    const lines = table({ colours: true }, ["pbx"], rows, (row) => row === 0).split("\n");
    expect(lines[3]).toContain("\u001b[31mmilan [2J\u001b[0m");
    expect(lines[4]).toBe("│ rome      │");
    expect(table({ colours: false }, ["pbx"], rows, () => true)).not.toContain("\u001b");
  });
});

it.skipIf(!existsSync("/dev/full"))("a disk that is full is one line, and exit code 1", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${bin}" --help > /dev/full`], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, "✗ Standard output cannot be written (ENOSPC). Check the disk.\n"]);
});
