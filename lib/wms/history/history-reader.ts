import { WmsError } from "../errors.ts";
import { formatLocal } from "../local-time.ts";
import type { CallRecord, HistoryPage } from "../operations/history-page.ts";
import type { HistoryAsker, HistoryWindow } from "./history-asker.ts";
import type { HistoryCursor, HistoryPlan, RowsEvent } from "./history-cursor.ts";
import { pagesByOffset } from "./history-offsets.ts";
import {
  addedOf,
  byIdentity,
  countOf,
  IdPagingBroken,
  identity,
  idOf,
  type PageEnd,
  startOf,
  takenOut,
} from "./history-rows.ts";
import { halve, lookForLimit } from "./row-limit.ts";

/** The result of a pass. Counts are null once one of the pieces has none. */
export interface PassReport {
  readonly paging: "id" | "offset";
  readonly before: number | null;
  readonly after: number | null;
  readonly pieces: number;
  readonly rows: number;
  readonly duplicates: number;
  readonly outside: number;
}

/** A piece whose rows and counts do not agree. */
export interface Mismatch {
  readonly before: number;
  readonly after: number;
  readonly read: number;
}

/** What reading one piece gave: its distinct rows, and what the PBX counted before and after; null if it counts none. */
interface PieceRead {
  readonly rows: number;
  readonly before: number | null;
  readonly after: number | null;
}

interface Piece {
  readonly window: HistoryWindow;
  readonly total: number | null;
  /** Its first page by id, where that came with the total. */
  readonly first?: HistoryPage;
  /** Where to continue in it. */
  readonly from?: HistoryCursor;
}

/** Number of rows of a page that are returned together. */
const rowsAtOnce = 50;

/** How often a piece that moves is read by offsets before the reading begins again. */
const attempts = 6;

/** The window now has other pieces than when reading began. */
export class PiecesMoved extends Error {}

const plus = (sum: number | null, count: number | null): number | null =>
  sum === null || count === null ? null : sum + count;

/** Reads a window once, in one way. */
export class HistoryPass {
  readonly #asker: HistoryAsker;
  readonly #window: HistoryWindow;
  readonly #plan: HistoryPlan;
  readonly #restarts: readonly string[];
  readonly #from: HistoryCursor | undefined;
  #total: number | null = null;
  #pieces = 0;
  #before: number | null = 0;
  #after: number | null = 0;
  #rows = 0;
  #duplicates = 0;
  #outside = 0;

  constructor(
    asker: HistoryAsker,
    window: HistoryWindow,
    plan: HistoryPlan,
    restarts: readonly string[],
    from?: HistoryCursor,
  ) {
    this.#asker = asker;
    this.#window = window;
    this.#plan = plan;
    this.#restarts = restarts;
    this.#from = from;
    if (from === undefined) return;
    this.#total = from.total;
    this.#pieces = from.pieces;
    this.#before = from.before;
    this.#after = from.after;
    this.#rows = from.rows;
    this.#duplicates = from.duplicates;
    this.#outside = from.outside;
  }

