import { defineConfig } from "vitest/config";

/** The tests of the directory whose code is changed: lib/calls has test/calls, lib/history/grouping has test/history/grouping. */
const directory = (process.env["MUTATE"] ?? "lib/calls").replace(/^lib\//, "").replace(/\/[^/]*\.ts$/, "");

export default defineConfig({
  test: {
    include: [`test/${directory}/**/*.test.ts`],
    // those that take a process of their own, or days of 20,000 rows, are slow, and see nothing that others do not
    exclude: [
      "test/**/frozen.test.ts",
      "test/history/export/export-day.simulator.test.ts",
      "test/history/grouping/grouping.kept.test.ts",
      "test/store/store-contract.test.ts",
    ],
    setupFiles: ["test/setup.ts"],
    testTimeout: 20_000,
  },
});
