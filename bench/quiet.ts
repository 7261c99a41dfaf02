import { cpus } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { isTrial } from "./size.ts";

const sampleMs = 300;
const patienceMs = 60_000;

/** Processor time since the machine started: what was idle, and all of it. */
const times = (): { idle: number; all: number } => {
  const sum = { idle: 0, all: 0 };
  for (const { times: of } of cpus()) {
    sum.idle += of.idle;
    sum.all += of.user + of.nice + of.sys + of.irq + of.idle;
  }
  return sum;
};

/** Waits until other processes leave nine tenths of the machine alone, a minute at most: what they take is not measured. */
export const quiet = async (): Promise<void> => {
  if (isTrial) return;
  const end = performance.now() + patienceMs;
  for (let before = times(); performance.now() < end; ) {
    await wait(sampleMs);
    const now = times();
    if (now.idle - before.idle >= 0.9 * (now.all - before.all)) return;
    before = now;
  }
};
