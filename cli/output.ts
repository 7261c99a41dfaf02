import { SingleBar } from "cli-progress";
import Table from "cli-table3";
import { maskText } from "../lib/mask.ts";
import { CodedError } from "../lib/wms/errors.ts";

/** Where a command writes; tests give their own. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  readonly colours: boolean;
  /** Whether somebody watches: progress bars are for people. */
  readonly live: boolean;
}

export const terminal: Output = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  colours: process.stdout.isTTY === true && !process.env["NO_COLOR"],
  live: process.stderr.isTTY === true,
};

/** Wrong usage: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A whole number above 0, as an option gives it. */
export const whole = (text: string, option: string): number => {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${option} is a whole number above 0`);
};

export interface ErrorObject {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly cause: string;
  readonly cure: string;
  readonly sent?: string;
  readonly status?: number;
}

/** An error as JSON. */
export const errorObject = (error: unknown): ErrorObject => {
  if (isStop(error)) {
    return {
      code: "STOPPED",
      message: "stopped before it was done",
      cause: "Somebody pressed Ctrl-C, or ended the process.",
      cure: "Run the same command again; an export keeps its finished days. A call that was on its way may have been placed.",
    };
  }
  if (error instanceof CodedError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.field === undefined ? {} : { field: error.field }),
      cause: error.doc.cause,
      cure: error.doc.cure,
      ...(error.sent === undefined ? {} : { sent: error.sent }),
      ...(error.pbxStatus === undefined ? {} : { status: error.pbxStatus }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError)
    return { code: "USAGE", message, cause: "The command was not understood.", cure: "See `wildix --help`." };
  return {
    code: "INTERNAL",
    message,
    cause: "Something happened that nobody expected.",
    cure: "Please report it.",
  };
};

const isStop = (error: unknown): boolean =>
  (error instanceof CodedError && error.code === "WMS_ABORTED") ||
  (error instanceof Error && error.name === "AbortError");

export const paint = (
  output: Output,
  colour: "red" | "green" | "yellow" | "dim" | "bold",
  text: string,
): string => {
  const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 };
  return output.colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
};

export const printError = (output: Output, error: unknown, json: boolean): void => {
  const object = errorObject(error);
  if (json) {
    output.err(JSON.stringify({ error: object }));
    return;
  }
  output.err(
    `${paint(output, "red", "✗")} ${maskText(object.message)} ${paint(output, "dim", `(${object.code})`)}`,
  );
  if (object.code === "USAGE") return;
  output.err(`  Likely cause: ${object.cause}`);
  output.err(`  Cure:         ${object.cure}`);
};

export const number = (value: number): string => value.toLocaleString("en-US");
/** `3 days`, `1 day`. */
export const counted = (value: number, one: string): string =>
  `${number(value)} ${one}${value === 1 ? "" : "s"}`;

/** A bar for people who watch; it leaves no trace. */
export const newBar = (format: string): SingleBar =>
  new SingleBar({ format, hideCursor: true, clearOnComplete: true });

/** Rows as a table; control characters of the PBX's texts never reach the terminal. */
export const table = (heads: readonly string[], rows: readonly (readonly unknown[])[]): string => {
  const made = new Table({ head: [...heads], style: { head: [], border: [], compact: true } });
  for (const row of rows) made.push(row.map((cell) => String(cell ?? "").replace(/\p{Cc}/gu, " ")));
  return made.toString();
};
