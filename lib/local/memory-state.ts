import { randomUUID } from "node:crypto";
import { type StateExpect, type StateItem, type StateKey, type StateStore, stateSeconds } from "../state.ts";
import type { Clock } from "../wms/clock.ts";

interface Kept {
  readonly partition: string;
  readonly id: string;
  /** JSON text, so that no two callers share an object. */
  readonly text: string;
  readonly version: string;
  readonly expiresAt: number | undefined;
}

/** The state of one process, in memory: for tests, and for a function whose state ends with it. */
export const memoryState = (clock: Pick<Clock, "now">): StateStore => {
  const partitions = new Map<string, Map<string, Kept>>();
  const counters = new Map<string, { count: number; expiresAt: number }>();
  const now = (): number => stateSeconds(clock.now());
  const recordsOf = (partition: string): Map<string, Kept> => {
    const records = partitions.get(partition) ?? new Map<string, Kept>();
    partitions.set(partition, records);
    return records;
  };
  const current = ({ partition, id }: StateKey): Kept | undefined => {
    const kept = partitions.get(partition)?.get(id);
    return kept?.expiresAt !== undefined && kept.expiresAt <= now() ? undefined : kept;
  };
  const fits = (kept: Kept | undefined, expect: StateExpect): boolean =>
    "absent" in expect ? kept === undefined : kept !== undefined && kept.version === expect.version;

  return {
    read: async <T>(key: StateKey) => {
      const kept = current(key);
      return kept === undefined ? undefined : toItem<T>(kept);
    },
    write: async (key, value, expect, expiresAt) => {
      if (!fits(current(key), expect)) return undefined;
      const kept = { ...key, text: JSON.stringify(value), version: randomUUID(), expiresAt };
      recordsOf(key.partition).set(key.id, kept);
      return toItem(kept);
    },
    remove: async (key, expect) => fits(current(key), expect) && recordsOf(key.partition).delete(key.id),
    count: async (key, { by, limit = Number.POSITIVE_INFINITY, expiresAt }) => {
      const name = nameOf(key);
      const kept = counters.get(name);
      const running = kept !== undefined && kept.expiresAt > now() ? kept : { count: 0, expiresAt };
      const count = running.count + by;
      if (count > limit) return undefined;
      counters.set(name, { ...running, count });
      return count;
    },
    counted: async (key) => {
      const kept = counters.get(nameOf(key));
      return kept !== undefined && kept.expiresAt > now() ? kept.count : 0;
    },
    list: async function* <T>(partition: string, after?: string, before?: string) {
      for (const id of [...recordsOf(partition).keys()].sort(byBytes)) {
        if (after !== undefined && byBytes(id, after) <= 0) continue;
        if (before !== undefined && byBytes(id, before) >= 0) return;
        const kept = current({ partition, id });
        if (kept !== undefined) yield toItem<T>(kept);
      }
    },
  };
};

const nameOf = ({ partition, id }: { partition: string; id: string }): string =>
  JSON.stringify([partition, id]);

const toItem = <T>({ id, text, version, expiresAt }: Kept): StateItem<T> => ({
  id,
  value: JSON.parse(text),
  version,
  expiresAt,
});

/** As DynamoDB and SQLite order text; UTF-16, which JavaScript compares by, orders rare characters otherwise. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
