import { createPseudonyms } from "../pseudonyms.ts";
import type { StateStore } from "../state.ts";

/** The ids of records about a number, by the key of this deployment's state: they stay the same when credentials change. */
export const createNames = (state: StateStore, newId: () => string) => {
  const pseudonym = createPseudonyms(state, newId);
  const name = (...parts: string[]): Promise<string> => pseudonym(JSON.stringify(parts));
  return {
    /** Typed behind a command, where a hyphen would begin an option. */
    callback: async (pbx: string, number: string, queueKey: string) =>
      (await name("callback", pbx, number, queueKey)).replace(/^-/, "_"),
    number: (pbx: string, number: string) => name("number", pbx, number),
    listed: (number: string) => name("dnc", number),
  };
};

export type Names = ReturnType<typeof createNames>;
