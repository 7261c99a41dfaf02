import type { StateStore } from "../state.ts";
import { entryKey, recordKey } from "./controller/entries.ts";
import { createIndex } from "./controller/index.ts";
import { createNames } from "./names.ts";
import type { CallbackRecord, NumberRecord } from "./record.ts";

/** What became of the callbacks of a number. */
export interface Forgotten {
  readonly removed: number;
  /** They are ringing, and are kept. */
  readonly ringing: number;
}

/**
 * Removes the callbacks of a number (E.164) at a PBX, and what is known of the number. Not the do-not-call list, which says that the
 * number must not be called. With `dryRun` nothing is removed. Throws STATE_UNAVAILABLE.
 */
export const forgetNumber = async (
  { state, newId }: { readonly state: StateStore; readonly newId: () => string },
  pbx: string,
  e164: string,
  dryRun: boolean,
): Promise<Forgotten> => {
  const key = { partition: `callbacks/number/${pbx}`, id: await createNames(state, newId).number(pbx, e164) };
  const known = await state.read<NumberRecord>(key);
  const index = createIndex(state);
  let [removed, ringing] = [0, 0];
  // all of the PBX: the number knows only its last callbacks
  for await (const held of state.list<CallbackRecord>(`callbacks/${pbx}`)) {
    if (held.value.number !== e164) continue;
    const gone =
      held.value.state !== "ringing" &&
      (dryRun || (await state.remove(recordKey(pbx, held.id), { version: held.version })));
    if (!gone) {
      ringing++;
      continue;
    }
    removed++;
    if (!dryRun && held.value.state !== "closed") await index.drop(entryKey(held.value));
  }
  if (known !== undefined && ringing === 0 && !dryRun) await state.remove(key, { version: known.version });
  return { removed, ringing };
};
