import { asRead, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import { rules } from "../policy.ts";
import type { CallbackRecord } from "../record.ts";
import { type DueEntry, dueEntries, entryKey, type HeldCallback, hintOf, recordKey } from "./entries.ts";

/**
 * Callbacks and the index of when they are due. An open callback has an entry that is not later than its due: the new entry is
 * written first, then the record, then the old entry is dropped. All methods throw STATE_UNAVAILABLE.
 */
export const createIndex = (state: StateStore) => {
  /** Writes the entry of an open callback. */
  const ensure = async (record: CallbackRecord): Promise<void> => {
    const hint = hintOf(record);
    const key = entryKey(record);
    // an entry that is there already is written too, so that no process drops it as stale
    while ((await state.write(key, hint, { absent: true })) === undefined) {
      const entry = await state.read(key);
      if (entry !== undefined && (await state.write(key, hint, { version: entry.version })) !== undefined)
        return;
    }
  };
  const drop = async (key: StateKey): Promise<void> => {
    const entry = await state.read(key);
    if (entry !== undefined) await state.remove(key, { version: entry.version });
  };
  return {
    ensure,
    drop,
    /**
     * Drops an entry that is not its record's own, and makes sure of that one. The record is written again first: the process that wrote the
     * stale entry for a record that it has yet to write comes too late, and begins again.
     */
    dropStale: async (entry: DueEntry, held: HeldCallback): Promise<void> => {
      const key = recordKey(held.value.pbx, held.id);
      const again = await state.write(key, held.value, { version: held.version }, held.expiresAt);
      if (again === undefined) return;
      if (held.value.state !== "closed") await ensure(held.value);
      await state.remove(entry.key, { version: entry.item.version });
    },
    isOwn: (key: StateKey, record: CallbackRecord): boolean =>
      record.state !== "closed" && entryKey(record).id === key.id,
    read: (pbx: string, id: string): Promise<HeldCallback | undefined> => state.read(recordKey(pbx, id)),
    /** Writes a callback in place of `held`. Undefined: another process wrote it first. */
    put: async (
      held: HeldCallback | undefined,
      record: CallbackRecord,
      now: number,
    ): Promise<HeldCallback | undefined> => {
      const isOpen = record.state !== "closed";
      if (isOpen) await ensure(record);
      const expires = isOpen ? undefined : stateSeconds(now) + rules.keptSeconds;
      const written = await state.write(recordKey(record.pbx, record.id), record, asRead(held), expires);
      if (written === undefined || held === undefined || held.value.state === "closed") return written;
      const old = entryKey(held.value);
      if (!isOpen || old.id !== entryKey(record).id) await drop(old);
      return written;
    },
    /** Entries whose time has come, by shard. */
    due: (now: number): Promise<DueEntry[]> => dueEntries(state, now),
  };
};

export type CallbackIndex = ReturnType<typeof createIndex>;
