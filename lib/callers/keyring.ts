import type { Clock } from "../wms/clock.ts";
import { type CallerKeys, type Keys, parseKeys, type StoredKey } from "./keys.ts";

/** The keys as a warm function knows them. Every method throws KEYS_UNAVAILABLE, KEYS_INVALID. */
export interface Keyring {
  find(id: string): Promise<StoredKey | undefined>;
  /** The same after another reading, for a secret that does not match: the key may have been rotated. Undefined: not read again. */
  findAgain(id: string): Promise<StoredKey | undefined>;
  /** Reads the keys, so that the first request does not wait for them. */
  readAhead(): Promise<void>;
}

export const keyringDefaults = {
  /** Age up to which the keys are used, ms; a revoked key is valid for at most as long. */
  ttlMs: 60_000,
  /** Least time between two extra readings, ms: requests with invented ids must not cause a reading each. */
  extraMs: 1_000,
};

/** Keys past their time are not used, even if the store does not answer: a revoked key must end. */
export const keyring = (keys: CallerKeys, clock: Clock, settings = keyringDefaults): Keyring => {
  let known: { readonly keys: Keys; readonly at: number } | undefined;
  let reading: Promise<Keys> | undefined;
  let extraAt = Number.NEGATIVE_INFINITY;

  /** Requests during a reading share it. */
  const read = (): Promise<Keys> => {
    reading ??= keys
      .read()
      .then((stored) => {
        const current = stored === undefined ? {} : parseKeys(stored.text, keys.source);
        known = { keys: current, at: clock.now() };
        return current;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const pick = (from: Keys | undefined, id: string): StoredKey | undefined =>
    from !== undefined && Object.hasOwn(from, id) ? from[id] : undefined;
  /** Keys that were changed since the last reading, at most once in `extraMs`. */
  const readExtra = async (): Promise<Keys | undefined> => {
    if (reading !== undefined) return reading;
    if (clock.now() - extraAt < settings.extraMs) return undefined;
    extraAt = clock.now();
    return read();
  };
  const current = async (): Promise<Keys> =>
    known !== undefined && clock.now() - known.at < settings.ttlMs ? known.keys : read();

  return {
    find: async (id) => pick(await current(), id) ?? pick(await readExtra(), id),
    findAgain: async (id) => pick(await readExtra(), id),
    readAhead: async () => {
      await current();
    },
  };
};
