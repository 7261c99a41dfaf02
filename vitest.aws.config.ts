import { join } from "node:path";
import { defineConfig } from "vitest/config";

// vitest keeps a token in the user's data; this suite leaves nothing outside the clone
process.env["XDG_DATA_HOME"] = join(import.meta.dirname, ".tmp");

/** For hangs only: on a busy machine a test takes many times longer than on an idle one. */
const hang = 10 * 60_000;
const shared = {
  setupFiles: ["test/setup.ts"],
  testTimeout: hang,
  hookTimeout: hang,
  // one emulator, whose functions share two processors with the tests
  fileParallelism: false,
};

/** The suites against an emulator of AWS; `npm run test:aws`. A file in a project's folder belongs to it. */
export default defineConfig({
  test: {
    teardownTimeout: hang,
    projects: [
      { test: { ...shared, name: "template", include: ["test/aws/template/*.test.ts"] } },
      { test: { ...shared, name: "readers", include: ["test/aws/readers/*.test.ts"] } },
      {
        test: {
          ...shared,
          name: "behaviour",
          include: ["test/aws/behaviour/*.test.ts"],
          globalSetup: "test/aws/support/behaviour.ts",
        },
      },
      {
        test: {
          ...shared,
          name: "rights",
          include: ["test/aws/rights/*.test.ts"],
          globalSetup: "test/aws/support/rights.ts",
        },
      },
    ],
  },
});
