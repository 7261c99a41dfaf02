import { createHash, randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { systemClock } from "../wms/system-clock.ts";
import { codeOf, isRunning } from "./directory-store.ts";

const defaults = { tries: 200, pauseMs: 10, isRunning };

/**
 * Runs `act` while the file `path` exists, which only one process and one call at a time can make. Returns undefined if another one
 * holds the lock for about 2 s. A killed process leaves its lock behind, and the next one frees it.
 */
export const withFileLock = async <T>(
  path: string,
  act: () => Promise<T>,
  options: Partial<typeof defaults> = {},
): Promise<{ readonly result: T } | undefined> => {
  const { tries, pauseMs, ...processes } = { ...defaults, ...options };
  for (let attempt = 0; attempt < tries; attempt++) {
    if (await take(path)) {
      try {
        return { result: await act() };
      } finally {
        await rm(path, { force: true });
      }
    }
    await freeIfLeft(path, processes);
    await systemClock.sleep(pauseMs);
  }
  return undefined;
};

/** The process that holds a lock; undefined: the lock is free, or does not name a process. */
export const holderOf = async (path: string): Promise<number | undefined> => pidIn(await textOf(path));

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");

const pidIn = (text: string): number | undefined => {
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : undefined;
};

/** Appears with its text, by a hard link: a process that is killed never leaves a lock that names no process. */
const take = async (path: string): Promise<boolean> => {
  const id = randomUUID();
  const temp = `${path}.${id}`;
  await writeFile(temp, `${process.pid} ${id}`, { flag: "wx", mode: 0o600 });
  try {
    await link(temp, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(temp, { force: true });
  }
};

/**
 * Removes the lock of a process that was killed. Two waiters can find the same one: the second must not remove the lock that the
 * first then takes. So only one at a time removes it, by a lock for this one lock, and reads it again before.
 */
const freeIfLeft = async (path: string, processes: Pick<typeof defaults, "isRunning">): Promise<void> => {
  const left = await textOf(path);
  const pid = pidIn(left);
  if (pid === undefined || processes.isRunning(pid)) return;
  const name = createHash("sha256").update(left).digest("hex").slice(0, 16);
  await withFileLock(`${path}.${name}`, async () => {
    if ((await textOf(path)) === left) await rm(path, { force: true });
  });
};
