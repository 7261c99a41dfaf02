import type { Limits, WmsClient } from "../client.ts";
import { defined } from "../defined.ts";
import { type DateFormat, formatBound, formatLocal, granularity } from "../local-time.ts";
import type { HistoryPage, HistoryPageQuery } from "../operations/history-page.ts";
import { checkStart, countOf, startOf } from "./history-rows.ts";

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
  /** Rows asked for in one request; a PBX that gives fewer is read all the same. */
  readonly pageSize?: number;
  readonly dateFormat?: DateFormat;
}

const askDefaults = { pageSize: 1000 };

/** Asks a PBX for pages and counts of windows, and refuses answers about another time. */
export class HistoryAsker {
  requests = 0;
  readonly pageSize: number;
  /** Seconds by which a window can be cut at the finest. */
  readonly unit: number;
  readonly #client: Pick<WmsClient, "historyPage">;
  readonly #options: ReadOptions;
  readonly #format: DateFormat;

  constructor(client: Pick<WmsClient, "historyPage">, options: ReadOptions) {
    this.#client = client;
    this.#options = options;
    this.#format = options.dateFormat ?? "iso";
    this.pageSize = options.pageSize ?? askDefaults.pageSize;
    this.unit = granularity(this.#format);
  }

  /** The rows that the PBX counts; null if it counts none. */
  async total(window: HistoryWindow): Promise<number | null> {
    return countOf(await this.#ask(window, { offset: 0, count: 1 }));
  }

  /** A page in id order: after an offset, or from an id on. */
  page(
    window: HistoryWindow,
    place: { readonly offset?: number; readonly fromId?: string } = {},
  ): Promise<HistoryPage> {
    // where ends are inclusive the row of this id comes again, and is not to take the place of a new one
    const count = this.pageSize + (place.fromId === undefined ? 0 : 1);
    const query = { sort: "id", dir: "ASC", offset: place.offset ?? 0, count } as const;
    return this.#ask(window, query, place.fromId);
  }

  async #ask(window: HistoryWindow, query: HistoryPageQuery, fromId?: string): Promise<HistoryPage> {
    const { fields, filter, search, searchFields, signal, timeoutMs } = this.#options;
    const { unit } = this;
    // one unit more at the front: where ends are exclusive, the first second would be lost and not counted
    const [from, to] = [Math.floor(window.from / unit) * unit - unit, Math.ceil(window.to / unit) * unit];
    this.requests++;
    const page = await this.#client.historyPage(
      {
        ...query,
        ...(fields === undefined ? {} : { fields: [...new Set(["id", "start", "pbxid", ...fields])] }),
        ...defined({ search, searchFields }),
        filter: {
          ...filter,
          start: { from: formatBound(from, this.#format), to: formatBound(to, this.#format) },
          ...(fromId === undefined ? {} : { id: { from: fromId } }),
        },
      },
      { ...defined({ signal, timeoutMs }) },
    );
    const [least, most] = [formatLocal(from - unit), formatLocal(to + unit)];
    for (const row of page.records) checkStart(startOf(row), least, most);
    return page;
  }
}
