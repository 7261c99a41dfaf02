import type { Context } from "../context/context.ts";
import { UsageError } from "../terminal/output.ts";
import type { Prompt } from "../terminal/prompt.ts";

/** Keys with which a PBX signs its events: of its webhooks and of its SQS transport. */
export const eventKeys = ["webhook_secrets", "sqs_signing_key"] as const;
export type EventKey = (typeof eventKeys)[number];

/** `add` keeps the newest one valid beside the new one; `drop-old` keeps the newest one only. */
export const eventKeyChanges = ["add", "replace", "drop-old"] as const;
export type EventKeyChange = (typeof eventKeyChanges)[number];

/** A PBX has two keys of a kind while one replaces the other. */
const validAtOnce = 2;

const textsOf = (stored: unknown): string[] =>
  [stored].flat().filter((value): value is string => typeof value === "string");

/** The keys of one kind after a change, oldest first. `typed` is not used by `drop-old`. */
const changed = (stored: unknown, change: EventKeyChange, typed: string): string[] => {
  const current = textsOf(stored);
  switch (change) {
    case "add":
      return [...current.filter((key) => key !== typed), typed].slice(-validAtOnce);
    case "replace":
      return [typed];
    case "drop-old":
      return current.slice(-1);
  }
};

/** The value in a PBX's secret; undefined if it is not there before and after. */
export const changedEventKey = (
  name: EventKey,
  stored: unknown,
  change: EventKeyChange,
  typed: string,
): unknown => {
  const keys = changed(stored, change, typed);
  if (keys.length === 0) return stored;
  return name === "sqs_signing_key" && keys.length === 1 ? keys[0] : keys;
};

/** A secret that a person is asked for. */
export interface Question {
  /** Its name at the terminal, for example "Secret key". */
  readonly label: string;
  /** Begins the error if it is empty: the option that asks for it, or the PBX. Undefined: it can be empty. */
  readonly needs?: string;
  /** Added to the question. */
  readonly note?: string;
}

/**
 * Asks for secrets, which are never arguments: the shell's history and every process list would show them. If the input is not a
 * terminal, each is a line of it, in the order of the questions.
 */
export const askSecrets = async (
  context: Pick<Context, "stdin">,
  prompt: Prompt,
  questions: readonly Question[],
): Promise<string[]> => {
  const typed: string[] = [];
  if (prompt.interactive) {
    for (const { label, note = "" } of questions)
      typed.push((await prompt.hidden(`${label}, not shown while you type${note}: `)).trim());
  } else if (questions.length > 0) typed.push(...linesOf(await context.stdin(), questions));
  for (const [at, { label, needs }] of questions.entries())
    if (needs !== undefined && typed[at] === "")
      throw new UsageError(
        `${needs} needs the ${label.toLowerCase()}. Type it, or write it to standard input.`,
      );
  return typed;
};

const linesOf = (text: string, questions: readonly Question[]): string[] => {
  const lines = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
  if (lines.length > questions.length)
    throw new UsageError(
      `Standard input must have ${questions.length === 1 ? "one line" : `${questions.length} lines`}: ${questions.map(({ label }) => label.toLowerCase()).join(", ")}. It has ${lines.length} lines.`,
    );
  return questions.map((_, at) => lines[at] ?? "");
};
