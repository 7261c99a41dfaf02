import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { withFileLock } from "../../lib/local/file-lock.ts";
import { newDirectory } from "../support/cli.ts";

/** The id of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

/** The most that are inside the lock at the same time. */
const mostInside = async (path: string, waiters: number): Promise<number> => {
  let [inside, most] = [0, 0];
  const done = await Promise.all(
    Array.from({ length: waiters }, () =>
      withFileLock(path, async () => {
        inside++;
        most = Math.max(most, inside);
        await sleep(1);
        inside--;
      }),
    ),
  );
  expect(done.every((one) => one !== undefined)).toBe(true);
  return most;
};

describe("a lock that is a file", () => {
  it("has one holder at a time", async () => {
    expect(await mostInside(join(await newDirectory(), "lock"), 8)).toBe(1);
  });

  it.each([
    ["of an earlier release", ""],
    ["with an id", " 0f8fad5b"],
  ])("%s that a killed process left has one holder at a time", async (_form, id) => {
    const directory = await newDirectory();
    const pid = deadPid();
    const path = join(directory, "lock");
    await writeFile(path, `${pid}${id}`);
    expect(await mostInside(path, 8)).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it("that another waiter freed and took is not freed again", async () => {
    const path = join(await newDirectory(), "lock");
    const pid = deadPid();
    await writeFile(path, String(pid));
    // the other one comes between the look at the dead lock and its removal
    const isRunning = (id: number): boolean => {
      if (id !== pid) return true;
      rmSync(path);
      writeFileSync(path, `${process.pid} other`);
      return false;
    };
    expect(await withFileLock(path, async () => "done", { tries: 3, pauseMs: 1, isRunning })).toBeUndefined();
    expect(await readFile(path, "utf8")).toBe(`${process.pid} other`);
  });

  it("is freed also if the process that freed it was killed", async () => {
    const directory = await newDirectory();
    const path = join(directory, "lock");
    const pid = deadPid();
    await writeFile(path, String(pid));
    // the name of the lock for this one dead lock
    const name = createHash("sha256").update(String(pid)).digest("hex").slice(0, 16);
    await writeFile(`${path}.${name}`, String(pid));
    expect(await withFileLock(path, async () => "done")).toEqual({ result: "done" });
    expect(await readdir(directory)).toEqual([]);
  });

  it("that a running process holds is not freed", async () => {
    const path = join(await newDirectory(), "lock");
    await writeFile(path, String(process.pid));
    expect(await withFileLock(path, async () => "done", { tries: 2, pauseMs: 1 })).toBeUndefined();
  });

  it("is free after an error", async () => {
    const directory = await newDirectory();
    const path = join(directory, "lock");
    await expect(withFileLock(path, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await readdir(directory)).toEqual([]);
  });
});
