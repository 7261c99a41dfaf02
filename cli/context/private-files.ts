import { statSync } from "node:fs";
import type { Command } from "commander";
import { keysFileOf, pbxFileOf } from "../../lib/local/ports.ts";
import { paint } from "../terminal/output.ts";
import type { Context } from "./context.ts";

/** Files with secrets that a command reads. */
const filesOf = (command: Command, { env }: Context): string[] => {
  const takes = (option: string): boolean => command.options.some(({ long }) => long === option);
  const { pbxs, keys } = command.opts<{ pbxs?: string; keys?: string }>();
  const pbxFile = takes("--pbxs") ? pbxFileOf(env, pbxs) : undefined;
  const keysFile = takes("--keys") || command.name() === "serve" ? keysFileOf(env, keys) : undefined;
  const importedFiles =
    ["import", "rotate"].includes(command.name()) && command.parent?.name() === "secret" ? command.args : [];
  return [pbxFile, keysFile, ...importedFiles].filter((file) => file !== undefined);
};

/** Warns about a file of secrets that other users of this machine can read. Windows has no such bits. */
export const warnOfSharedFiles = (context: Context, command: Command): void => {
  if (process.platform === "win32") return;
  for (const file of filesOf(command, context)) {
    if (!isShared(file)) continue;
    context.output.err(
      `${paint(context.output, "yellow", "!")} Other users of this machine can read ${file}, which has secrets. Run \`chmod 600 ${file}\`.`,
    );
  }
};

/** False for what is not a file, or cannot be looked at: the command that reads it says so. */
const isShared = (file: string): boolean => {
  try {
    const stats = statSync(file);
    return stats.isFile() && (stats.mode & 0o077) !== 0;
  } catch {
    return false;
  }
};
