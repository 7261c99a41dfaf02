import { fileURLToPath } from "node:url";
import type { Clock } from "../../lib/wms/clock.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";

/** A clock that shows `start` now and runs on from there, so that no test depends on the day it runs. */
export const clockFrom = (start: string): Clock => {
  const ahead = Date.parse(start) - performance.now();
  return { now: () => Math.floor(ahead + performance.now()), sleep: systemClock.sleep };
};

/** The clock of tests in which the command talks to a simulator: a Tuesday morning in Rome. */
export const testClock = clockFrom("2026-11-24T10:00:00Z");

const shim = fileURLToPath(new URL("shift-clock.mjs", import.meta.url));

/** The environment of a child process whose clock shows what `clock` shows. */
export const environmentAt = (clock: Clock): Record<string, string> => {
  // the system clock may itself be shifted, by the same variable
  const shift = clock.now() - systemClock.now() + Number(process.env["TEST_CLOCK_SHIFT_MS"] ?? 0);
  return {
    NODE_OPTIONS: `${process.env["NODE_OPTIONS"] ?? ""} --import=${shim}`,
    TEST_CLOCK_SHIFT_MS: String(Math.round(shift)),
  };
};
