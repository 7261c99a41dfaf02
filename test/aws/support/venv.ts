import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const root = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");
const venv = join(root, ".tmp/venv");
const requirements = join(root, "test/aws/requirements.txt");

/** A program of the virtual environment, such as `python` or `cfn-lint`. */
export const inVenv = (program: string): string => join(venv, "bin", program);

/** Makes the virtual environment, once for each state of requirements.txt. Nothing is written outside the clone. */
export const ensureVenv = async (): Promise<void> => {
  const wanted = await readFile(requirements, "utf8");
  const stamp = join(venv, "requirements.txt");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
  await rm(venv, { recursive: true, force: true });
  // pip asks a Rust compiler, where there is one, for its version, and that makes itself at home
  const env = { ...process.env, RUSTUP_HOME: join(root, ".tmp/rustup") };
  await run("python3", ["-m", "venv", venv], { env }).catch((cause: unknown) => {
    throw new Error("no virtual environment could be made: install Python 3 with venv (python3-venv)", {
      cause,
    });
  });
  const pip = [
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--no-cache-dir",
    "install",
    "--no-compile",
    "--quiet",
  ];
  await run(inVenv("python"), [...pip, "--requirement", requirements], { env });
  await writeFile(stamp, wanted);
};
