import { askHistory, readQuestion } from "../../lib/history/ask.ts";
import type { CallRecord } from "../../lib/wms/operations/history-page.ts";
import { type Context, openPbx, type PbxOptions } from "../context.ts";
import { table, UsageError } from "../output.ts";

export interface HistoryOptions extends PbxOptions {
  readonly from: string;
  readonly to: string;
  readonly fields?: string;
  readonly search?: string;
  readonly limit: string;
}

const shown = ["id", "start", "from_number", "from_name", "to_number", "to_name", "billsec", "disposition"];

/** Call records as a table, or as JSON. */
export const historyCommand = async (context: Context, options: HistoryOptions): Promise<number> => {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError("--limit is a whole number above 0");
  const { fields, search, from, to } = options;
  const question = readQuestion({
    from,
    to,
    ...(fields === undefined ? {} : { fields }),
    ...(search === undefined ? {} : { search }),
    limit: String(Math.min(limit, 1000)),
  });
  const { pbx } = await openPbx(context, options);
  const records: CallRecord[] = [];
  let total: number | null = null;
  let after: string | undefined;
  do {
    const page = await askHistory(pbx.client, { ...question, after }, pbx.settings.date_format ?? "iso", {
      signal: context.signal,
    });
    records.push(...page.records);
    total ??= page.total;
    after = page.next ?? undefined;
  } while (after !== undefined && records.length < limit);
  records.splice(limit);
  if (options.json) {
    context.output.out(JSON.stringify(records));
    return 0;
  }
  const columns = question.fields ?? shown;
  context.output.out(
    table(
      columns,
      records.map((record) =>
        columns.map((column) =>
          typeof record[column] === "object" ? JSON.stringify(record[column]) : record[column],
        ),
      ),
    ),
  );
  context.output.err(`${records.length} of ${total ?? "an unknown number of"} records`);
  return 0;
};
