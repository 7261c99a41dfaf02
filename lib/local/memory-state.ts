import { randomUUID } from "node:crypto";
import { type StateExpect, type StateItem, type StateStore, stateSeconds } from "../state.ts";
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
  const records = new Map<string, Kept>();
  const counters = new Map<string, { count: number; expiresAt: number }>();
  const now = (): number => stateSeconds(clock.now());
  const current = (name: string): Kept | undefined => {
    const kept = records.get(name);
    return kept?.expiresAt !== undefined && kept.expiresAt <= now() ? undefined : kept;
  };
  const fits = (kept: Kept | undefined, expect: StateExpect): boolean =>
    "absent" in expect ? kept === undefined : kept !== undefined && kept.version === expect.version;

  return {
    read: async <T>(key: Parameters<StateStore["read"]>[0]) => {
      const kept = current(nameOf(key));
      return kept === undefined ? undefined : toItem<T>(kept);
    },
    write: async (key, value, expect, expiresAt) => {
      const name = nameOf(key);
      if (!fits(current(name), expect)) return undefined;
      const kept = { ...key, text: JSON.stringify(value), version: randomUUID(), expiresAt };
      records.set(name, kept);
      return toItem(kept);
    },
    remove: async (key, expect) => fits(current(nameOf(key)), expect) && records.delete(nameOf(key)),
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
      const ids = [...records.values()].filter((kept) => kept.partition === partition).map(({ id }) => id);
      for (const id of ids.sort(byBytes)) {
        if (after !== undefined && byBytes(id, after) <= 0) continue;
        if (before !== undefined && byBytes(id, before) >= 0) return;
        const kept = current(nameOf({ partition, id }));
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
