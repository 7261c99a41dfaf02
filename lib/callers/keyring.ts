import type { Clock } from "../wms/clock.ts";
import { type CallerKeys, type Keys, parseKeys, type StoredKey } from "./keys.ts";

/** The keys as a warm function knows them. */
export interface Keyring {
  /** Throws KEYS_UNAVAILABLE, KEYS_INVALID. */
  find(id: string): Promise<StoredKey | undefined>;
}

export const keyringDefaults = {
  /** How long the keys are believed, ms; a key that was revoked is good for no longer than this. */
  ttlMs: 60_000,
  /** Keys that were just read are not read again for an unknown id, ms: made-up ids would have them read with every request. */
  quietMs: 10_000,
};

/** Keys that cannot be read anew are not believed beyond their time: a revoked one must end also while the store is away. */
export const keyring = (keys: CallerKeys, clock: Clock, settings = keyringDefaults): Keyring => {
  let known: { readonly keys: Keys; readonly at: number } | undefined;
  let reading: Promise<Keys> | undefined;

  /** All who ask while a reading is under way get that one. */
  const read = (): Promise<Keys> => {
    reading ??= keys
      .read()
      .then((standing) => {
        const fresh = standing === undefined ? {} : parseKeys(standing.text);
        known = { keys: fresh, at: clock.now() };
        return fresh;
      })
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const younger = (ms: number): Keys | undefined =>
    known !== undefined && clock.now() - known.at < ms ? known.keys : undefined;
  const pick = (from: Keys, id: string): StoredKey | undefined =>
    Object.hasOwn(from, id) ? from[id] : undefined;

  return {
    find: async (id) => {
      const found = pick(younger(settings.ttlMs) ?? (await read()), id);
      return found ?? pick(younger(settings.quietMs) ?? (await read()), id);
    },
  };
};
