import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// of the 300 workers and the processes that tests start, each compiles the same modules
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // against an emulator: npm run test:aws
    exclude: ["test/aws/**"],
    // three on two cores: many tests wait for processes and clocks
    maxWorkers: Math.max(3, availableParallelism() - 1),
    setupFiles: ["test/setup.ts"],
    // against hangs; a busy machine is only slow
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // before the test's own time is over, so that the difference is shown
    expect: { poll: { timeout: 100_000 } },
    restoreMocks: true,
    unstubEnvs: true,
  },
});