  /** Throws IdPagingBroken and PiecesMoved if another pass must begin, and the errors of requests. */
  async *read(): AsyncGenerator<RowsEvent, PassReport | Mismatch> {
    for await (const piece of this.#split()) {
      const { rows, before, after } =
        this.#plan.paging === "id" ? yield* this.#byId(piece) : yield* this.#byOffset(piece);
      this.#pieces++;
      this.#before = plus(this.#before, before);
      this.#after = plus(this.#after, after);
      if (before === null || after === null) continue;
      // a count that moved proves nothing: what came and went might be other than what is missing
      if (before !== after || before !== rows) return { before, after, read: rows };
    }
    return {
      paging: this.#plan.paging,
      before: this.#before,
      after: this.#after,
      pieces: Math.max(1, this.#pieces),
      rows: this.#rows,
      duplicates: this.#duplicates,
      outside: this.#outside,
    };
  }

  async *#split(): AsyncGenerator<Piece> {
    const [plan, from, window] = [this.#plan, this.#from, this.#window];
    if (plan.paging === "offset" || plan.largestPiece !== null) {
      if (from === undefined) this.#total = await this.#asker.total(window);
      if (from !== undefined || !(await this.#isEmpty())) yield* this.#halve(window, this.#total);
      return;
    }
    if (from !== undefined) {
      yield { window, total: from.piece.total, from };
      return;
    }
    // a window's count and its first page by one request: no id is asked for yet, so the page counts only the window
    const first = await this.#asker.page(window);
    this.#total = countOf(first);
    const counts = this.#total !== 0;
    if (!(await this.#isEmpty())) yield { window, total: this.#total, ...(counts ? { first } : {}) };
  }

  /** A window without rows is asked about once more, then believed. */
  async #isEmpty(): Promise<boolean> {
    if (this.#total === 0) this.#total = await this.#asker.total(this.#window);
    return this.#total === 0;
  }

  /** Halves the window until no piece has more rows than the plan allows, or than the PBX shows. */
  async *#halve(window: HistoryWindow, total: number | null): AsyncGenerator<Piece> {
    const { largestPiece } = this.#plan;
    const { unit } = this.#asker;
    const halves = halve(window, unit);
    const large =
      total === null ? window.to - window.from > 3600 : total > (largestPiece ?? Number.POSITIVE_INFINITY);
    if (halves === undefined && large && total !== null)
      throw incomplete(
        `returns at most ${largestPiece} legs in one answer, but more than ${largestPiece} start within ${unit} s`,
      );
    if (halves === undefined || !(large || (await this.#isCutOff(window, total)))) {
      yield this.#leaf(window, total);
      return;
    }
    for (const half of halves)
      if (!this.#isThrough(half)) yield* this.#halve(half, await this.#countBefore(half));
  }

  /** By ids a limit on rows shows, because more of them come than are counted; by offsets there are no rows behind it. */
  async #isCutOff(window: HistoryWindow, total: number | null): Promise<boolean> {
    if (this.#plan.paging === "id" || total === null) return false;
    const count = (span: HistoryWindow): Promise<number | null> => this.#asker.total(span);
    const limit = await lookForLimit(window, total, this.#asker.unit, count);
    if (limit === "cut off") return true;
    // all rows in one second can be all there are, or a limit; a round number of them is taken for a limit
    if (limit === "one unit" && total % 100 === 0)
      throw incomplete(`counts exactly ${total} legs within ${this.#asker.unit} s, which looks like a limit`);
    return false;
  }

  /** Whether an earlier process has read all of it. */
  #isThrough({ to }: HistoryWindow): boolean {
    return this.#from !== undefined && to <= this.#from.piece.from;
  }

  #isBegun({ from, to }: HistoryWindow): boolean {
    return this.#from?.piece.from === from && this.#from.piece.to === to;
  }

  async #countBefore(window: HistoryWindow): Promise<number | null> {
    return this.#from && this.#isBegun(window) ? this.#from.piece.total : this.#asker.total(window);
  }

  #leaf(window: HistoryWindow, total: number | null): Piece {
    const from = this.#from;
    if (from === undefined || window.from > from.piece.from) return { window, total };
    if (!this.#isBegun(window))
      throw new PiecesMoved("the time windows of the day changed while it was read");
    return { window, total: from.piece.total, from };
  }

  /**
   * Reads on from each page's last id; the next page is asked for while the caller still works on this one. When as many
   * rows came as were counted, the count after them is asked for beside the page that must be empty.
   */
  async *#byId(piece: Piece): AsyncGenerator<RowsEvent, PieceRead> {
    const { window, total, from } = piece;
    let distinct = from?.distinct ?? 0;
    let end: PageEnd | undefined = from && { id: Number(from.last.id), rows: new Set(from.ties) };
    let after: Promise<number | null> | undefined;
    let pending =
      piece.first === undefined
        ? this.#asker.page(window, end === undefined ? {} : { fromId: String(end.id) })
        : Promise.resolve(piece.first);
    // 1 where ends are exclusive: rows that share the last id would be passed over
    let less = 0;
    for (;;) {
      const before = end;
      const page = await readPage(pending, before, less);
      if (page === undefined) {
        less = 1;
        pending = this.#asker.page(window, { fromId: String(Number(before?.id) - less) });
        continue;
      }
      this.#duplicates += page.duplicates;
      if (page.end === undefined) {
        // a page full of rows with one id cannot be read past
        if (page.size > 1 && page.size >= this.#asker.pageSize)
          throw new IdPagingBroken("a page has no new ids");
        // a PBX that counted nothing before proves nothing after
        const counted = total === null ? null : await (after ?? this.#asker.total(window));
        return { rows: distinct, before: total, after: counted };
      }
      end = page.end;
      pending = quiet(this.#asker.page(window, { fromId: String(end.id - less) }));
      // rows that come after all make this count void, so it is asked for once
      after = distinct + page.added.length === total ? quiet(this.#asker.total(window)) : undefined;
      for (const rows of takenOut(page.added, rowsAtOnce)) {
        const event = this.#event(piece, rows, distinct, page.added.length, before);
        distinct += rows.length;
        yield event;
      }
    }
  }

  /** Reads a piece into memory; again where it moved meanwhile, because offsets shift then. */
  async *#byOffset(piece: Piece): AsyncGenerator<RowsEvent, PieceRead> {
    const { window, from } = piece;
    let { total } = piece;
    for (let attempt = 1; ; attempt++) {
      const { rows, counted, duplicates } = await pagesByOffset(this.#asker, window, total);
      this.#duplicates += duplicates;
      const after = total === null ? null : (counted ?? (await this.#asker.total(window)));
      if (after !== total) {
        if (attempt === attempts) return { rows: rows.size, before: total, after };
        total = after;
        continue;
      }
      const sorted = [...rows.values()].sort(byIdentity);
      const added = from === undefined ? sorted : sorted.filter((row) => byIdentity(row, from.last) > 0);
      const distinct = from?.distinct ?? 0;
      if (added.length > 0) yield this.#event({ ...piece, total }, added, distinct, 0);
      return { rows: distinct + added.length, before: total, after };
    }
  }

  /** Returns the rows inside the piece; the others were asked for to be safe. */
  #event(
    piece: Piece,
    added: readonly CallRecord[],
    distinct: number,
    left: number,
    end?: PageEnd,
  ): RowsEvent {
    const [from, to] = [formatLocal(piece.window.from), formatLocal(piece.window.to)];
    const inside = added.filter((row) => {
      const start = startOf(row);
      return start >= from && start < to;
    });
    // in its current form: the pass continues while the caller still works on these rows
    const so = {
      pieces: this.#pieces,
      before: this.#before,
      after: this.#after,
      rows: this.#rows,
      outside: this.#outside,
      duplicates: this.#duplicates,
    };
    this.#rows += inside.length;
    this.#outside += added.length - inside.length;
    return {
      kind: "rows",
      rows: inside,
      left,
      total: this.#total,
      cursor: (count) => {
        const row = inside[count - 1] ?? {};
        const given = added.slice(0, added.indexOf(row) + 1);
        const id = String(row["id"]);
        const ties = given.filter((other) => String(other["id"]) === id).map(identity);
        return {
          ...so,
          plan: this.#plan,
          restarts: this.#restarts,
          total: this.#total,
          piece: { ...piece.window, total: piece.total },
          distinct: distinct + given.length,
          last: { id, start: String(row["start"]), pbxid: String(row["pbxid"] ?? "") },
          ties: [...(end !== undefined && end.id === Number(id) ? end.rows : []), ...ties],
          rows: so.rows + count,
          outside: so.outside + given.length - count,
          requests: this.#asker.requests,
        };
      },
    };
  }
}

/** A page that came by id, without the rows that came before. */
interface PageRows {
  readonly added: CallRecord[];
  readonly duplicates: number;
  /** Rows of the page, those that came before included. */
  readonly size: number;
  /** Undefined if all rows came before. */
  readonly end: PageEnd | undefined;
}

/** Reads an answer. Only `added` keeps its rows. Undefined if ends are exclusive, and the page was asked for as if they were not. */
const readPage = async (
  page: Promise<HistoryPage>,
  before: PageEnd | undefined,
  less: number,
): Promise<PageRows | undefined> => {
  const { records } = await page;
  if (before !== undefined && less === 0 && !comesAgain(records, before)) return undefined;
  const { added, duplicates } = addedOf(records, before);
  const last = added.at(-1);
  return { added, duplicates, size: records.length, end: last && endOf(records, idOf(last)) };
};

const endOf = (records: readonly CallRecord[], id: number): PageEnd => ({
  id,
  rows: new Set(records.slice(records.findLastIndex((row) => idOf(row) !== id) + 1).map(identity)),
});

/** Whether a page begins with the id with which the one before ended; otherwise ends are exclusive, or the row is gone. */
const comesAgain = ([first]: readonly CallRecord[], end: PageEnd): boolean =>
  first !== undefined && idOf(first) === end.id;

const incomplete = (detail: string): WmsError =>
  new WmsError("WMS_HISTORY_INCOMPLETE", { detail: `the PBX ${detail}` });

/** A request's error is met when its answer is awaited, not before. */
const quiet = <T>(answer: Promise<T>): Promise<T> => {
  answer.catch(() => undefined);
  return answer;
};
