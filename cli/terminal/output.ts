import Table from "cli-table3";
import { defined } from "../../lib/defined.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { maskText, shown } from "../../lib/mask.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { awsFailure } from "./aws-failure.ts";
import { inOneLine, printable } from "./clean-text.ts";

/** Where a command writes; tests give their own. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  readonly colours: boolean;
  /** Columns of the terminal; undefined: no limit. */
  readonly columns?: number | undefined;
  /** Whether progress bars are shown: only on a terminal. */
  readonly live: boolean;
  /** Where bars are drawn. @default standard error */
  readonly stream?: NodeJS.WritableStream;
  /** Whether the reader of the output has ended. @default it has not */
  readonly isClosed?: () => boolean;
}

/** A terminal without escape sequences sets `TERM=dumb`. */
export const showsColours = (
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean => isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";

const write = (stream: NodeJS.WriteStream, text: string): void => {
  stream.write(`${stream.isTTY === true ? printable(text) : text}\n`);
};

export const terminal: Output = {
  out: (text) => write(process.stdout, text),
  err: (text) => write(process.stderr, text),
  colours: showsColours(process.stdout.isTTY === true, process.env),
  live: process.stderr.isTTY === true && process.env["TERM"] !== "dumb",
  isClosed: () => process.stdout.destroyed,
  get columns() {
    return process.stdout.columns ?? (Number(process.env["COLUMNS"]) || undefined);
  },
};

/** Wrong usage: exit code 2. The message is one or more whole sentences. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface ErrorObject {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly cause: string;
  /** The fix. The name is public, so it stays. */
  readonly cure: string;
  readonly sent?: string;
  readonly status?: number;
}

/** The command was stopped by Ctrl-C; `next` says what to do now. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";
  readonly next: string;
  constructor(next: string, cause?: unknown) {
    super("The command was stopped before it ended.", { cause });
    this.next = next;
  }
}

const again = "Run the same command again.";

/** An error as JSON. A value that was typed can be a secret or a phone number, also behind the wrong option. */
export const errorObject = (error: unknown): ErrorObject => {
  const object = unmasked(error);
  const { message, field } = object;
  return { ...object, message: maskText(message), ...defined({ field: field && maskText(field) }) };
};

