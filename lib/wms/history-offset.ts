import type { HistoryAsker, HistoryWindow } from "./history-asker.ts";
import type { CallRecord } from "./history-page.ts";
import { countOf, identity } from "./history-rows.ts";
import { readWhole } from "./row-limit.ts";

/** Rows that a page shares with the one before, so that one which shifts is not missed. */
const overlap = 20;

interface OffsetRead {
  readonly rows: ReadonlyMap<string, CallRecord>;
  readonly duplicates: number;
  /** The count that moved while pages were read. */
  readonly counted?: number;
}

/** All pages of a window until one brings nothing new, or counts otherwise. `total` is null where the PBX counts none. */
export const overlapping = async (
  asker: HistoryAsker,
  window: HistoryWindow,
  total: number | null,
): Promise<OffsetRead> => {
  const rows = new Map<string, CallRecord>();
  let duplicates = 0;
  for (let offset = 0; ; ) {
    const page = await asker.page(window, { offset });
    const counted = countOf(page);
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

/** Where the PBX does not count, a window's halves are read as well, to see that it holds nothing back. */
export const readUncounted = async (asker: HistoryAsker, window: HistoryWindow): Promise<OffsetRead> => {
  let duplicates = 0;
  const rows = await readWhole(window, asker.unit, async (span) => {
    const read = await overlapping(asker, span, null);
    duplicates += read.duplicates;
    return read.rows;
  });
  return { rows, duplicates };
};
