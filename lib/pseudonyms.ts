import { createHmac } from "node:crypto";
import type { StateStore } from "./state.ts";

const where = { partition: "pseudonyms", id: "key" };

/** Returns a pseudonym of text that keys of the state must not contain, for example a phone number. The same text has the same pseudonym. */
export type Pseudonyms = (text: string) => Promise<string>;

/** Makes pseudonyms with a key that stays in memory. */
interface KeptPseudonyms extends Pseudonyms {
  /** Reads the key if it exists, so that the first pseudonym does not wait for it. */
  readAhead(): Promise<void>;
}

/** The key of a deployment's pseudonyms, created on first use. Throws STATE_UNAVAILABLE. */
const makeKey = async (state: StateStore, newId: () => string): Promise<string> => {
  for (;;) {
    const kept = await state.read<string>(where);
    if (kept !== undefined) return kept.value;
    const made = await state.write(where, newId() + newId(), { absent: true });
    if (made !== undefined) return made.value;
    // another process created it at the same time
  }
};

const nameBy = (key: string, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");

/** Pseudonyms by the existing key, computed without waiting. Undefined if there is no key, so nothing has a pseudonym. Throws STATE_UNAVAILABLE. */
export const givenPseudonyms = async (
  state: Pick<StateStore, "read">,
): Promise<((text: string) => string) | undefined> => {
  const kept = await state.read<string>(where);
  return kept && ((text) => nameBy(kept.value, text));
};

/**
 * Pseudonyms by an HMAC with a random key, which is created once for a deployment and stored in its state. So they do not change
 * with the credentials of a PBX: a repeated request is still recognized, and counts continue. The function throws STATE_UNAVAILABLE.
 */
export const createPseudonyms = (state: StateStore, newId: () => string): KeptPseudonyms => {
  let key: Promise<string> | undefined;
  const name: Pseudonyms = async (text) => {
    key ??= makeKey(state, newId).catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    return nameBy(await key, text);
  };
  const readAhead = async (): Promise<void> => {
    const kept = await state.read<string>(where);
    if (kept !== undefined) key ??= Promise.resolve(kept.value);
  };
  return Object.assign(name, { readAhead });
};
