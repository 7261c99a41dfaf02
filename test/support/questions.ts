import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type CallDatabase, openCalls, type ReportRow } from "../../cli/report/database.ts";
import { readExportDays } from "../../cli/report/export-days.ts";
import { type QuestionName, readQuestion } from "../../cli/report/questions.ts";
import type { Day } from "../../lib/history/calendar/local-days.ts";
import { readOnlyDirectory } from "../../lib/local/directory-store.ts";

interface Range {
  readonly from: Day;
  readonly to: Day;
}

type Values = Record<string, string | number>;

/** Asks the days of a range in an export. `read`: the range whose days are read. @default all days */
export const questionsOn = (
  directory: string,
  range: Range,
  read: Partial<Range> = {},
): ((name: QuestionName, values?: Values) => Promise<ReportRow[]>) => {
  let database: CallDatabase;
  beforeAll(async () => {
    const found = await readExportDays(readOnlyDirectory(directory), read);
    database = await openCalls(
      (found?.parts ?? []).map((part) => ({ ...part, path: join(directory, part.key) })),
    );
  });
  afterAll(() => database.close());
  return async (name, values = {}) => database.ask(await readQuestion(name), { ...range, ...values });
};
