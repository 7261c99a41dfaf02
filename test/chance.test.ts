import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("..", import.meta.url).pathname;

it("properties have the same cases in each run", () => {
  const drawing = globSync("test/**/*.ts", { cwd: root }).filter((file) =>
    /^(?:import|export) .*"fast-check"/m.test(readFileSync(`${root}/${file}`, "utf8")),
  );
  expect(drawing).toEqual(["test/support/fast-check.ts"]);
});
