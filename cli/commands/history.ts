import { defined } from "../../lib/defined.ts";
import { type HistoryQuestion, readQuestion } from "../../lib/history/ask.ts";
import { checkZone, type Day, dayAt } from "../../lib/history/calendar/local-days.ts";
import { originalFields, typedFields } from "../../lib/history/rows/leg-fields.ts";
import { askTypedHistory } from "../../lib/history/typed-history.ts";
import type { Pbx } from "../../lib/pbxs/pbxs.ts";
import { formatLocal } from "../../lib/wms/local-time.ts";
import type { CallRecord } from "../../lib/wms/operations/history-page.ts";
import { type Context, onPbx, type PbxOptions } from "../context/context.ts";
import { chosenColumns, counted, listOf, number, table } from "../terminal/output.ts";
import { type Moment, readMoment, swapped } from "../typed/times.ts";
import { readCount } from "../typed/whole-number.ts";

export interface HistoryOptions extends PbxOptions {
  readonly from: string;
  readonly to: string;
  readonly fields?: string;
  readonly search?: string;
  readonly direction?: string;
  readonly extension?: string;
  readonly columns?: string;
  readonly limit: string;
}

const usual = ["start", "from_number", "to_number", "disposition", "billsec"];

/** Legs with the typed fields of the export, as a table or as JSON. */
export const historyCommand = async (context: Context, options: HistoryOptions): Promise<number> => {
  const limit = readCount(options.limit, "--limit", 9);
  const { fields, search, direction, extension } = options;
  const columns = chosenColumns(
    options.columns,
    Object.keys({ ...originalFields, ...typedFields }),
    fields === undefined ? usual : listOf(fields),
  );
  const window = readWindow(options);
  // a wrong order is an error before any request to the PBX
  window(dayAt("UTC", context.clock.now()));
  const { records, total } = await onPbx(context, options, async ({ pbx, entry }) => {
    const zone =
      entry.timezone === undefined
        ? Intl.DateTimeFormat().resolvedOptions().timeZone
        : checkZone(entry.timezone, `timezone of ${pbx.id}`);
    const asked = readQuestion({
      ...window(dayAt(zone, context.clock.now())),
      ...defined({ fields, search, direction, extension }),
      limit: String(Math.min(limit, 1000)),
    });
    return readLegs(pbx, asked, limit, entry.timezone, context.signal);
  });
  records.splice(limit);
  if (options.json) {
    context.output.out(JSON.stringify(records));
    return 0;
  }
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
    total === null ? counted(records.length, "leg") : `${number(records.length)} of ${counted(total, "leg")}`,
  );
  return 0;
};

/** From a day's midnight, or a time, to the end of a day, or a time; `today` is the date of the PBX. */
const readWindow = ({ from, to }: HistoryOptions): ((today: Day) => { from: string; to: string }) => {
  const wanted = "a day such as 2026-11-01 or a time such as '2026-11-01 09:00'";
  const [first, last] = [readMoment(from, "--from", wanted), readMoment(to, "--to", wanted)];
  return (today) => {
    const [begin, end] = [textOf(first(today)), textOf(last(today))];
    if (begin.slice(0, 10) > end.slice(0, 10) || (end.length > 10 && begin >= end)) throw swapped(from, to);
    return { from: begin, to: end };
  };
};

const textOf = ({ day, seconds }: Moment): string =>
  seconds === undefined ? day : formatLocal(Date.parse(`${day}T00:00:00Z`) / 1000 + seconds);

/** Reads page by page until there are `limit` legs. */
const readLegs = async (
  pbx: Pbx,
  question: HistoryQuestion,
  limit: number,
  zone: string | undefined,
  signal: AbortSignal,
): Promise<{ records: CallRecord[]; total: number | null }> => {
  const records: CallRecord[] = [];
  let total: number | null = null;
  let after: string | undefined;
  do {
    const page = await askTypedHistory(pbx, { ...question, after }, zone, { signal });
    records.push(...page.records);
    total ??= page.total;
    after = page.next ?? undefined;
  } while (after !== undefined && records.length < limit);
  return { records, total };
};
