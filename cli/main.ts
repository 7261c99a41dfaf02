import { text } from "node:stream/consumers";
import { CommanderError } from "commander";
import type { Clock } from "../lib/wms/clock.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import type { Context } from "./context.ts";
import { type Output, printError, terminal, UsageError } from "./output.ts";
import { buildProgram } from "./program.ts";
import { stopSignal } from "./until-stopped.ts";

export interface MainOptions {
  readonly output?: Output;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: () => Promise<string>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** Runs the command and gives its exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export const main = async (args: readonly string[], options: MainOptions = {}): Promise<number> => {
  const output = options.output ?? terminal;
  const context: Context = {
    output,
    env: options.env ?? process.env,
    stdin: options.stdin ?? (() => text(process.stdin)),
    clock: options.clock ?? systemClock,
    signal: options.signal ?? stopSignal(),
  };
  if (options.output === undefined) endWithReader();
  let code = 0;
  try {
    const program = buildProgram(context, (result) => {
      code = result;
    });
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(output, error, args.includes("--json"));
    return error instanceof UsageError ? 2 : 1;
  }
};

/** Whoever reads our output may have seen enough. */
const endWithReader = (): void => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
};
