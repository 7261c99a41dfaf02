import { memoryState } from "../../lib/local/memory-state.ts";
import type { StateStore } from "../../lib/state.ts";
import { fakeClock } from "./scripted.ts";

/** A state in memory that notes each request, as `write callbacks/milan`, and lets a test act before a write. */
export const watchedState = (start = 0) => {
  const clock = fakeClock(start);
  const inner = memoryState(clock);
  const done: string[] = [];
  const before: { write?: () => Promise<unknown> } = {};
  const state: StateStore = {
    ...inner,
    read: (key) => {
      done.push(`read ${key.partition}`);
      return inner.read(key);
    },
    write: async (key, ...rest) => {
      await before.write?.();
      done.push(`write ${key.partition}`);
      return inner.write(key, ...rest);
    },
    remove: (key, expect) => {
      done.push(`remove ${key.partition}`);
      return inner.remove(key, expect);
    },
  };
  /** What was done since the last question. */
  const taken = (): string[] => done.splice(0);
  return { clock, inner, state, before, taken };
};
