import { createHash } from "node:crypto";
import type { ExportStore } from "../../lib/store/store.ts";
import { plainStore } from "./plain-store.ts";

/** Text that hardly compresses. */
export const noise = (length: number, seed = ""): string => {
  let text = "";
  for (let at = 0; text.length < length; at++)
    text += createHash("sha256").update(`${seed} ${at}`).digest("base64");
  return text.slice(0, length);
};

/** A store that reads what comes until `take` fails, and forgets what it is told to. */
export const storeOf = (take: (chunk: Uint8Array, count: number) => Promise<void> | void) => {
  const store = plainStore();
  const sizes: number[] = [];
  const aborted: string[] = [];
  const taking: ExportStore = {
    ...store,
    stage: async (key, bytes) => {
      const staged = await store.stage(
        key,
        (async function* () {
          for await (const chunk of bytes) {
            sizes.push(chunk.length);
            await take(chunk, sizes.length);
            yield chunk;
          }
        })(),
      );
      return { ...staged, abort: async () => void aborted.push(key) };
    },
  };
  return { store: taking, sizes, aborted };
};
