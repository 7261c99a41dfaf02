import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { root } from "./venv.ts";

/** The blocks of shell commands of a page. */
export const blocksOf = (page: string): string[] =>
  [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, commands = ""]) => commands);

/** Runs a block as a user would who pastes it into a shell, in `folder`. Throws if a command fails. */
export const runBlock = async (
  block: string,
  env: Readonly<Record<string, string>>,
  { stdin = "", folder = root }: { readonly stdin?: string; readonly folder?: string } = {},
): Promise<string> => {
  const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", block], {
    cwd: folder,
    // npm does not ask for a newer npm
    env: { ...env, PATH: process.env["PATH"], npm_config_update_notifier: "false" },
  });
  child.stdin.end(stdin);
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, "close");
  const said = (await out) + (await err);
  if (code !== 0) throw new Error(`ended with ${code}:\n${said}`);
  return said;
};
