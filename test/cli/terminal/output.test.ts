import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { table } from "../../../cli/terminal/output.ts";
import { bin } from "../../support/cli.ts";

it("a table has the first cell of a marked row in red", () => {
  const rows = [["milan\u001b[2J"], ["rome"]];
  const lines = table({ colours: true }, ["pbx"], rows, (row) => row === 0).split("\n");
  expect(lines[3]).toContain("\u001b[31mmilan [2J\u001b[0m");
  expect(lines[4]).toBe("│ rome      │");
  expect(table({ colours: false }, ["pbx"], rows, () => true)).not.toContain("\u001b");
});

it.skipIf(!existsSync("/dev/full"))("a disk that is full is one line, and exit code 1", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${bin}" --help > /dev/full`], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, "✗ Standard output cannot be written (ENOSPC). Check the disk.\n"]);
});
