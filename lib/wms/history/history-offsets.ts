import type { CallRecord } from "../operations/history-page.ts";
import type { HistoryAsker, HistoryWindow } from "./history-asker.ts";
import { countOf, identity } from "./history-rows.ts";
import { readWhole } from "./row-limit.ts";

/** Rows by which a page overlaps the one before. */
const overlap = 20;

export interface Pages {
  /** By identity. */
  readonly rows: ReadonlyMap<string, CallRecord>;
  readonly duplicates: number;
  /** A page counted otherwise than the window did: it moves, and these rows are not all. */
  readonly counted?: number;
}

/**
 * A window by overlapping pages, into memory. Where the PBX does not count (`total` null) its halves are read as well, to see
 * that it holds nothing back.
 */
export const pagesByOffset = async (
  asker: HistoryAsker,
  window: HistoryWindow,
  total: number | null,
): Promise<Pages> => {
  if (total !== null) return overlapping(asker, window, total);
  let duplicates = 0;
  const rows = await readWhole(window, asker.unit, async (span) => {
    const pages = await overlapping(asker, span, null);
    duplicates += pages.duplicates;
    return pages.rows;
  });
  return { rows, duplicates };
};

const overlapping = async (
  asker: HistoryAsker,
  window: HistoryWindow,
  total: number | null,
): Promise<Pages> => {
  const rows = new Map<string, CallRecord>();
  let duplicates = 0;
  for (let offset = 0; ; ) {
    const page = await asker.page(window, { offset });
    const counted = countOf(page);
    // offsets shift when a row comes or goes, and every page counts
    if (total !== null && counted !== null && counted !== total) return { rows, duplicates, counted };
    const before = rows.size;
    for (const row of page.records) {
      const key = identity(row);
      if (rows.has(key)) duplicates++;
      else rows.set(key, row);
    }
    if (rows.size === before) return { rows, duplicates };
    const { length } = page.records;
    offset += Math.max(1, length - Math.min(overlap, Math.floor(length / 2)));
  }
};
