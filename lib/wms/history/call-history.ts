import type { WmsClient } from "../client.ts";
import { WmsError } from "../errors.ts";
import { HistoryAsker, type HistoryWindow, type ReadOptions } from "./history-asker.ts";
import type { HistoryCursor, HistoryPlan, RowsEvent } from "./history-cursor.ts";
import { HistoryPass, type Mismatch, type PassReport, PiecesMoved } from "./history-reader.ts";
import { IdPagingBroken } from "./history-rows.ts";

export type { HistoryCursor, HistoryWindow, ReadOptions };

/** How a window was read, and that it adds up. */
export interface ReadReport {
  /** `id`: from each page's last id on. `offset`: by overlapping pages, because the PBX does not do the other right. */
  readonly paging: "id" | "offset";
  /** Rows that the PBX counts in what was asked, before and after; null if it counts none. */
  readonly totalBefore: number | null;
  readonly totalAfter: number | null;
  /** Rows given out, all of them inside the window. */
  readonly rows: number;
  /** Rows that came more than once and were dropped. */
  readonly duplicates: number;
  /** Rows outside the window, which is asked for with a margin. */
  readonly outside: number;
  /** Pieces in which the window was read. */
  readonly windows: number;
  readonly requests: number;
  /** Why reading began again, in order. */
  readonly restarts: readonly string[];
}

/** `restart`: what came so far, here or before the cursor, was not complete and must be dropped. */
export type HistoryEvent = RowsEvent | { readonly kind: "restart"; readonly reason: string };

const historyDefaults = { passes: 4, largestPiece: 20_000 };

/**
 * Reads every call record of a window, each once, and proves it: the PBX's own count before and after must equal the rows
 * that came. Trusts no paging: where ids do not ascend, filters are ignored, ends are exclusive or rows are capped, the
 * window is read in another way. Memory holds a page or two (`offset`: one piece).
 *
 * Gives `rows` events, in id order (`offset`, and capped PBXs: in order of the pieces, by id within each), and `restart`
 * where the rows so far do not count. From a cursor on it gives the rows that an undisturbed reading would have given after
 * it. Returns the report. Throws WMS_FILTER_IGNORED, WMS_HISTORY_INCOMPLETE and the errors of a request.
 */
export async function* readHistory(
  client: Pick<WmsClient, "historyPage">,
  window: HistoryWindow,
  options: ReadOptions = {},
  from?: HistoryCursor,
): AsyncGenerator<HistoryEvent, ReadReport> {
  const asker = new HistoryAsker(client, options);
  asker.requests = from?.requests ?? 0;
  const restarts = [...(from?.restarts ?? [])];
  let plan: HistoryPlan = from?.plan ?? { paging: "id", largestPiece: null };
  let cursor = from;
  for (;;) {
    const verdict = yield* judged(new HistoryPass(asker, window, plan, [...restarts], cursor), plan);
    if ("report" in verdict) return reportOf(verdict.report, asker.requests, restarts);
    if (restarts.length + 1 >= historyDefaults.passes) {
      throw new WmsError("WMS_HISTORY_INCOMPLETE", {
        detail: `read ${restarts.length + 1} times, the last time: ${verdict.reason}`,
      });
    }
    restarts.push(verdict.reason);
    yield { kind: "restart", reason: verdict.reason };
    plan = verdict.next;
    cursor = undefined;
  }
}

type Verdict = { readonly report: PassReport } | { readonly reason: string; readonly next: HistoryPlan };

/** Runs a pass; where it does not add up, says why and how to read next. */
async function* judged(pass: HistoryPass, plan: HistoryPlan): AsyncGenerator<RowsEvent, Verdict> {
  try {
    const result = yield* pass.read();
    return "paging" in result
      ? { report: result }
      : { reason: reasonOf(result), next: nextPlan(plan, result) };
  } catch (error) {
    if (error instanceof PiecesMoved) return { reason: error.message, next: plan };
    if (!(error instanceof IdPagingBroken)) throw error;
    return {
      reason: error.message,
      next: { paging: "offset", largestPiece: historyDefaults.largestPiece },
    };
  }
}

const reportOf = (pass: PassReport, requests: number, restarts: readonly string[]): ReadReport => ({
  paging: pass.paging,
  totalBefore: pass.before,
  totalAfter: pass.after,
  rows: pass.rows,
  duplicates: pass.duplicates,
  outside: pass.outside,
  windows: pass.pieces,
  requests,
  restarts,
});

const reasonOf = ({ before, after, read }: Mismatch): string =>
  `the PBX counts ${before === after ? before : `${before}, then ${after}`} legs and returned ${read}`;

const nextPlan = (plan: HistoryPlan, { before, after, read }: Mismatch): HistoryPlan => {
  const more = read > Math.max(before, after);
  // more rows than a count that does not change: the count is capped, so ask for less immediately
  if (more && before === after) return { ...plan, largestPiece: Math.max(1, before - 1) };
  if (more || before !== after) return plan;
  const largest = Math.min(plan.largestPiece ?? Number.POSITIVE_INFINITY, historyDefaults.largestPiece);
  return { paging: "offset", largestPiece: largest };
};
