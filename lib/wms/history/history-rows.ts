import { WmsError } from "../errors.ts";
import { formatLocal, parseLocal } from "../local-time.ts";
import type { CallRecord, HistoryPage } from "../operations/history-page.ts";

/** The PBX does not page by id as it should. */
export class IdPagingBroken extends Error {}

/** Identity of a row: ids start again when a PBX is replaced. */
export const identity = (row: CallRecord): string =>
  `${String(row["pbxid"] ?? "")}|${String(row["id"])}|${String(row["start"])}`;
export const idOf = (row: CallRecord): number => {
  const id = Number(row["id"]);
  if (row["id"] === "" || row["id"] === null || !Number.isSafeInteger(id))
    throw new IdPagingBroken("a leg has no numeric id");
  return id;
};

/** Where a page ended: its last id, and the rows that have it. */
export interface PageEnd {
  readonly id: number;
  readonly rows: ReadonlySet<string>;
}

/** The rows of a page in id order that did not come before, and how many came twice. Throws IdPagingBroken if ids do not ascend. */
export const addedOf = (
  records: readonly CallRecord[],
  end: PageEnd | undefined,
): { added: CallRecord[]; duplicates: number } => {
  const added: CallRecord[] = [];
  let duplicates = 0;
  let last = end?.id ?? Number.NEGATIVE_INFINITY;
  let ties = end && new Set(end.rows);
  for (const row of records) {
    const id = idOf(row);
    // a page may be asked for from one id less on
    if (id < last && added.length === 0 && id + 1 === end?.id) continue;
    if (id < last) throw new IdPagingBroken("ids do not ascend from page to page");
    if (id > last) {
      last = id;
      ties = undefined;
      added.push(row);
      continue;
    }
    // made where two rows have one id, which is rare
    ties ??= new Set([identity(added.at(-1) ?? {})]);
    const key = identity(row);
    // the last page's end comes again where ends are inclusive; that is not a fault of the PBX
    if (ties.has(key)) duplicates += id === end?.id ? 0 : 1;
    else {
      ties.add(key);
      added.push(row);
    }
  }
  return { added, duplicates };
};

/**
 * Removes rows from a list, a few at a time, and rows with one id together. The caller can need a long time for a page, and the memory of
 * finished rows must become free before its end.
 */
export function* takenOut(rows: CallRecord[], atMost: number): Generator<CallRecord[]> {
  while (rows.length > 0) {
    let count = Math.min(atMost, rows.length);
    while (count < rows.length && idOf(rows[count] ?? {}) === idOf(rows[count - 1] ?? {})) count++;
    yield rows.splice(0, count);
  }
}

/** The rows that a page says there are; null if it does not count. */
export const countOf = ({ total, records }: HistoryPage): number | null => {
  if (total === 0 && records.length > 0) return null;
  return total ?? (records.length === 0 ? 0 : null);
};

/** A record's start, `YYYY-MM-DD HH:MM:SS`: as text it has the order of time. */
export const startOf = (row: CallRecord): string => {
  const start = row["start"];
  if (typeof start === "string" && start.length === 19 && start[4] === "-" && start[10] === " ") return start;
  const seconds = typeof start === "string" ? parseLocal(start) : undefined;
  if (seconds !== undefined) return formatLocal(seconds);
  throw new WmsError("WMS_ANSWER_UNEXPECTED", {
    detail: "a leg has no valid `start`",
    sent: "yes",
  });
};

/** A row from outside what was asked means that the PBX did not understand the question. */
export const checkStart = (start: string, least: string, most: string): void => {
  if (start >= least && start <= most) return;
  throw new WmsError("WMS_FILTER_IGNORED", {
    field: "filter.start",
    detail: `the PBX returned a leg of ${start.slice(0, 10)}, which is outside the requested time`,
    sent: "yes",
  });
};

/** The order of ids, rows without a numeric one last. */
export const byIdentity = (a: CallRecord, b: CallRecord): number => {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x - y;
  const [p, q] = [identity(a), identity(b)];
  return p < q ? -1 : p > q ? 1 : 0;
};

const rank = (row: CallRecord): number => {
  const id = Number(row["id"]);
  return Number.isNaN(id) ? Number.MAX_VALUE : id;
};
