import { type NumberStyle, notationsOf } from "../phone-number.ts";
import type { WmsClient } from "../wms/client.ts";
import { byIdentity, identity } from "../wms/history/history-rows.ts";
import { askHistory, endOf, type HistoryAnswer, type HistoryQuestion } from "./ask.ts";

type AskLimits = Parameters<typeof askHistory>[3];
type DateFormat = Parameters<typeof askHistory>[2];

/** A filter with a phone number, and the notations that rows can have of it. */
interface SpreadFilter {
  readonly field: "from_number" | "to_number";
  readonly notations: readonly string[];
}

/** The filter with a number of several notations. A second one is compared with the rows of the first. */
export const spreadFilter = ({ filter }: HistoryQuestion, style: NumberStyle): SpreadFilter | undefined => {
  for (const field of ["from_number", "to_number"] as const) {
    const notations = notationsOf(filter[field] ?? "", style);
    if (notations.length > 1) return { field, notations };
  }
  return undefined;
};

/**
 * A page as of `askHistory`. A PBX compares a number as text, and its rows have numbers in the notation of each trunk. So it is
 * asked for each notation of the number, and the pages become one, by id.
 */
export const askNumbers = async (
  client: Pick<WmsClient, "historyPage">,
  question: HistoryQuestion,
  style: NumberStyle,
  dateFormat: DateFormat,
  limits: AskLimits,
): Promise<HistoryAnswer> => {
  const spread = spreadFilter(question, style);
  if (spread === undefined) return askHistory(client, question, dateFormat, limits);
  const answers = await Promise.all(
    spread.notations.map((number) => {
      const filter = { ...question.filter, [spread.field]: number };
      return askHistory(client, { ...question, filter }, dateFormat, limits);
    }),
  );
  return merged(answers, question.limit);
};

/** Rows up to the end of the shortest page: behind it, another notation can have rows that are not read yet. */
const merged = (answers: readonly HistoryAnswer[], limit: number): HistoryAnswer => {
  const ends = answers.flatMap(({ next }) => (next === null ? [] : [Number(next)]));
  const all = answers.flatMap(({ records }) => records);
  // a PBX that compares numbers itself returns the same rows for each notation
  const rows = [...new Map(all.map((record) => [identity(record), record])).values()].sort(byIdentity);
  const known = rows.filter(({ id }) => Number(id) <= Math.min(...ends));
  const ids = known.map(({ id }) => id);
  const end = endOf(ids, limit);
  return {
    total: totalOf(answers, rows.length < all.length),
    records: known.slice(0, end),
    next: end < ids.length ? String(ids[end - 1]) : ends.length === 0 ? null : String(Math.min(...ends)),
  };
};

const totalOf = (answers: readonly HistoryAnswer[], overlap: boolean): number | null => {
  const totals = answers.map(({ total }) => total);
  if (totals.some((total) => total === null)) return null;
  const counts = totals.map(Number);
  return overlap ? Math.max(...counts) : counts.reduce((sum, count) => sum + count, 0);
};
