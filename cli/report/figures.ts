import { type CallFile, openCalls, type ReportRow } from "./database.ts";
import type { ExportDays } from "./export-days.ts";
import { type QuestionName, questionNames, readQuestion } from "./questions.ts";

/** Values of the questions' parameters that a user can set. */
export interface ReportSettings {
  /** Seconds in which a queue should answer. */
  readonly within: number;
  /** Seconds; abandoned calls with a shorter wait are not counted in the service level. */
  readonly under: number;
}

export type Answers = Readonly<Record<QuestionName, readonly ReportRow[]>>;

export interface Answered {
  readonly answers: Answers;
  /** Those of all agents on all days, if the days have names. */
  readonly extensions: ReadonlySet<string>;
}

/** Answers every question. */
export const answerAll = async (
  files: readonly CallFile[],
  { from, to }: Pick<ExportDays, "from" | "to">,
  settings: ReportSettings,
): Promise<Answered> => {
  const database = await openCalls(files);
  try {
    const answers: Partial<Record<QuestionName, readonly ReportRow[]>> = {};
    for (const name of questionNames)
      answers[name] = await database.ask(await readQuestion(name), { from, to, ...settings });
    return { answers: answers as Answers, extensions: await database.extensions() };
  } finally {
    database.close();
  }
};

/** A column of counts. */
export const numberAt = (row: ReportRow, column: string): number => Number(row[column] ?? 0);
export const textAt = (row: ReportRow, column: string): string => String(row[column] ?? "");
export const sumOf = (rows: readonly ReportRow[], column: string): number =>
  rows.reduce((sum, row) => sum + numberAt(row, column), 0);

export const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Sums of a column by weekday (from Monday) and hour. */
export const weekOf = (rows: readonly ReportRow[], column: string): number[][] => {
  const week = weekdays.map(() => Array.from({ length: 24 }, () => 0));
  for (const row of rows) {
    // a time that is not one has no hour
    if (row["hour"] === null) continue;
    const hours = week[numberAt(row, "weekday") - 1];
    const hour = numberAt(row, "hour");
    if (hours !== undefined) hours[hour] = (hours[hour] ?? 0) + numberAt(row, column);
  }
  return week;
};

export const percent = (part: number, all: number): string =>
  all === 0 ? "–" : `${((100 * part) / all).toFixed(1)} %`;

/** Seconds as `1:05` minutes, or `2:03:09` hours. */
export const clockOf = (seconds: number): string => {
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    Math.round(seconds) % 60,
  ];
  const tail = String(rest).padStart(2, "0");
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
};
