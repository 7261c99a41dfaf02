import { defined } from "../../lib/defined.ts";
import { askHistory, type HistoryQuestion, readQuestion } from "../../lib/history/ask.ts";
import type { Pbx } from "../../lib/pbxs/pbxs.ts";
import type { CallRecord } from "../../lib/wms/operations/history-page.ts";
import { type Context, onPbx, type PbxOptions } from "../context.ts";
import { counted, table, UsageError } from "../output.ts";

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
  if (!Number.isInteger(limit) || limit < 1)
    throw new UsageError(`\`--limit\` must be a whole number above 0; got ${options.limit}.`);
  const { fields, search, from, to } = options;
  const question = readQuestion({
    from,
    to,
    ...defined({ fields, search }),
    limit: String(Math.min(limit, 1000)),
  });
  const { records, total } = await onPbx(context, options, ({ pbx }) =>
    readLegs(pbx, question, limit, context.signal),
  );
  records.splice(limit);
  if (options.json) {
    context.output.out(JSON.stringify(records));
    return 0;
  }
  const columns = question.fields ?? shown;
  context.output.out(
    table(
      context.output,
      columns,
      records.map((record) =>
        columns.map((column) =>
          typeof record[column] === "object" ? JSON.stringify(record[column]) : record[column],
        ),
      ),
    ),
  );
  context.output.err(
    `${records.length} of ${total === null ? "an unknown number of legs" : counted(total, "leg")}`,
  );
  return 0;
};

/** Reads page by page until there are `limit` legs. */
const readLegs = async (
  pbx: Pbx,
  question: HistoryQuestion,
  limit: number,
  signal: AbortSignal,
): Promise<{ records: CallRecord[]; total: number | null }> => {
  const records: CallRecord[] = [];
  let total: number | null = null;
  let after: string | undefined;
  do {
    const page = await askHistory(pbx.client, { ...question, after }, pbx.settings.date_format ?? "iso", {
      signal,
    });
    records.push(...page.records);
    total ??= page.total;
    after = page.next ?? undefined;
  } while (after !== undefined && records.length < limit);
  return { records, total };
};
