import { type NumberStyle, notationsOf } from "../phone-number.ts";
import type { WmsClient } from "../wms/client.ts";
import { byIdentity, identity } from "../wms/history/history-rows.ts";
import type { CallRecord } from "../wms/operations/history-page.ts";
import { askHistory, type HistoryAnswer, type HistoryQuestion } from "./ask.ts";

type AskLimits = Parameters<typeof askHistory>[3];
type DateFormat = Parameters<typeof askHistory>[2];

/** The filter that is a phone number in several notations. A second one is compared with the rows of the first. */
export const spreadFilter = ({ filter }: HistoryQuestion, style: NumberStyle): string | undefined =>
  ["from_number", "to_number"].find((field) => notationsOf(filter[field] ?? "", style).length > 1);

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
  const field = spreadFilter(question, style);
  if (field === undefined) return askHistory(client, question, dateFormat, limits);
  const notations = notationsOf(question.filter[field] ?? "", style);
  const answers = await Promise.all(
    notations.map((number) => {
      const filter = { ...question.filter, [field]: number };
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
  let end = Math.min(limit, known.length);
  while (end > 0 && idAt(known, end) !== undefined && idAt(known, end) === idAt(known, end - 1)) end++;
  const records = known.slice(0, end);
  const isCut = end < known.length;
  return {
    total: totalOf(answers, rows.length < all.length),
    records,
    next: isCut ? String(idAt(known, end - 1)) : ends.length === 0 ? null : String(Math.min(...ends)),
  };
};

const idAt = (rows: readonly CallRecord[], at: number): unknown => rows[at]?.["id"];

const totalOf = (answers: readonly HistoryAnswer[], overlap: boolean): number | null => {
  const totals = answers.map(({ total }) => total);
  if (totals.some((total) => total === null)) return null;
  const counts = totals.map(Number);
  return overlap ? Math.max(...counts) : counts.reduce((sum, count) => sum + count, 0);
};
