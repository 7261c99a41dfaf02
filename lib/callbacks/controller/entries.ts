import { createHash } from "node:crypto";
import { type StateItem, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import { type CallbackRecord, firstOf } from "./record.ts";

/** What an entry says of its callback, so that a sweep reads only those that it visits. */
export interface DueHint {
  readonly first: number;
  readonly ringing?: true;
}

/** An entry whose time has come. */
export interface DueEntry {
  readonly item: StateItem<DueHint>;
  readonly key: StateKey;
  readonly pbx: string;
  readonly target: string;
  readonly id: string;
}

export type HeldCallback = StateItem<CallbackRecord>;

const shards = [0, 1, 2, 3] as const;
const digits = 11;
const shardOf = (pbx: string): number => (createHash("sha256").update(pbx).digest()[0] ?? 0) % shards.length;
const second = (ms: number): string => String(stateSeconds(ms)).padStart(digits, "0");

export const entryKey = ({ pbx, due, target = "", id }: CallbackRecord): StateKey => ({
  partition: `callbacks/due/${shardOf(pbx)}`,
  id: [second(due), pbx, target, id].join("~"),
});
export const recordKey = (pbx: string, id: string): StateKey => ({ partition: `callbacks/${pbx}`, id });

export const hintOf = (record: CallbackRecord): DueHint => ({
  first: firstOf(record),
  ...(record.state === "ringing" ? { ringing: true as const } : {}),
});

/** Entries whose time has come, by shard. */
export const dueEntries = async (state: StateStore, now: number): Promise<DueEntry[]> => {
  const before = second(now + 1000);
  const found = shards.map(async (shard) => {
    const partition = `callbacks/due/${shard}`;
    const entries: DueEntry[] = [];
    for await (const item of state.list<DueHint>(partition, undefined, before)) {
      const [, pbx = "", target = "", id = ""] = item.id.split("~");
      entries.push({ item, key: { partition, id: item.id }, pbx, target, id });
    }
    return entries;
  });
  return (await Promise.all(found)).flat();
};
