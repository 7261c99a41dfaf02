import * as z from "zod/mini";
import { defined } from "../defined.ts";
import { didYouMean } from "../did-you-mean.ts";
import { invalid, parseInput } from "../input.ts";
import { quoted } from "../mask.ts";
import { readPastedNumber } from "../phone-number.ts";
import type { Limits, WmsClient } from "../wms/client.ts";
import { WmsError } from "../wms/errors.ts";
import { byIdentity, checkStart, IdPagingBroken, idOf, startOf } from "../wms/history/history-rows.ts";
import { type DateFormat, formatBound, formatLocal, granularity, parseLocal } from "../wms/local-time.ts";
import type { CallRecord, HistoryPage } from "../wms/operations/history-page.ts";
import { parseDay } from "./calendar/local-days.ts";
import { originalFields, typedFields } from "./rows/leg-fields.ts";
import type { TypedFields } from "./rows/rows.ts";

export const querySchema = z.strictObject({
  pbx: z.optional(z.string()),
  from: z.string(),
  to: z.string(),
  fields: z.optional(z.string()),
  search: z.optional(z.string()),
  limit: z.optional(z.string()),
  cursor: z.optional(z.string()),
  disposition: z.optional(z.string()),
  from_number: z.optional(z.string()),
  to_number: z.optional(z.string()),
  type: z.optional(z.string()),
  direction: z.optional(z.enum(["inbound", "outbound", "internal", "transit"])),
  extension: z.optional(z.string()),
});

export interface HistoryQuestion {
  readonly pbx: string | undefined;
  /** Wall clock of the PBX, seconds as if UTC; half open. */
  readonly from: number;
  readonly to: number;
  readonly fields: readonly string[] | undefined;
  readonly search: string | undefined;
  readonly limit: number;
  /** The last id of the page before. */
  readonly after: string | undefined;
  /** Exact values of the PBX's fields. */
  readonly filter: Readonly<Record<string, string>>;
  readonly direction: TypedFields["direction"] | undefined;
  /** The extension that called or was called. */
  readonly extension: string | undefined;
}

export const askDefaults = { limit: 100, maxLimit: 1000 };

/** The query of GET /call-history. `from` and `to` are days (both included) or times `YYYY-MM-DD HH:MM:SS`. Throws INPUT_INVALID. */
export const readQuestion = (query: unknown): HistoryQuestion => {
  const asked = parseInput(querySchema, query);
  const from = bound(asked.from, "from", 0);
  const to = bound(asked.to, "to", 86_400);
  if (from >= to) throw invalid("from", "must be before `to`. Swap them.");
  const limit = asked.limit === undefined ? askDefaults.limit : Number(asked.limit);
  if (!/^\d{1,4}$/.test(asked.limit ?? "1") || limit < 1 || limit > askDefaults.maxLimit)
    throw invalid(
      "limit",
      `must be a whole number from 1 to ${askDefaults.maxLimit}; got ${quoted(asked.limit ?? "")}.`,
    );
  if (asked.cursor !== undefined && !/^\d{1,15}$/.test(asked.cursor))
    throw invalid(
      "cursor",
      `must be the \`next\` of an earlier response; got ${quoted(asked.cursor)}. Leave it out for the first page.`,
    );
  const fields = asked.fields?.split(",").map((field) => field.trim());
  for (const field of fields ?? []) checkField(field);
  if (asked.extension !== undefined && !/^[0-9]{1,10}$/.test(asked.extension))
    throw invalid("extension", `must be 1 to 10 digits, for example 108; got ${quoted(asked.extension)}.`);
  const { direction, extension } = asked;
  const disposition = oneOf("disposition", asked.disposition, dispositions);
  const type = oneOf("type", asked.type, ["call", "fax"]);
  const from_number = asked.from_number && numberFilter("from_number", asked.from_number);
  const to_number = asked.to_number && numberFilter("to_number", asked.to_number);
  const filter = Object.entries({ disposition, from_number, to_number, type }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  );
  return {
    pbx: asked.pbx,
    from,
    to,
    fields,
    search: asked.search,
    limit,
    after: asked.cursor,
    filter: Object.fromEntries(filter),
    direction,
    extension,
  };
};

/** Asterisk's own; the PBX compares them as text. */
const dispositions = ["ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION"];

/** A value of the PBX in its own writing: a filter with another one finds nothing. */
const oneOf = (field: string, text: string | undefined, known: readonly string[]): string | undefined => {
  if (text === undefined) return undefined;
  const plain = (value: string): string => value.toLowerCase().replace(/[_-]/g, " ").trim();
  const found = known.find((value) => plain(value) === plain(text));
  if (found !== undefined) return found;
  throw invalid(field, `must be one of ${known.join(", ")}; got ${quoted(text)}.`);
};

const fieldNames = [...Object.keys(originalFields), ...Object.keys(typedFields)];

const checkField = (field: string): void => {
  if (fieldNames.includes(field)) return;
  const near = didYouMean(field, fieldNames);
  const hint =
    near === undefined
      ? "Separate the names with commas, for example id,start,end."
      : `Did you mean ${near}?`;
  throw invalid("fields", `must list columns of a leg; got ${quoted(field)}. ${hint}`);
};

