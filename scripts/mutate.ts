/**
 * `npm run mutate -- lib/calls`: changes the code of a directory in every small way and counts the changes that no test notices.
 * The tests are those of the same name, test/calls; slow ones that start processes are left out.
 */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";

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
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: ".tmp/stryker",
  // what other commands left behind is not copied
  ignorePatterns: ["/.tmp", "/.serverless", "/exports"],
  incremental: true,
  incrementalFile: "reports/stryker-incremental.json",
};
await writeFile(".tmp-stryker.json", JSON.stringify(config));
const { status } = spawnSync("npx", ["stryker", "run", ".tmp-stryker.json", ...rest], {
  stdio: "inherit",
  env: { ...process.env, MUTATE: target },
});
process.exitCode = status ?? 1;
