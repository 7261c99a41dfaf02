import { createPseudonyms } from "../../pseudonyms.ts";
import { asRead, type StateItem, type StateKey, type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";

export interface OncePorts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** An event is remembered for so long, s: a PBX, SQS and EventBridge send one again for days at most. */
const rememberedSeconds = 7 * 86_400;
/** A process that began an event and was not heard of for so long has died, ms. Longer than a function may run. */
const abandonedMs = 90_000;

interface Seen {
  /** When a process began to act, epoch ms. */
  readonly at: number;
  readonly done: boolean;
}

/** `repeated`: it was done before. `busy`: another process is at it, and may fail; ask again. */
export type Once<T> = { readonly done: T } | "repeated" | "busy";

/** Acts once for a name, even if it is asked for at several places at the same time; again if the process that acted died or failed. */
export const createOnce = ({ state, clock, newId }: OncePorts) => {
  const pseudonym = createPseudonyms(state, newId);
  const write = (key: StateKey, done: boolean, before: StateItem | undefined) =>
    state.write<Seen>(
      key,
      { at: clock.now(), done },
      asRead(before),
      stateSeconds(clock.now()) + rememberedSeconds,
    );
  const begin = async (key: StateKey): Promise<StateItem | "repeated" | "busy"> => {
    const begun = await write(key, false, undefined);
    if (begun !== undefined) return begun;
    const seen = await state.read<Seen>(key);
    if (seen?.value.done) return "repeated";
    if (seen !== undefined && seen.value.at > clock.now() - abandonedMs) return "busy";
    return (await write(key, false, seen)) ?? "busy";
  };
  return async <T>(pbx: string, name: readonly string[], act: () => Promise<T>): Promise<Once<T>> => {
    const key = { partition: `events/${pbx}`, id: await pseudonym(JSON.stringify(name)) };
    const begun = await begin(key);
    if (begun === "repeated" || begun === "busy") return begun;
    let result: T;
    try {
      result = await act();
    } catch (error) {
      // the next delivery need not wait; if this fails too, it waits until the event counts as abandoned
      await state.remove(key, { version: begun.version }).catch(() => undefined);
      throw error;
    }
    await write(key, true, begun);
    return { done: result };
  };
};
