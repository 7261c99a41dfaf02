import { execFile } from "node:child_process";
import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./venv.ts";

const run = promisify(execFile);

/**
 * The release from which a test upgrades. There is no tag of a release yet, so it is the last commit of 25 November 2026: after it,
 * exports got another layout, and the stack got its event bus, its dashboard and recorded parameters. Its code runs with the
 * installed dependencies. CONTRIBUTING.md says when to change it.
 */
export const previousRelease = "cab8604aeaf536411d187d8e35c1edd0b8a11648";

/** Undefined: this copy of the sources has no such commit, because the clone is shallow or there is no `.git`. */
export const unpackPreviousRelease = async (): Promise<string | undefined> => {
  const known = await run("git", ["cat-file", "-e", `${previousRelease}^{commit}`], { cwd: root }).then(
    () => true,
    () => false,
  );
  if (!known) return undefined;
  await mkdir(join(root, ".tmp"), { recursive: true });
  const folder = await mkdtemp(join(root, ".tmp/previous-"));
  const archive = join(folder, "sources.tar");
  await run("git", ["archive", "--format=tar", `--output=${archive}`, previousRelease], { cwd: root });
  await run("tar", ["-xf", archive, "-C", folder]);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
};
