import { readRecords, unexpected } from "../sending/answer.ts";
import type { RawResponse } from "../sending/raw-response.ts";
import type { WmsParams, WmsRequest } from "../types.ts";

/** A call record as the PBX gives it: every value is a string in known versions; unknown keys are kept. */
export type CallRecord = Readonly<Record<string, unknown>>;

/** One page of call history; `total` counts all matches, undefined if the PBX gave none. */
export interface HistoryPage {
  readonly total: number | undefined;
  readonly records: readonly CallRecord[];
  /** The text has U+FFFD, which replaces bytes that are not UTF-8. Absent: it has none. */
  readonly hasReplaced?: true;
}

/** Parameters of one CallHistory page. Source: the vendor's manual, "GET /CallHistory/". */
export interface HistoryPageQuery {
  /** Default: all. */
  readonly fields?: readonly string[];
  /** WMS's top-level `start`: rows to skip. */
  readonly offset?: number;
  /** Rows at most; the PBX's default is 100. */
  readonly count?: number;
  readonly sort?: string;
  readonly dir?: "ASC" | "DESC";
  readonly search?: string;
  readonly searchFields?: readonly string[];
  /** Exact values, or ranges, by field; times are the PBX's local ones. */
  readonly filter?: Readonly<Record<string, string | { readonly from?: string; readonly to?: string }>>;
}

export const historyRequest = (query: HistoryPageQuery): WmsRequest => {
  const params: WmsParams = {
    fields: query.fields?.join(","),
    start: query.offset,
    count: query.count,
    sort: query.sort,
    dir: query.dir,
    search: query.search,
    searchFields: query.searchFields?.join(","),
    filter: query.filter,
  };
  return { method: "GET", path: "/api/v1/PBX/CallHistory/", params };
};

/** U+FFFD, itself and as JSON may write it. */
const replacements = ["\ufffd", "\\ufffd", "\\uFFFD"];

export const readHistoryPage = (response: RawResponse): HistoryPage => {
  const { result, records } = readRecords(response);
  const hasReplaced = replacements.some((replacement) => response.body.includes(replacement));
  const total = readTotal(result["total"], response);
  return hasReplaced ? { total, records, hasReplaced } : { total, records };
};

/** Text in old versions, a number in newer ones. */
const readTotal = (total: unknown, response: RawResponse): number | undefined => {
  if (total === undefined || total === null || total === "") return undefined;
  const count = typeof total === "string" && /^\d+$/.test(total) ? Number(total) : total;
  if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0)
    throw unexpected(response, "`total` as a count");
  return count;
};
