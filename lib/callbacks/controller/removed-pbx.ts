import { rules } from "../policy.ts";
import { close, decide } from "./decide.ts";
import type { Desk } from "./desk.ts";
import type { DueEntry, HeldCallback } from "./entries.ts";

/**
 * Callbacks of a PBX that is not registered: no visit is possible, and without one they keep their numbers forever. A PBX that is
 * registered again in time continues its callbacks. Throws STATE_UNAVAILABLE.
 */
export const createRemovedPbx = ({ clock, index, numbers, noteChange }: Desk) => {
  const closed = async ({ value: record }: HeldCallback) => {
    const now = clock.now();
    const number = await numbers.read(record.pbx, record.number);
    const facts = { policy: undefined, now, number };
    if (record.state === "waiting") return decide(record, facts).record;
    const isCancelled = record.cancelled !== undefined;
    return close(record, facts, isCancelled ? "cancelled" : "outcome_unknown", now).record;
  };
  /** Closes the callback of an entry that no sweep could visit for days. */
  return async (entry: DueEntry): Promise<void> => {
    if (clock.now() < entry.due + rules.removedMs) return;
    const held = await index.read(entry.pbx, entry.id);
    if (held === undefined) return index.drop(entry.key);
    if (!index.isOwn(entry.key, held.value)) return index.dropStale(entry, held);
    const written = await index.put(held, await closed(held), clock.now());
    if (written !== undefined) await noteChange(held.value, written.value);
  };
};
