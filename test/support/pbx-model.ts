import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../lib/wms/operations/history-page.ts";

export interface ModelRow extends CallRecord {
  readonly id: string;
  readonly start: string;
  readonly pbxid: string;
}

/** How the PBX pages wrongly. */
export interface ModelFaults {
  readonly idFilterIgnored?: boolean;
  readonly sortIgnored?: boolean;
  readonly exclusiveEnds?: boolean;
  readonly startFilterIgnored?: boolean;
  readonly noTotal?: boolean;
  /** A query sees no more than its first rows, and counts these. */
  readonly rowCap?: number;
  /** A page never has more rows. */
  readonly pageCap?: number;
}

type Bounds = { readonly from?: string; readonly to?: string };

/** A PBX's call history as a list in memory, behind the client's one method; nothing of it is shared with the simulator. */
export class PbxModel {
  rows: ModelRow[];
  faults: ModelFaults;
  requests = 0;

  constructor(rows: readonly ModelRow[], faults: ModelFaults = {}) {
    this.rows = [...rows];
    this.faults = faults;
  }

  async historyPage(query: HistoryPageQuery): Promise<HistoryPage> {
    this.requests++;
    const { faults } = this;
    const start: Bounds = faults.startFilterIgnored ? {} : boundsOf(query, "start");
    const ids: Bounds = faults.idFilterIgnored ? {} : boundsOf(query, "id");
    const matches = this.rows.filter(
      (row) =>
        within(compareText, row.start, start, faults.exclusiveEnds === true) &&
        within(compareNumber, row.id, ids, faults.exclusiveEnds === true),
    );
    const sorted = faults.sortIgnored
      ? matches.toSorted((a, b) => compareText(b.start, a.start) || compareNumber(b.id, a.id))
      : matches.toSorted((a, b) => compareNumber(a.id, b.id) || compareText(a.start, b.start));
    const seen = sorted.slice(0, faults.rowCap ?? sorted.length);
    const offset = query.offset ?? 0;
    const count = Math.min(query.count ?? 100, faults.pageCap ?? Number.POSITIVE_INFINITY);
    return {
      total: faults.noTotal ? undefined : seen.length,
      records: seen.slice(offset, offset + count).map((row) => ({ ...row })),
    };
  }
}

const boundsOf = (query: HistoryPageQuery, field: string): Bounds => {
  const bounds = query.filter?.[field];
  return typeof bounds === "object" ? bounds : {};
};

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareNumber = (a: string, b: string): number => Number(a) - Number(b);

const within = (
  compare: (a: string, b: string) => number,
  value: string,
  { from, to }: Bounds,
  exclusive: boolean,
): boolean => {
  const least = exclusive ? 1 : 0;
  return (
    (from === undefined || compare(value, from) >= least) && (to === undefined || compare(to, value) >= least)
  );
};
