import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { CallerKeys, StoredKeys } from "../callers/keys.ts";
import { ProductError } from "../errors.ts";
import { codeOf } from "./directory-store.ts";
import { holderOf, withFileLock } from "./file-lock.ts";

/** The callers' keys in memory, for one process. */
export const memoryKeys = (): CallerKeys => {
  let current: StoredKeys | undefined;
  return {
    source: "memory",
    read: async () => current,
    write: async (text, version) => {
      if (current?.version !== version) return false;
      current = { text, version: randomUUID() };
      return true;
    },
  };
};

/** The same in a file that only its owner may read. A writer holds `<path>.lock`, so that no change is lost. */
export const fileKeys = (path: string): CallerKeys => {
  const read: CallerKeys["read"] = async () => {
    try {
      const text = await readFile(path, "utf8");
      return { text, version: createHash("sha256").update(text).digest("hex") };
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  };
  return {
    source: path,
    read: () => available(path, read),
    write: (text, version) =>
      available(path, async () => {
        const lock = `${path}.lock`;
        const done = await withFileLock(lock, async () => {
          if ((await read())?.version !== version) return false;
          const temp = `${path}.${process.pid}`;
          await writeFile(temp, text, { mode: 0o600, flush: true });
          await rename(temp, path);
          return true;
        });
        if (done === undefined) throw await heldLock(path, lock);
        return done.result;
      }),
  };
};

/** The id of a killed process can be that of a new program, whose end would be awaited for ever. */
const heldLock = async (path: string, lock: string): Promise<ProductError> => {
  const pid = await holderOf(lock);
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return new ProductError("KEYS_UNAVAILABLE", {
    field: path,
    detail: `${path} is locked by ${holder}. If this process is not a \`wildix\` command, remove ${lock}.`,
  });
};

const available = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof ProductError) throw cause;
    const why =
      codeOf(cause) === "ENOENT"
        ? `must be in a directory that exists; got ${dirname(path)} (ENOENT). Create it, or check the path.`
        : `cannot be read or written (${codeOf(cause)}). Check the path and the permissions of this user.`;
    throw new ProductError("KEYS_UNAVAILABLE", { field: path, detail: `${path} ${why}`, cause });
  }
};
