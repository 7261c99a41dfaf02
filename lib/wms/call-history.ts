import type { Limits, WmsClient } from "./client.ts";
import { WmsError } from "./errors.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "./history-page.ts";
import { historyDefaults, mismatch, nextPlan, type Plan, plus, type Sums } from "./history-plan.ts";
import { byIdentity, checkStart, IdPagingBroken, identity, idOf, startOf } from "./history-rows.ts";
import { type DateFormat, formatBound, formatLocal, granularity } from "./local-time.ts";
import { halve, isCutOff, readWhole } from "./row-limit.ts";

/** Half open: from <= start < to. Seconds of the PBX's wall clock, as if UTC (local-time.ts). */
export interface HistoryWindow {
  readonly from: number;
  readonly to: number;
}

export interface ReadOptions extends Limits {
  /** Default: all. `id`, `start` and `pbxid` are always asked for. */
  readonly fields?: readonly string[];
  readonly filter?: HistoryPageQuery["filter"];
  readonly search?: string;
  readonly searchFields?: readonly string[];
  /** Rows asked for at once; a PBX that gives fewer is read all the same. */
  readonly pageSize?: number;
  readonly dateFormat?: DateFormat;
}

/** How a window was read, and that it adds up. */
export interface ReadReport {
  /** `id`: from each page's last id on. `offset`: by overlapping pages, because the PBX does not do the other right. */
  readonly paging: "id" | "offset";
  /** Rows that the PBX counts in what was asked, before and after; null where it counts none. */
  readonly totalBefore: number | null;
  readonly totalAfter: number | null;
  /** Rows given out, all of them inside the window. */
  readonly rows: number;
  /** Rows that came more than once and were dropped. */
  readonly duplicates: number;
  /** Rows that were asked for to be safe, and lie outside the window. */
  readonly outside: number;
  /** Pieces in which the window was read. */
  readonly windows: number;
  readonly requests: number;
  /** Why reading began anew, in order. */
  readonly restarts: readonly string[];
}

/** `total`: rows of the whole window as the PBX counts them. `restart`: what came so far was not the whole and is to be forgotten. */
export type HistoryEvent =
  | { readonly kind: "rows"; readonly rows: readonly CallRecord[]; readonly total: number | null }
  | { readonly kind: "restart"; readonly reason: string };

/** The query of a page by id, from the first on. */
const idOrder: { readonly sort: "id"; readonly dir: "ASC"; readonly offset: number } = {
  sort: "id",
  dir: "ASC",
  offset: 0,
};

/**
 * Reads every call record of a window, each once, and proves it: the PBX's own count before and after must equal the rows
 * that came. Trusts no paging: where ids do not ascend, filters are ignored, ends are exclusive or rows are capped, the
 * window is read in another way. Memory holds a page or two (`offset`: one piece).
 *
 * Gives `rows` events, in id order (`offset`, and capped PBXs: in order of the pieces, by id within each), and `restart`
 * where the rows so far do not count. Returns the report. Throws WMS_FILTER_IGNORED, WMS_HISTORY_INCOMPLETE and whatever
 * a request may throw.
 */
export async function* readHistory(
  client: Pick<WmsClient, "historyPage">,
  window: HistoryWindow,
  options: ReadOptions = {},
): AsyncGenerator<HistoryEvent, ReadReport> {
  const reader = new Reader(client, window, options);
  let plan: Plan = { paging: "id", largestPiece: Number.POSITIVE_INFINITY };
  for (let pass = 1; ; pass++) {
    const verdict = yield* reader.pass(plan);
    if ("report" in verdict) return verdict.report;
    if (pass >= historyDefaults.passes) {
      throw new WmsError("WMS_HISTORY_INCOMPLETE", {
        detail: `read ${pass} times, the last time: ${verdict.reason}`,
      });
    }
    reader.restarts.push(verdict.reason);
    yield { kind: "restart", reason: verdict.reason };
    plan = verdict.next;
  }
}

type Verdict = { readonly report: ReadReport } | { readonly reason: string; readonly next: Plan };

interface Piece {
  readonly window: HistoryWindow;
  readonly total: number | null;
  /** Its first page by id, where that came with the total. */
  readonly first?: HistoryPage;
}

/** What reading a piece gave: distinct rows, and the count after them if it was asked for on the way. */
interface PieceRead {
  readonly rows: number;
  readonly after?: number | null;
}

class Reader {
  readonly restarts: string[] = [];
  readonly #client: Pick<WmsClient, "historyPage">;
  readonly #window: HistoryWindow;
  readonly #options: ReadOptions;
  readonly #format: DateFormat;
  #whole: number | null = null;
  #requests = 0;
  #rows = 0;
  #duplicates = 0;
  #outside = 0;

  constructor(client: Pick<WmsClient, "historyPage">, window: HistoryWindow, options: ReadOptions) {
    this.#client = client;
    this.#window = window;
    this.#options = options;
    this.#format = options.dateFormat ?? "iso";
  }

