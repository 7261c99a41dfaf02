import { readFile } from "node:fs/promises";

/** The files of `sql/`. */
export const questionNames = [
  "busiest-hours",
  "calls-by-day",
  "calls-by-day-and-hour",
  "calls-by-trunk-and-did",
  "first-time-answered",
  "missed-by-queue-and-hour",
  "never-called-back-24-hours",
  "never-called-back-same-day",
  "outbound-by-agent",
  "repeat-callers",
  "service-level",
  "talk-time-by-agent",
  "top-callers",
  "voicemail-share",
  "waits",
] as const;
export type QuestionName = (typeof questionNames)[number];

/** A question in SQL, as the comment at the head of its file describes it. */
export interface Question {
  readonly title: string;
  /** Names of the parameters, in the order of the question marks. A name can occur twice. */
  readonly parameters: readonly string[];
  /** Values of the parameters that have a default, as their comment states it. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly sql: string;
}

export const readQuestion = async (name: QuestionName): Promise<Question> =>
  parseQuestion(await readFile(new URL(`../../sql/${name}.sql`, import.meta.url), "utf8"));

const parseQuestion = (sql: string): Question => {
  const head = sql.split("\n").filter((line) => line.startsWith("--"));
  const columnsAt = head.indexOf("-- Columns:");
  const parameters = namesOf(head.slice(0, columnsAt));
  return {
    title: head[0]?.slice(3) ?? "",
    parameters: parameters.map(({ name }) => name),
    defaults: Object.fromEntries(
      parameters.flatMap(({ name, says }) => {
        const value = /\(default '?([^')]+)'?\)/.exec(says)?.[1];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    columns: namesOf(head.slice(columnsAt)).map(({ name }) => name),
    sql,
  };
};

const namesOf = (lines: readonly string[]): { readonly name: string; readonly says: string }[] =>
  lines.flatMap((line) => {
    const [, name, says] = /^-- {3}(\w+) +(.+)$/.exec(line) ?? [];
    return name === undefined || says === undefined ? [] : [{ name, says }];
  });