/** A number that was not escaped arrives with a space in place of its plus. A string without digits, for example anonymous, stays. */
const numberFilter = (field: string, text: string): string =>
  /\d/.test(text) ? readPastedNumber(field, text.replace(/^ (?=\d)/, "+")) : text;

/** Bounds of the PBX's times: its dates have four digits for the year, also a second before and a day after. */
const [earliest, latest] = ["1970-01-01", "9999-12-30"];

const bound = (text: string, field: string, wholeDay: number): number => {
  const time = parseLocal(text) ?? startOfDay(text, field) + wholeDay;
  if (time >= 0 && time <= Date.parse(latest) / 1000 + wholeDay) return time;
  throw invalid(field, `must be from ${earliest} to ${latest}; got ${text}.`);
};

const startOfDay = (text: string, field: string): number => {
  if (!text.includes(":")) return Date.parse(`${parseDay(text, field)}T00:00:00Z`) / 1000;
  if (/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/.test(text))
    throw invalid(
      field,
      `must be a time that exists, for example 2026-11-01 09:00:00; got ${quoted(text)}. Check the day and the time.`,
    );
  throw invalid(
    field,
    `must be a day such as 2026-11-01, or a time such as 2026-11-01 09:00:00 in the PBX's local time; got ${quoted(text)}. Write seconds, and no offset.`,
  );
};

export interface HistoryAnswer {
  readonly total: number | null;
  readonly records: readonly CallRecord[];
  /** Give it as `cursor` for the records after these; null once an answer brings none. */
  readonly next: string | null;
}

/**
 * One page of records in id order, from the cursor on. For whole days with a proof there is the export.
 *
 * Throws WMS_FILTER_IGNORED and WMS_HISTORY_INCOMPLETE if the PBX does not answer what it was asked, rather than
 * pass off a part as the whole.
 */
export const askHistory = async (
  client: Pick<WmsClient, "historyPage">,
  question: HistoryQuestion,
  dateFormat: DateFormat,
  limits: Limits,
): Promise<HistoryAnswer> => {
  const unit = granularity(dateFormat);
  // one unit more at the front: where ends are exclusive, the first second would be lost
  const [from, to] = [question.from - unit, question.to];
  const page = await client.historyPage(
    {
      sort: "id",
      dir: "ASC",
      // two more: the cursor's own record comes again where ends are inclusive, and ids may be tied at the end
      count: question.limit + 2,
      ...defined({
        fields: question.fields && [...new Set(["id", "start", ...question.fields])],
        search: question.search,
      }),
      filter: {
        ...question.filter,
        start: { from: formatBound(from, dateFormat), to: formatBound(to, dateFormat) },
        ...defined({ id: question.after === undefined ? undefined : { from: question.after } }),
      },
    },
    limits,
  );
  const [least, most] = [formatLocal(from - unit), formatLocal(to + unit)];
  for (const record of page.records) checkStart(startOf(record), least, most);
  const { records, next } = cut(page, question);
  const [first, end] = [formatLocal(question.from), formatLocal(question.to)];
  return {
    total: page.total ?? null,
    records: records.filter((record) => startOf(record) >= first && startOf(record) < end),
    next,
  };
};

/** The page's new records, `limit` of them, and the cursor for those after them. */
const cut = (
  { records, total }: HistoryPage,
  { after, limit }: HistoryQuestion,
): { records: readonly CallRecord[]; next: string | null } => {
  const last = after === undefined ? Number.NEGATIVE_INFINITY : Number(after);
  const hidden = (total ?? 0) > records.length;
  if (!pagesById(records, last)) {
    // all there is needs no order but ours
    if (after === undefined && total !== undefined && !hidden && records.length <= limit)
      return { records: [...records].sort(byIdentity), next: null };
    throw incomplete("this PBX does not support paging by id");
  }
  const fresh = records.filter((record) => idOf(record) > last);
  if (fresh.length === 0) {
    if (hidden) throw incomplete("the PBX counts more legs than it returns");
    return { records: [], next: null };
  }
  const ids = fresh.map(({ id }) => id);
  const end = endOf(ids, limit);
  // also behind a short page: a PBX that caps its answers counts no further than it returns
  return { records: fresh.slice(0, end), next: String(ids[end - 1]) };
};

/**
 * How many of the rows with these ids make a page. Rows of one id, where a PBX was replaced, stay together: the cursor cannot
 * distinguish them.
 */
export const endOf = (ids: readonly unknown[], limit: number): number => {
  let end = Math.min(limit, ids.length);
  while (end < ids.length && ids[end] === ids[end - 1]) end++;
  return end;
};

/** Whether ids ascend and begin after the one that was asked for. */
const pagesById = (records: readonly CallRecord[], last: number): boolean => {
  try {
    const ids = records.map(idOf);
    return ids.every((id, at) => id >= Math.max(last, ids[at - 1] ?? last));
  } catch (error) {
    if (error instanceof IdPagingBroken) return false;
    throw error;
  }
};

const incomplete = (why: string): WmsError =>
  new WmsError("WMS_HISTORY_INCOMPLETE", {
    detail: `${why}. Ask for a shorter time range, or use the export.`,
    sent: "yes",
  });
