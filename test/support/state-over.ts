import type { StateStore } from "../../lib/state.ts";

/** The state with each operation inside of `over`. */
export const stateOver = (inner: StateStore, over: <T>(act: () => Promise<T>) => Promise<T>): StateStore => ({
  read: (key) => over(() => inner.read(key)),
  write: (key, value, expect, expiresAt) => over(() => inner.write(key, value, expect, expiresAt)),
  remove: (key, expect) => over(() => inner.remove(key, expect)),
  count: (key, count) => over(() => inner.count(key, count)),
  counted: (key) => over(() => inner.counted(key)),
  list: async function* (partition, after, before) {
    await over(async () => undefined);
    yield* inner.list(partition, after, before);
  },
});
