import { chmod, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

/** A user who owns no files. */
const nobody = 65_534;

/** Lets every user pass the folders above a path, up to the temporary folder: it can be this user's own. */
const open = async (path: string): Promise<void> => {
  const folder = dirname(path);
  if (!folder.startsWith(tmpdir())) return;
  await chmod(folder, (await stat(folder)).mode | 0o055);
  await open(folder);
};

/** Runs `act` while this user has no permission for a file or folder. Root has every permission, so it acts as another user. */
export const whileUnreadable = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) await open(path);
  await chmod(path, 0);
  if (isRoot) process.seteuid?.(nobody);
  try {
    return await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(path, 0o755);
  }
};
