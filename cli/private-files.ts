import { statSync } from "node:fs";
import type { Command } from "commander";
import type { Context } from "./context.ts";
import { paint } from "./output.ts";

/** Files with secrets that a command reads: by its options, the environment, or their usual names. */
const filesOf = (command: Command, { env }: Context): string[] => {
  const takes = (option: string): boolean => command.options.some(({ long }) => long === option);
  const given: Readonly<Record<string, unknown>> = command.opts();
  const file = (name: unknown, variable: string, usual: string): string =>
    typeof name === "string" ? name : env[variable] || usual;
  return [
    ...(takes("--pbxs") ? [file(given["pbxs"], "WILDIX_PBXS", "pbxs.json")] : []),
    ...(takes("--keys") || command.name() === "serve"
      ? [file(given["keys"], "WILDIX_KEYS", "keys.json")]
      : []),
  ];
};

/** Warns about a file of secrets that other users of this machine can read. Windows has no such bits. */
export const warnOfSharedFiles = (context: Context, command: Command): void => {
  if (process.platform === "win32") return;
  for (const file of filesOf(command, context)) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) === 0) continue;
    context.output.err(
      `${paint(context.output, "yellow", "!")} Other users of this machine can read ${file}, which has secrets. Run \`chmod 600 ${file}\`.`,
    );
  }
};
