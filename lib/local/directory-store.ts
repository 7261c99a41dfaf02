import { createHash, randomUUID } from "node:crypto";
import { createReadStream, type Dirent, type Stats } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
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
  await guarded(root, "written", async () => {
    await makeFolders(join(resolve(root), tempFolder));
    await clean(root);
  });
  return storeAt(root);
};

/** The same only for reading: makes no directory and removes nothing, so it also serves what may not be written. */
export const readOnlyDirectory = (root: string): ReadableStore => storeAt(root);

const storeAt = (root: string): ExportStore => ({
  stage: (key, bytes) => guarded(key, "written", () => stage(root, key, bytes)),
  head: (key) => guarded(key, "read", () => head(root, key)),
  read: (key) => guarded(key, "read", () => read(root, key)),
  list: (prefix) => list(root, prefix),
  remove: (key, etag) =>
    guarded(key, "removed", async () => {
      const current = await head(root, key);
      if (current === undefined) return;
      if (current.etag !== etag) throw conflict(key);
      await rm(pathOf(root, key));
    }),
});

/** Creates folder by folder: the `recursive` option of Node runs forever if the file system, for example /proc, allows no new folder. */
export const makeFolders = async (path: string, mode?: number): Promise<void> => {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === "EEXIST") return;
    const parent = dirname(path);
    if (codeOf(error) !== "ENOENT" || parent === path) throw error;
    // where the parent is there now, another has made it meanwhile
    if (!(await stat(parent).catch(ignoreMissing))?.isDirectory()) await makeFolders(parent, mode);
    await mkdir(path, { mode }).catch((again: unknown) => {
      if (codeOf(again) !== "EEXIST") throw again;
    });
  }
};

const pathOf = (root: string, key: string): string => join(root, ...key.split("/"));

/** Whether all folders before the last slash are folders. A symbolic link leads out of the directory. */
const hasFolders = async (root: string, key: string): Promise<boolean> => {
  const folders = key.split("/").slice(0, -1);
  for (const at of folders.keys()) {
    const found = await lstat(join(root, ...folders.slice(0, at + 1))).catch(ignoreMissing);
    if (!found?.isDirectory()) return false;
  }
  return true;
};

/** A regular file of the store. A device or pipe would never end, and a link or `..` leads out of the directory. */
const fileAt = async (root: string, key: string): Promise<Stats | undefined> => {
  if (key.split("/").includes("..") || !(await hasFolders(root, key))) return undefined;
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
    commit: (expect) =>
      guarded(key, "written", () => commit(root, key, temp, expect).then(() => ({ key, etag, size }))),
    abort: () => rm(temp, { force: true }),
  };
};

const commit = async (root: string, key: string, temp: string, expect: Expect): Promise<void> => {
  const path = pathOf(root, key);
  await makeFolders(dirname(resolve(path)));
  if (!(await hasFolders(root, key)))
    throw unavailable(key, "written", "a folder in its path is a symbolic link. Give another directory.");
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
const fileHash = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
};

/** Opens the file first: an error of the stream would come after the caller has the stream. */
const read = async (root: string, key: string): Promise<AsyncIterable<Uint8Array> | undefined> => {
  if ((await fileAt(root, key)) === undefined) return undefined;
  const file = await open(pathOf(root, key)).catch(ignoreMissing);
  return file && bytesOf(file, key);
};

async function* bytesOf(file: FileHandle, key: string): AsyncIterable<Uint8Array> {
  try {
    yield* file.createReadStream();
  } catch (error) {
    throw explained(key, "read", error);
  } finally {
    await file.close();
  }
}

async function* list(root: string, prefix: string): AsyncIterable<StoredObject> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const entries = await readFolder(root, folder).catch((error: unknown) => {
    throw explained(folderIn(error, root) ?? (folder || root), "read", error);
  });
  const keys = (entries ?? [])
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((key) => key.startsWith(prefix) && !key.startsWith(hidden))
    .sort();
  for (const key of keys) {
    const object = await head(root, key).catch((error: unknown) => {
      // it is in the list, and only reading it is an error
      if (said[codeOf(error)] !== undefined) return { key, etag: unreadable, size: 0 };
      throw error;
    });
    if (object) yield object;
  }
}

const readFolder = async (root: string, folder: string): Promise<Dirent[] | undefined> =>
  (await hasFolders(root, folder))
    ? readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(ignoreMissing)
    : undefined;

/** The folder that the disk's error is about, by its key. */
const folderIn = (error: unknown, root: string): string | undefined =>
  typeof error === "object" && error !== null && "path" in error
    ? relative(root, String(error.path)).split(sep).join("/") || undefined
    : undefined;

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
  EIO: "the disk reports an error. Check the disk.",
  EROFS: "the disk is read-only. Give another directory.",
  ENOTDIR: "a file has the name of a directory that is needed. Give another directory.",
  ENOENT: "the directory cannot be made there. Give another directory.",
};

/** In place of the ETag of a file that cannot be read: no object has it. */
const unreadable = "";

type Act = "read" | "written" | "removed";

const unavailable = (what: string, act: Act, words: string, cause?: unknown): ProductError =>
  new ProductError("STORE_UNAVAILABLE", {
    detail: `${what} cannot be ${act}: ${words}`,
    field: what,
    cause,
  });

/** Explains the disk's errors; errors of the source of bytes and of this product pass unchanged. */
const explained = (what: string, act: Act, error: unknown): unknown => {
  const words = said[codeOf(error)];
  if (error instanceof ProductError || words === undefined) return error;
  return unavailable(what, act, words, error);
};

const guarded = async <T>(what: string, act: Act, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw explained(what, act, error);
  }
};
