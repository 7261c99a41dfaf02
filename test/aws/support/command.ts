import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root } from "./venv.ts";

/** Runs the `wildix` command of a folder with the sources in a process of its own. */
export const runWildix = async (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = "",
  folder = root,
): Promise<{ code: number; out: string; err: string }> => {
  const child = spawn(process.execPath, [join(folder, "cli/bin.mjs"), ...args], { env });
  child.stdin.end(stdin);
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, "close");
  return { code: Number(code), out: await out, err: await err };
};
