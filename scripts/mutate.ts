/**
 * `npm run mutate -- lib/calls`: changes the code of a directory in every small way and counts the changes that no test notices.
 * The tests are those of the same name, test/calls; slow ones that start processes are left out. It fails if docs/mutation.md has no
 * proof of a change that no test noticed.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { proofsOf, type Report, survivorsOf, unneeded, unproven } from "./mutants.ts";

const page = "docs/mutation.md";
const reportFile = "reports/mutation/mutation.json";

const [target = "lib/calls", ...rest] = process.argv.slice(2);
const config = {
  $schema: "./node_modules/@stryker-mutator/core/schema/stryker-schema.json",
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutate.config.ts", related: false },
  // TypeScript 7 has no API that Stryker could ask
  tsconfigFile: "none.json",
  mutate: [target.endsWith(".ts") ? target : `${target}/**/*.ts`],
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  reporters: ["clear-text", "progress", "json", "html"],
  jsonReporter: { fileName: reportFile },
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: ".tmp/stryker",
  // what other commands left behind is not copied
  ignorePatterns: ["/.tmp", "/.serverless", "/exports"],
  incremental: true,
  incrementalFile: "reports/stryker-incremental.json",
};
// the report of an earlier run must not be read as that of a run that failed
await rm(reportFile, { force: true });
await writeFile(".tmp-stryker.json", JSON.stringify(config));
const { status } = spawnSync("npx", ["stryker", "run", ".tmp-stryker.json", ...rest], {
  stdio: "inherit",
  env: { ...process.env, MUTATE: target },
});

// none if the run ended before it was written
const text = await readFile(reportFile, "utf8").catch(() => '{"files":{}}');
const report: Report = JSON.parse(text);
const proofs = proofsOf(await readFile(page, "utf8"), globSync("lib/**/*.ts"));
const survivors = survivorsOf(report, target);
const missing = unproven(proofs, survivors);
const print = (title: string, lines: readonly string[]): void => {
  if (lines.length > 0) process.stdout.write(`${title}\n${lines.map((line) => `  ${line}\n`).join("")}`);
};
print(`No test notices these changes, and ${page} does not prove that they are not faults:`, missing);
print(
  `Tests notice these changes now. Remove them from ${page}:`,
  unneeded(proofs, survivors, report, target),
);
process.exitCode = missing.length > 0 ? 1 : (status ?? 1);
