import type { StateItem, StateKey, StateStore } from "../../lib/state.ts";

/** The state port over a map. */
export const plainState = (clock: { now(): number }): StateStore => {
  const items = new Map<string, StateItem>();
  let versions = 0;
  const pathOf = ({ partition, id }: StateKey): string => `${partition}\n${id}`;
  const standing = (path: string): StateItem | undefined => {
    const item = items.get(path);
    return item?.expiresAt !== undefined && item.expiresAt * 1000 <= clock.now() ? undefined : item;
  };
  return {
    read: async <T>(key: StateKey) => structuredClone(standing(pathOf(key))) as StateItem<T> | undefined,
    write: async (key, value, expect, expiresAt) => {
      const path = pathOf(key);
      const found = standing(path);
      if ("absent" in expect ? found !== undefined : found?.version !== expect.version) return undefined;
      const item = { id: key.id, value: structuredClone(value), version: String(++versions), expiresAt };
      items.set(path, item);
      return structuredClone(item);
    },
    remove: async (key, { version }) => {
      if (standing(pathOf(key))?.version !== version) return false;
      return items.delete(pathOf(key));
    },
    count: async () => {
      throw new Error("not needed here");
    },
    async *list<T>(partition: string, after = "") {
      const found = [...items.keys()]
        .filter((path) => path.startsWith(`${partition}\n`) && path.slice(partition.length + 1) > after)
        .sort();
      for (const path of found) {
        const item = standing(path);
        if (item) yield structuredClone(item) as StateItem<T>;
      }
    },
  };
};