  async *pass(plan: Plan): AsyncGenerator<HistoryEvent, Verdict> {
    this.#rows = 0;
    this.#duplicates = 0;
    this.#outside = 0;
    const sums: Sums = { before: 0, after: 0 };
    const split = plan.paging === "offset" || plan.largestPiece < Number.POSITIVE_INFINITY;
    const whole = split
      ? { window: this.#window, total: await this.#total(this.#window) }
      : await this.#open(this.#window);
    this.#whole = whole.total;
    if (whole.total === 0 && (await this.#total(this.#window)) === 0)
      return { report: this.#report(plan, sums, 1) };
    let pieces = 0;
    const parts = split ? this.#pieces(this.#window, whole.total, plan) : [whole];
    try {
      for await (const piece of parts) {
        pieces++;
        const read = plan.paging === "id" ? yield* this.#byId(piece) : yield* this.#byOffset(piece);
        const after = await this.#countAfter(piece, read);
        const wrong = mismatch(piece.total, after, read.rows);
        sums.before = plus(sums.before, piece.total);
        sums.after = plus(sums.after, after);
        if (wrong) return { reason: wrong.reason, next: nextPlan(plan, wrong, piece.total) };
      }
    } catch (error) {
      if (!(error instanceof IdPagingBroken)) throw error;
      return {
        reason: error.message,
        next: { paging: "offset", largestPiece: historyDefaults.largestPiece },
      };
    }
    return { report: this.#report(plan, sums, pieces) };
  }

  #report(plan: Plan, sums: Sums, windows: number): ReadReport {
    return {
      paging: plan.paging,
      totalBefore: sums.before,
      totalAfter: sums.after,
      rows: this.#rows,
      duplicates: this.#duplicates,
      outside: this.#outside,
      windows,
      requests: this.#requests,
      restarts: this.restarts,
    };
  }

  /** A window's count and its first page by one request: no id is asked for yet, so the page counts the window alone. */
  async #open(window: HistoryWindow): Promise<Piece> {
    const first = await this.#page(window, idOrder);
    const total = countOf(first);
    return total === 0 ? { window, total } : { window, total, first };
  }

  async #countAfter({ window, total }: Piece, { after }: PieceRead): Promise<number | null> {
    // a PBX that counted nothing before proves nothing after
    if (total === null) return null;
    return after === undefined ? this.#total(window) : after;
  }

  /** Halves the window until no piece has more rows than the plan allows; a cap makes one second the end of it. */
  async *#pieces(window: HistoryWindow, total: number | null, plan: Plan): AsyncGenerator<Piece> {
    const seconds = window.to - window.from;
    const unit = granularity(this.#format);
    const halves = halve(window, unit);
    const large = total === null ? seconds > 3600 : total > plan.largestPiece;
    if (halves === undefined && large && total !== null) {
      throw new WmsError("WMS_HISTORY_INCOMPLETE", {
        detail: `the PBX hands out at most ${plan.largestPiece} rows at once, and more of them start within ${unit} s`,
      });
    }
    if (halves === undefined || !(large || (await this.#isCutOff(window, total, plan)))) {
      yield { window, total };
      return;
    }
    for (const half of halves) yield* this.#pieces(half, await this.#total(half), plan);
  }

  /** By ids a limit on rows shows, because more of them come than are counted; by offsets nothing lies behind it. */
  async #isCutOff(window: HistoryWindow, total: number | null, plan: Plan): Promise<boolean> {
    if (plan.paging === "id" || total === null) return false;
    return isCutOff(window, total, granularity(this.#format), (span) => this.#total(span));
  }

  /**
   * Reads on from each page's last id; the next page is asked for while the caller still works on this one. When as many
   * rows came as were counted, the count after them is asked for beside the page that has to be empty.
   */
  async *#byId(piece: Piece): AsyncGenerator<HistoryEvent, PieceRead> {
    let distinct = 0;
    let end: { readonly id: number; readonly rows: ReadonlySet<string> } | undefined;
    let after: Promise<number | null> | undefined;
    let pending =
      piece.first === undefined ? this.#page(piece.window, idOrder) : Promise.resolve(piece.first);
    for (;;) {
      const { records } = await pending;
      const fresh = this.#fresh(records, end);
      if (fresh.length === 0) {
        // a page full of rows with one id cannot be read past
        if (records.length > 1 && records.length >= this.#pageSize())
          throw new IdPagingBroken("a page brought no new ids");
        return after === undefined ? { rows: distinct } : { rows: distinct, after: await after };
      }
      const id = idOf(fresh.at(-1) ?? {});
      end = {
        id,
        rows: new Set(records.slice(records.findLastIndex((row) => idOf(row) !== id) + 1).map(identity)),
      };
      distinct += fresh.length;
      pending = quiet(this.#page(piece.window, { ...idOrder, fromId: String(id) }));
      // rows that come after all make this count void, so it is asked for once
      after = distinct === piece.total ? quiet(this.#total(piece.window)) : undefined;
      yield { kind: "rows", rows: this.#inside(fresh, piece.window), total: this.#whole };
    }
  }

  /** The rows of a page that did not come before. Throws IdPagingBroken where ids do not ascend. */
  #fresh(
    records: readonly CallRecord[],
    end: { readonly id: number; readonly rows: ReadonlySet<string> } | undefined,
  ): CallRecord[] {
    const fresh: CallRecord[] = [];
    let last = end?.id ?? Number.NEGATIVE_INFINITY;
    let ties = end?.rows ?? new Set<string>();
    for (const row of records) {
      const id = idOf(row);
      if (id < last) throw new IdPagingBroken("ids do not ascend from page to page");
      if (id > last) {
        last = id;
        ties = new Set();
        fresh.push(row);
        continue;
      }
      // the last page's end comes again where ends are inclusive; that is no fault of the PBX
      const key = identity(row);
      const known = ties.has(key) || (fresh.length > 0 && identity(fresh.at(-1) ?? {}) === key);
      if (known) this.#duplicates += id === end?.id ? 0 : 1;
      else {
        ties = new Set([...ties, key]);
        fresh.push(row);
      }
    }
    return fresh;
  }

  /** Reads a piece into memory; where the PBX does not count, its halves as well, to see that it holds nothing back. */
  async *#byOffset({ window, total }: Piece): AsyncGenerator<HistoryEvent, PieceRead> {
    const read = (span: HistoryWindow): Promise<ReadonlyMap<string, CallRecord>> => this.#pages(span);
    const rows =
      total === null ? await readWhole(window, granularity(this.#format), read) : await read(window);
    const sorted = [...rows.values()].sort(byIdentity);
    yield { kind: "rows", rows: this.#inside(sorted, window), total: this.#whole };
    return { rows: sorted.length };
  }

  /** Overlapping pages, until one brings nothing new. */
  async #pages(window: HistoryWindow): Promise<ReadonlyMap<string, CallRecord>> {
    const rows = new Map<string, CallRecord>();
    let offset = 0;
    for (;;) {
      const { records } = await this.#page(window, { ...idOrder, offset });
      const before = rows.size;
      for (const row of records) {
        const key = identity(row);
        if (rows.has(key)) this.#duplicates++;
        else rows.set(key, row);
      }
      if (rows.size === before) return rows;
      offset += Math.max(
        1,
        records.length - Math.min(historyDefaults.overlap, Math.floor(records.length / 2)),
      );
    }
  }

  #inside(rows: readonly CallRecord[], window: HistoryWindow): CallRecord[] {
    const [from, to] = [formatLocal(window.from), formatLocal(window.to)];
    const inside = rows.filter((row) => {
      const start = startOf(row);
      return start >= from && start < to;
    });
    this.#rows += inside.length;
    this.#outside += rows.length - inside.length;
    return inside;
  }

  #pageSize(): number {
    return this.#options.pageSize ?? historyDefaults.pageSize;
  }

  async #total(window: HistoryWindow): Promise<number | null> {
    return countOf(await this.#ask(window, { offset: 0, count: 1 }));
  }

  #page(window: HistoryWindow, query: typeof idOrder & { readonly fromId?: string }): Promise<HistoryPage> {
    const { fromId, ...rest } = query;
    return this.#ask(window, { ...rest, count: this.#pageSize() }, fromId);
  }

  async #ask(window: HistoryWindow, query: HistoryPageQuery, fromId?: string): Promise<HistoryPage> {
    const { fields, filter, search, searchFields, signal, timeoutMs } = this.#options;
    const unit = granularity(this.#format);
    // one unit more at the front: where ends are exclusive, the first second would be lost and nobody would count it
    const [from, to] = [Math.floor(window.from / unit) * unit - unit, Math.ceil(window.to / unit) * unit];
    this.#requests++;
    const page = await this.#client.historyPage(
      {
        ...query,
        ...(fields === undefined ? {} : { fields: [...new Set(["id", "start", "pbxid", ...fields])] }),
        ...(search === undefined ? {} : { search }),
        ...(searchFields === undefined ? {} : { searchFields }),
        filter: {
          ...filter,
          start: { from: formatBound(from, this.#format), to: formatBound(to, this.#format) },
          ...(fromId === undefined ? {} : { id: { from: fromId } }),
        },
      },
      { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    );
    const [least, most] = [formatLocal(from - unit), formatLocal(to + unit)];
    for (const row of page.records) checkStart(startOf(row), least, most);
    return page;
  }
}

/** The rows that a page says there are; null where it does not count. */
const countOf = ({ total, records }: HistoryPage): number | null => {
  if (total === 0 && records.length > 0) return null;
  return total ?? (records.length === 0 ? 0 : null);
};

/** A request's error is met when its answer is awaited, not before. */
const quiet = <T>(answer: Promise<T>): Promise<T> => {
  answer.catch(() => undefined);
  return answer;
};
