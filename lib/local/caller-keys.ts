import { createHash, randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { CallerKeys, StoredKeys } from "../callers/keys.ts";
import { ProductError } from "../errors.ts";
import { systemClock } from "../wms/system-clock.ts";
import { codeOf, isRunning } from "./directory-store.ts";

/** The callers' keys in memory, for one process. */
export const memoryKeys = (): CallerKeys => {
  let current: StoredKeys | undefined;
  return {
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
    read: () => available(path, read),
    write: (text, version) =>
      available(path, () =>
        locked(`${path}.lock`, async () => {
          if ((await read())?.version !== version) return false;
          const temp = `${path}.${process.pid}`;
          await writeFile(temp, text, { mode: 0o600, flush: true });
          await rename(temp, path);
          return true;
        }),
      ),
  };
};

const patience = { tries: 200, pauseMs: 10 };

/** One at a time; false if another process holds on to it for too long. */
const locked = async (path: string, act: () => Promise<boolean>): Promise<boolean> => {
  for (let attempt = 0; attempt < patience.tries; attempt++) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      await freeIfDead(path);
      await systemClock.sleep(patience.pauseMs);
      continue;
    }
    try {
      return await act();
    } finally {
      await rm(path, { force: true });
    }
  }
  return false;
};

/** A killed process leaves its lock behind. */
const freeIfDead = async (path: string): Promise<void> => {
  const holder = Number.parseInt(await readFile(path, "utf8").catch(() => ""), 10);
  if (holder > 0 && !isRunning(holder)) await rm(path, { force: true });
};

const available = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    throw new ProductError("KEYS_UNAVAILABLE", {
      field: path,
      detail: `${path} cannot be read or written (${codeOf(cause)}). Check the path and the permissions of this user.`,
      cause,
    });
  }
};
