import { defineConfig } from "vitest/config";

// the tests that scripts/mutate.ts asks for
const tests = process.env["MUTATE_TESTS"] ?? "test/calls/**/*.test.ts";

export default defineConfig({
  test: {
    include: [tests],
    // those that take a process of their own, or days of 20,000 rows, are slow, and see nothing that others do not
    exclude: [
      "test/**/frozen.test.ts",
      "test/history/export/export-day.simulator.test.ts",
      "test/store/store-contract.test.ts",
    ],
    setupFiles: ["test/setup.ts"],
    testTimeout: 20_000,
  },
});
