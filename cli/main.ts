import { buffer } from "node:stream/consumers";
import { type Command, CommanderError } from "commander";
import { isError } from "../lib/errors.ts";
import { decodeText } from "../lib/text-file.ts";
import type { Clock } from "../lib/wms/clock.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import type { Context } from "./context/context.ts";
import { buildProgram } from "./programs/program.ts";
import { type Output, printError, terminal, UsageError } from "./terminal/output.ts";
import { stopSignal } from "./terminal/until-stopped.ts";
import { inTypedNames, NamedError } from "./typed/typed-names.ts";

export interface MainOptions {
  readonly output?: Output;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: () => Promise<string>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/** Runs the command and returns its exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export const main = async (args: readonly string[], options: MainOptions = {}): Promise<number> => {
  const output = options.output ?? terminal;
  const json = args.includes("--json");
  let acting: Command | undefined;
  const context: Context = {
    output,
    env: options.env ?? process.env,
    stdin: options.stdin ?? (async () => decodeText(await buffer(process.stdin))),
    clock: options.clock ?? systemClock,
    signal: options.signal ?? stopSignal(),
    inTypedNames: (error) => inTypedNames(error, acting, context.env),
  };
  if (options.output === undefined) outliveReaders();
  let code = 0;
  try {
    const program = buildProgram(
      context,
      (result) => {
        code = result;
      },
      json,
    );
    program.hook("preAction", (_program, command) => {
      acting = command;
    });
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0;
      if (json) printError(output, new UsageError(thrown.message.replace(/^error: /, "")), true);
      return 2;
    }
    const error = context.inTypedNames(thrown);
    printError(output, error, json);
    return isWrongUsage(error) ? 2 : 1;
  }
};

const isWrongUsage = (error: unknown): boolean =>
  error instanceof UsageError ||
  (error instanceof NamedError &&
    error.ofOption &&
    isError(error, "INPUT_INVALID", "PBX_UNKNOWN", "PBX_SECRET_INVALID"));

/**
 * The reader of our output, for example `head`, can end before the command. The command continues without output, so that it does
 * not stop in the middle of a change, and its exit code stays true.
 */
const outliveReaders = (): void => {
  const isGone = ({ code }: NodeJS.ErrnoException): boolean =>
    code === "EPIPE" || code === "ERR_STREAM_DESTROYED";
  // a fault of standard error can be reported nowhere
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (isGone(error)) return;
    const reason = error.code ?? error.message;
    process.stderr.write(`✗ Standard output cannot be written (${reason}). Check the disk.\n`);
    process.exit(1);
  });
};
