import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { UsageError } from "../terminal/output.ts";

/** Writes the file that an option names. A reader of the file gets the old text or the new one. Throws UsageError that names the option. */
export const writePage = async (path: string, option: string, text: string): Promise<void> => {
  const temp = `${path}.${process.pid}.tmp`;
  try {
    const isFile = await lstat(path).then(
      (stat) => stat.isFile(),
      () => true,
    );
    // a pipe, a device or a symbolic link stays
    if (!isFile) return await writeFile(path, text);
    await writeFile(temp, text);
    await rename(temp, path);
  } catch (error) {
    await rm(temp, { force: true }).catch(() => undefined);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new UsageError(
      `\`${option}\` must be a file that can be written; got ${path} (${causes[code] ?? code}). Give another path.`,
    );
  }
};

const causes: Readonly<Record<string, string>> = {
  ENOENT: "its directory does not exist",
  ENOTDIR: "its directory is a file",
  EISDIR: "it is a directory",
  EACCES: "no permission",
  EROFS: "read-only file system",
  ENOSPC: "no space left",
};
