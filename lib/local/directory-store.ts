import { createHash, randomUUID } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { link, lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { ProductError } from "../errors.ts";
import type { Expect, ExportStore, ReadableStore, Staged, StoredObject } from "../store/store.ts";

/** Names at the root that begin with this are not objects of the store. */
const hidden = ".wildix-";
/** Where bytes are written until they are complete; on the same disk, so that the last step is a rename. */
const tempFolder = `${hidden}tmp`;

/**
 * The export store on a directory. An object's ETag is its SHA-256. A new object appears by a hard link, which fails if
 * it exists; replacing compares the ETag and renames, which another process on this directory could come between.
 */
export const directoryStore = async (root: string): Promise<ExportStore> => {
  await guarded(root, async () => {
    await makeFolders(join(resolve(root), tempFolder));
    await clean(root);
  });
  return storeAt(root);
};

/** The same only for reading: makes no directory and removes nothing, so it also serves what may not be written. */
export const readOnlyDirectory = (root: string): ReadableStore => storeAt(root);

const storeAt = (root: string): ExportStore => ({
  stage: (key, bytes) => guarded(key, () => stage(root, key, bytes)),
  head: (key) => guarded(key, () => head(root, key)),
  read: (key) =>
    guarded(key, async () => {
      return (await fileAt(root, key)) && createReadStream(pathOf(root, key));
    }),
  list: (prefix) => list(root, prefix),
  remove: (key, etag) =>
    guarded(key, async () => {
      const current = await head(root, key);
      if (current === undefined) return;
      if (current.etag !== etag) throw conflict(key);
      await rm(pathOf(root, key));
    }),
});

/** Creates folder by folder: the `recursive` option of Node runs forever if the file system, for example /proc, allows no new folder. */
const makeFolders = async (path: string): Promise<void> => {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const parent = dirname(path);
    if (codeOf(error) !== "ENOENT" || parent === path) throw error;
    // where the parent is there now, another has made it meanwhile
    if (!(await stat(parent).catch(ignoreMissing))?.isDirectory()) await makeFolders(parent);
    await mkdir(path).catch((again: unknown) => {
      if (codeOf(again) !== "EEXIST") throw again;
    });
  }
};

const pathOf = (root: string, key: string): string => join(root, ...key.split("/"));

/** A regular file of the store. A device or pipe would never end, and a link or `..` leads out of the directory. */
const fileAt = async (root: string, key: string): Promise<Stats | undefined> => {
  if (key.split("/").includes("..")) return undefined;
  const found = await lstat(pathOf(root, key)).catch(ignoreMissing);
  return found?.isFile() ? found : undefined;
};

const stage = async (root: string, key: string, bytes: AsyncIterable<Uint8Array>): Promise<Staged> => {
  const temp = join(root, tempFolder, `${process.pid}-${randomUUID()}`);
  const hash = createHash("sha256");
  let size = 0;
  try {
    const file = await open(temp, "wx");
    try {
      for await (const chunk of bytes) {
        hash.update(chunk);
        size += chunk.byteLength;
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temp, { force: true });
    throw error;
  }
  const etag = hash.digest("hex");
  return {
    size,
    commit: (expect) => guarded(key, () => commit(root, key, temp, expect).then(() => ({ key, etag, size }))),
    abort: () => rm(temp, { force: true }),
  };
};

const commit = async (root: string, key: string, temp: string, expect: Expect): Promise<void> => {
  const path = pathOf(root, key);
  await makeFolders(dirname(resolve(path)));
  if ("etag" in expect) {
    if ((await head(root, key))?.etag !== expect.etag) throw conflict(key);
    await rename(temp, path);
    return;
  }
  try {
    await link(temp, path);
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? conflict(key) : error;
  }
  await rm(temp);
};

const head = async (root: string, key: string): Promise<StoredObject | undefined> => {
  const found = await fileAt(root, key);
  if (found === undefined) return undefined;
  return { key, etag: await fileHash(pathOf(root, key)), size: found.size };
};

/** The SHA-256 of a file, in hex. */
export const fileHash = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
};

async function* list(root: string, prefix: string): AsyncIterable<StoredObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const entries = await guarded(folder || root, () =>
    readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(ignoreMissing),
  );
  const keys = (entries ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((key) => key.startsWith(prefix) && !key.startsWith(hidden))
    .sort();
  for (const key of keys) {
    const object = await head(root, key);
    if (object) yield object;
  }
}

/** Removes what killed processes left behind. */
const clean = async (root: string): Promise<void> => {
  for (const name of await readdir(join(root, tempFolder))) {
    if (!isRunning(Number.parseInt(name, 10))) await rm(join(root, tempFolder, name), { force: true });
  }
};

/** Whether a process of this machine still lives. */
export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
};

/** The disk's word for what went wrong, for example ENOENT. */
export const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";

const ignoreMissing = (error: unknown): undefined => {
  if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
  throw error;
};

const conflict = (key: string): ProductError =>
  new ProductError("STORE_CONFLICT", {
    detail: `another run changed ${key} after this run began`,
    field: key,
  });

/** The cause, and what to do. */
const said: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Free some space.",
  EDQUOT: "the quota is used up. Free some space.",
  EACCES: "this user has no permission there. Change the permissions, or give another directory.",
  EPERM: "this user has no permission there. Change the permissions, or give another directory.",
  EROFS: "the disk is read-only. Give another directory.",
  ENOTDIR: "a file has the name of a directory that is needed. Give another directory.",
  ENOENT: "the directory cannot be made there. Give another directory.",
};

/** Explains the disk's errors; errors of the source of bytes and of this product pass unchanged. */
const guarded = async <T>(what: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act();
  } catch (cause) {
    const words = said[codeOf(cause)];
    if (cause instanceof ProductError || words === undefined) throw cause;
    throw new ProductError("STORE_UNAVAILABLE", {
      detail: `${what} cannot be read or written: ${words}`,
      field: what,
      cause,
    });
  }
};
