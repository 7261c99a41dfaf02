import { readFileSync } from "node:fs";
import { blocksOf } from "./page.ts";

/** A heading of docs/runbook.md. */
export interface Entry {
  readonly name: string;
  /** Its block of commands. */
  readonly commands: string;
  /** The code spans of its expected output. */
  readonly expected: readonly string[];
}

const entriesOf = (part: string): Entry[] =>
  part
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [commands = ""] = blocksOf(section);
      const [, expected = ""] = /^\*\*Expected output\*\*:([\s\S]*?)^\*\*Action\*\*/m.exec(section) ?? [];
      return {
        name: section.split("\n", 1)[0] ?? "",
        commands,
        expected: [...expected.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span),
      };
    });

const [, alarms = "", notifications = ""] = readFileSync("docs/runbook.md", "utf8").split(
  /^## (?:Alarms|Notifications)$/m,
);
/** One for each alarm. */
export const alarmEntries = entriesOf(alarms);
export const notificationEntries = entriesOf(notifications);

/** Keys of an expected output in JSON, such as `{"due": …, "visited": …}`. */
const keysOf = (span: string): string[] => [...span.matchAll(/"(\w+)":/g)].map(([, key = ""]) => key);

/** What of the expected output is missing. A span such as `{"due": …}` stands for JSON with exactly these keys. */
export const missingIn = (output: string, expected: readonly string[]): string[] =>
  expected.filter((span) => {
    if (!span.startsWith("{")) return !output.includes(span);
    const [json = "{}"] = /\{[\s\S]*\}/.exec(output) ?? [];
    return Object.keys(JSON.parse(json)).join() !== keysOf(span).join();
  });
