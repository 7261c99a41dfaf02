import { defineConfig } from "vitest/config";

// the tests that scripts/mutate.ts asks for
const tests = process.env["MUTATE_TESTS"] ?? "test/calls/**/*.test.ts";

export default defineConfig({
  test: {
    include: [tests],
    // those that take a process of their own, or days of 10,000 rows, are slow, and see nothing that others do not
    exclude: [
      "test/**/*.frozen.test.ts",
      "test/history/export/export-day.simulator.test.ts",
      "test/store/store-contract.test.ts",
    ],
    setupFiles: ["test/setup.ts"],
    // most of a run would be the import of the same modules for each file
    isolate: false,
    testTimeout: 20_000,
  },
});
