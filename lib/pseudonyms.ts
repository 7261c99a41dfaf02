import { createHmac } from "node:crypto";
import type { StateStore } from "./state.ts";

const where = { partition: "pseudonyms", id: "key" };

/** Gives a name to a text that the state's keys must not contain, such as a phone number. The same text has the same name. */
export type Pseudonyms = (text: string) => Promise<string>;

/** The key of a deployment's names, made when it is first needed. Throws STATE_UNAVAILABLE. */
const makeKey = async (state: StateStore, newId: () => string): Promise<string> => {
  for (;;) {
    const kept = await state.read<string>(where);
    if (kept !== undefined) return kept.value;
    const made = await state.write(where, newId() + newId(), { absent: true });
    if (made !== undefined) return made.value;
    // another process made it at the same moment
  }
};

const nameBy = (key: string, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");

/** The names that were given so far, without waiting for each. Undefined: none was given. Throws STATE_UNAVAILABLE. */
export const givenPseudonyms = async (
  state: Pick<StateStore, "read">,
): Promise<((text: string) => string) | undefined> => {
  const kept = await state.read<string>(where);
  return kept && ((text) => nameBy(kept.value, text));
};

/**
 * Names by an HMAC with a random key, which is made once for a deployment and kept in its state. So the names do not change
 * when the credentials of a PBX do: an equal request stays equal, and counts continue. The function throws STATE_UNAVAILABLE.
 */
export const createPseudonyms = (state: StateStore, newId: () => string): Pseudonyms => {
  let key: Promise<string> | undefined;
  return async (text) => {
    key ??= makeKey(state, newId).catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    return nameBy(await key, text);
  };
};
