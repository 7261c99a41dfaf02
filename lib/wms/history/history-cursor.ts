import type { CallRecord } from "../operations/history-page.ts";

/** How a pass reads. `id`: on from each page's last id. `offset`: by overlapping pages, one piece in memory. */
export interface HistoryPlan {
  readonly paging: "id" | "offset";
  /** The most rows that one question may have; null: however many there are. */
  readonly largestPiece: number | null;
}

/** The position of reading behind a row: plain JSON, with which another process can continue. */
export interface HistoryCursor {
  readonly plan: HistoryPlan;
  readonly restarts: readonly string[];
  /** Rows of the whole window as the PBX counted them. */
  readonly total: number | null;
  /** Pieces that are through, and the counts of all of them. */
  readonly pieces: number;
  readonly before: number | null;
  readonly after: number | null;
  /** The piece that is being read, its count, and the distinct rows that came of it. */
  readonly piece: { readonly from: number; readonly to: number; readonly total: number | null };
  readonly distinct: number;
  readonly last: { readonly id: string; readonly start: string; readonly pbxid: string };
  /** Identities of the rows that have the last one's id. */
  readonly ties: readonly string[];
  readonly rows: number;
  readonly duplicates: number;
  readonly outside: number;
  readonly requests: number;
}

export interface RowsEvent {
  readonly kind: "rows";
  readonly rows: readonly CallRecord[];
  /** Rows of the same page that follow in further events. */
  readonly left: number;
  /** Rows of the whole window as the PBX counts them. */
  readonly total: number | null;
  /** The position of reading behind the first `count` of these rows, one or more. */
  readonly cursor: (count: number) => HistoryCursor;
}
