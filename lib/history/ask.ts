import * as z from "zod/mini";
import { invalid, parseInput } from "../input.ts";
import type { Limits, WmsClient } from "../wms/client.ts";
import type { CallRecord } from "../wms/history-page.ts";
import { type DateFormat, formatBound, parseLocal } from "../wms/local-time.ts";
import { parseDay } from "./local-days.ts";

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
  readonly filter: Readonly<Record<string, string>>;
}

const questionDefaults = { limit: 100, maxLimit: 1000 };

/** The query of GET /call-history. `from` and `to` are days (both included) or times `YYYY-MM-DD HH:MM:SS`. Throws INPUT_INVALID. */
export const readQuestion = (query: unknown): HistoryQuestion => {
  const asked = parseInput(querySchema, query);
  const from = bound(asked.from, "from", 0);
  const to = bound(asked.to, "to", 86_400);
  if (from >= to) throw invalid("from", "is not before to. Swap them.");
  const limit = asked.limit === undefined ? questionDefaults.limit : Number(asked.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > questionDefaults.maxLimit)
    throw invalid("limit", `is a whole number from 1 to ${questionDefaults.maxLimit}.`);
  if (asked.cursor !== undefined && !/^\d{1,15}$/.test(asked.cursor))
    throw invalid("cursor", "is not one that an answer gave as `next`.");
  const fields = asked.fields?.split(",").map((field) => field.trim());
  if (fields?.some((field) => !/^[A-Za-z_]{1,40}$/.test(field)))
    throw invalid("fields", "is a list of names with commas, such as id,start,end.");
  const { disposition, from_number, to_number, type } = asked;
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
  };
};

const bound = (text: string, field: string, wholeDay: number): number => {
  const time = parseLocal(text);
  if (time !== undefined) return time;
  return Date.parse(`${parseDay(text, field)}T00:00:00Z`) / 1000 + wholeDay;
};

export interface HistoryAnswer {
  readonly total: number | null;
  readonly records: readonly CallRecord[];
  /** Give it as `cursor` for the records after these; null at the end. */
  readonly next: string | null;
}

/** One page of records in id order, from the cursor on. For whole days with a proof there is the export. */
export const askHistory = async (
  client: Pick<WmsClient, "historyPage">,
  question: HistoryQuestion,
  dateFormat: DateFormat,
  limits: Limits,
): Promise<HistoryAnswer> => {
  const page = await client.historyPage(
    {
      sort: "id",
      dir: "ASC",
      // two more: the cursor's own record comes again where ends are inclusive, and one tells whether there are more
      count: question.limit + 2,
      ...(question.fields === undefined ? {} : { fields: [...new Set(["id", "start", ...question.fields])] }),
      ...(question.search === undefined ? {} : { search: question.search }),
      filter: {
        ...question.filter,
        start: {
          from: formatBound(question.from, dateFormat),
          to: formatBound(question.to - (dateFormat === "iso" ? 1 : 0), dateFormat),
        },
        ...(question.after === undefined ? {} : { id: { from: question.after } }),
      },
    },
    limits,
  );
  const after = Number(question.after ?? -1);
  const fresh = page.records.filter((record) => Number(record["id"]) > after);
  const records = fresh.slice(0, question.limit);
  const last = records.at(-1)?.["id"];
  return {
    total: page.total ?? null,
    records,
    next: fresh.length > records.length && last !== undefined ? String(last) : null,
  };
};
