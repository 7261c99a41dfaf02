import { createHash } from "node:crypto";
import { type StateItem, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import { type CallbackRecord, firstOf } from "../record.ts";

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
  /** Epoch ms. */
  readonly due: number;
}

export type HeldCallback = StateItem<CallbackRecord>;

const shards = [0, 1, 2, 3] as const;
const shardOf = (pbx: string): number => (createHash("sha256").update(pbx).digest()[0] ?? 0) % shards.length;
/** A time as the ids of an index of due times begin, so that they sort by it. */
export const dueText = (ms: number): string => String(stateSeconds(ms)).padStart(11, "0");

export const entryKey = ({ pbx, due, target = "", id }: CallbackRecord): StateKey => ({
  partition: `callbacks/due/${shardOf(pbx)}`,
  id: [dueText(due), pbx, target, id].join("~"),
});
export const recordKey = (pbx: string, id: string): StateKey => ({ partition: `callbacks/${pbx}`, id });

export const hintOf = (record: CallbackRecord): DueHint => ({
  first: firstOf(record),
  ...(record.state === "ringing" ? { ringing: true as const } : {}),
});

/** What the id of an entry says. */
export const dueEntry = (partition: string, item: StateItem<DueHint>): DueEntry => {
  const [due, pbx = "", target = "", id = ""] = item.id.split("~");
  return { item, key: { partition, id: item.id }, pbx, target, id, due: Number(due) * 1000 };
};

/** Entries whose time has come, by shard. */
export const dueEntries = async (state: StateStore, now: number): Promise<DueEntry[]> => {
  const before = dueText(now + 1000);
  const found = shards.map(async (shard) => {
    const partition = `callbacks/due/${shard}`;
    const entries: DueEntry[] = [];
    for await (const item of state.list<DueHint>(partition, undefined, before)) {
      entries.push(dueEntry(partition, item));
    }
    return entries;
  });
  return (await Promise.all(found)).flat();
};
