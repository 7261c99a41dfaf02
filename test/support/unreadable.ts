import { chmod } from "node:fs/promises";

/** A user who owns no files. */
const nobody = 65_534;

/** Runs `act` while this user has no permission for a file or folder. Root has every permission, so it acts as another user. */
export const whileUnreadable = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  const isRoot = process.geteuid?.() === 0;
  await chmod(path, 0);
  if (isRoot) process.seteuid?.(nobody);
  try {
    return await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(path, 0o755);
  }
};
