/**
 * `npm run mutate -- lib/calls`: changes the code of a directory in every small way and counts the changes that no test notices. Each
 * folder is tried with its own tests first. What those do not notice and docs/mutation.md does not prove is tried again with all tests
 * of lib/calls; slow ones that start processes are left out. The command fails if docs/mutation.md has no proof of a change that no test noticed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import {
  corrected,
  countsOf,
  joined,
  noticedOf,
  placesOf,
  proofsOf,
  type Report,
  survivorsOf,
  unneeded,
  unproven,
} from "./mutants.ts";

const page = "docs/mutation.md";
const reportFile = "reports/mutation/mutation.json";
const leastNoticed = 0.9;

const [target = "lib/calls", ...rest] = process.argv.slice(2);
const testsOf = (folder: string): string => folder.replace(/^lib\//, "test/");
const print = (text: string): boolean => process.stdout.write(`${text}\n`);

/**
 * Runs Stryker on files or parts of them with some of the tests. What `earlier` tests noticed is not tried again: a place that they
 * did not notice may have such changes inside.
 */
const run = async (
  mutate: readonly string[],
  tests: string,
  name: string,
  earlier?: Report,
): Promise<Report> => {
  print(`\n${mutate.length > 1 ? `${mutate.length} places` : mutate[0]} with ${tests}`);
  const incrementalFile = `reports/stryker/${name}.json`;
  if (earlier !== undefined && !existsSync(incrementalFile)) {
    await writeFile(incrementalFile, JSON.stringify(noticedOf(earlier)));
  }
  const config = {
    $schema: "./node_modules/@stryker-mutator/core/schema/stryker-schema.json",
    testRunner: "vitest",
    vitest: { configFile: "vitest.mutate.config.ts", related: false },
    // TypeScript 7 has no API that Stryker could ask
    tsconfigFile: "none.json",
    mutate,
    coverageAnalysis: "perTest",
    ignoreStatic: true,
    reporters: ["progress", "json"],
    jsonReporter: { fileName: reportFile },
    thresholds: { high: 95, low: 90, break: null },
    tempDirName: ".tmp/stryker",
    // what other commands left behind is not copied
    ignorePatterns: ["/.tmp", "/.serverless", "/exports", "/reports"],
    incremental: true,
    incrementalFile,
  };
  // the report of an earlier run must not be read as that of a run that failed
  await rm(reportFile, { force: true });
  await writeFile(".tmp-stryker.json", JSON.stringify(config));
  const { status } = spawnSync("npx", ["stryker", "run", ".tmp-stryker.json", ...rest], {
    stdio: "inherit",
    env: { ...process.env, MUTATE_TESTS: tests },
  });
  if (status !== 0) throw new Error(`Stryker failed on ${mutate.join(", ")}`);
  return JSON.parse(await readFile(reportFile, "utf8"));
};

const isFile = target.endsWith(".ts");
const files = isFile ? [target] : globSync(`${target}/**/*.ts`);
const folders = [...new Set(files.map((file) => file.slice(0, file.lastIndexOf("/"))))].sort();

const proofs = proofsOf(await readFile(page, "utf8"), globSync("lib/**/*.ts"));

// lib/calls of lib/calls/dial
const area = target.split("/").slice(0, 2).join("/");
const allTests = `${testsOf(area)}/**/*.test.ts`;

/** What the tests of a folder, and then all tests of its area, notice in it. */
const tryFolder = async (folder: string): Promise<Report> => {
  const name = folder.replaceAll("/", "-");
  const mutate = [isFile ? target : `${folder}/*.ts`];
  const own = `${testsOf(folder)}/*.test.ts`;
  if (globSync(own).length === 0) return run(mutate, allTests, name);
  const first = await run(mutate, own, name);
  // a report also has files of earlier runs
  const asked = joined([first], isFile ? target : folder);
  const places = placesOf(asked, proofs);
  if (places.length === 0) return asked;
  return corrected(asked, await run(places, allTests, `${name}-all`, first));
};

const reports: Report[] = [];
for (const folder of folders) reports.push(await tryFolder(folder));
const report = joined(reports, target);

const { tried, failed, endless, unnoticed, skipped } = countsOf(report);
const noticed = (failed + endless) / tried;
const percent = (noticed * 100).toFixed(1);
print(`\n${target}: ${tried} changes, ${failed} made a test fail, ${endless} caused an endless loop,`);
print(`${unnoticed} were not noticed: ${percent} % were noticed. ${skipped} were not tried.`);

const survivors = survivorsOf(report, target);
const missing = unproven(proofs, survivors);
const list = (title: string, lines: readonly string[]): void => {
  if (lines.length > 0) print(`${title}\n${lines.map((line) => `  ${line}`).join("\n")}`);
};
list(`No test notices these changes, and ${page} does not prove that they are not faults:`, missing);
list(
  `Tests notice these changes now. Remove them from ${page}:`,
  unneeded(proofs, survivors, report, target),
);
process.exitCode = missing.length > 0 || noticed < leastNoticed ? 1 : 0;