const unmasked = (error: unknown): ErrorObject => {
  if (isStop(error)) {
    const { message, next } = error instanceof StoppedError ? error : new StoppedError(again);
    return {
      code: "STOPPED",
      message,
      cause: "You pressed Ctrl-C, or another program ended this process.",
      cure: next,
    };
  }
  const ofAws = awsFailure(error);
  const failure = ofAws && { cause: ofAws.cause, cure: ofAws.fix };
  if (error instanceof CodedError) {
    return {
      code: error.code,
      message: error.message,
      ...defined({ field: error.field }),
      cause: error.doc.cause,
      cure: error.doc.fix,
      ...failure,
      ...defined({ sent: error.sent, status: error.pbxStatus }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError)
    return {
      code: "USAGE",
      message,
      cause: "The command, an option or an argument is wrong.",
      cure: "See `wildix --help`.",
    };
  return {
    code: "INTERNAL",
    message,
    cause: "An unexpected error in this program.",
    cure: "Report it with the message.",
    ...failure,
  };
};

export const isStop = (error: unknown): boolean =>
  error instanceof StoppedError ||
  (error instanceof CodedError && error.code === "WMS_ABORTED") ||
  (error instanceof Error && error.name === "AbortError");

export const paint = (
  output: Pick<Output, "colours">,
  colour: "red" | "green" | "yellow" | "dim" | "bold",
  text: string,
): string => {
  const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };
  return output.colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
};

/** Codes whose messages name what is wrong and the fix: no second, general line follows. */
const precise: ReadonlySet<string> = new Set([
  "USAGE",
  "NOT_FOUND",
  "INPUT_INVALID",
  "CONFIG_MISSING",
  "CONFIG_INVALID",
  "CALL_FORBIDDEN",
  "PBX_UNKNOWN",
  "PBX_SECRET_INVALID",
  "KEYS_INVALID",
  "SOUND_EXISTS",
  "WMS_HOST_INVALID",
  "WMS_PARAM_INVALID",
  "WMS_PATH_INVALID",
  "WMS_HEADER_INVALID",
]);

/** Codes of files, directories and services of AWS. */
const ofPlaces: ReadonlySet<string> = new Set([
  "REGISTRY_UNAVAILABLE",
  "KEYS_UNAVAILABLE",
  "STORE_UNAVAILABLE",
  "STATE_UNAVAILABLE",
]);

export const printError = (output: Output, error: unknown, json: boolean): void => {
  const object = errorObject(error);
  if (json) {
    output.err(JSON.stringify({ error: object }));
    return;
  }
  output.err(`${paint(output, "red", "✗")} ${object.message} ${paint(output, "dim", `(${object.code})`)}`);
  // about a file, the message is whole sentences and has the fix; about a service of AWS, it has not
  const isPrecise = ofPlaces.has(object.code) && object.message.endsWith(".");
  if (isPrecise || precise.has(object.code)) return;
  if (object.code !== "STOPPED") output.err(`  Likely cause: ${object.cause}`);
  output.err(`  Fix: ${object.cure}`);
};

export const number = (value: number): string => value.toLocaleString("en-US");
/** `3 days`, `1 day`. */
export const counted = (value: number, one: string): string =>
  `${number(value)} ${one}${value === 1 ? "" : "s"}`;

/** An option that is a list with commas. */
export const listOf = (text: string): string[] => text.split(",").map((name) => name.trim());

/** The columns of a table: those of `--columns`, or the usual ones. Throws UsageError for an unknown one. */
export const chosenColumns = <Name extends string>(
  text: string | undefined,
  all: readonly Name[],
  usual: readonly Name[],
): readonly Name[] => {
  if (text === undefined) return usual;
  const names = listOf(text);
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown === undefined) return names.flatMap((name) => all.find((known) => known === name) ?? []);
  const near = didYouMean(unknown, all);
  throw new UsageError(
    `\`--columns\` must be a list of ${all.join(",")}; got ${shown(unknown)}.${near === undefined ? "" : ` Did you mean ${near}?`}`,
  );
};

/**
 * Rows as a table as wide as the terminal; control characters of the PBX's texts never reach the terminal. The first cell of a row that
 * `isMarked` is red.
 */
export const table = (
  output: Pick<Output, "columns"> & Partial<Pick<Output, "colours">>,
  heads: readonly string[],
  rows: readonly (readonly unknown[])[],
  isMarked: (row: number) => boolean = () => false,
): string => {
  const { columns: width, colours = false } = output;
  const texts = [heads, ...rows].map((row) => heads.map((_, at) => inOneLine(String(row[at] ?? ""))));
  const [head = [], ...cells] = texts;
  const made = new Table({
    head,
    // two blanks of padding in each column
    colWidths: narrowed(
      heads.map((_, at) => Math.max(...texts.map((row) => widthOf(row[at] ?? ""))) + 2),
      width,
    ),
    style: { head: [], border: [], compact: true },
  });
  made.push(
    ...cells.map(([first = "", ...others], row) => [
      isMarked(row) ? paint({ colours }, "red", first) : first,
      ...others,
    ]),
  );
  return made.toString();
};

/** Columns of a terminal that a string takes. */
const widthOf = (text: string): number => text.length + (text.match(wide)?.length ?? 0);
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/gu;

/** Padding, a character and the mark of a cut. */
const least = 4;

/** Takes from the widest columns until all fit between their borders. The first column names the row, and counts half. */
const narrowed = (natural: readonly number[], width = Number.POSITIVE_INFINITY): number[] => {
  const widths = [...natural];
  const all = (): number => widths.reduce((sum, each) => sum + each + 1, 1);
  while (all() > width) {
    const weights = widths.map((each, at) => (each <= least ? 0 : at === 0 ? each / 2 : each));
    const widest = Math.max(...weights);
    if (widest === 0) break;
    const at = weights.lastIndexOf(widest);
    widths[at] = (widths[at] ?? 0) - 1;
  }
  return widths;
};
