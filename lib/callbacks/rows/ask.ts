import { defined } from "../../defined.ts";
import { zoneOffset } from "../../pbxs/opening-hours.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { WmsError } from "../../wms/errors.ts";
import { formatBound, granularity, parseLocal } from "../../wms/local-time.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";

const hour = 3_600_000;
const pageSize = 500;
/** Beyond so many rows a question is not answered. */
const mostPages = 10;
/** For one question, ms. */
const patience = 5_000;
/** Rows that start so much before the window show that the PBX ignored it, ms: clocks differ by less. */
const outside = 26 * hour;

/** A question to call history: legs that started in a time, epoch ms. */
export interface RowQuestion {
  readonly from: number;
  readonly to: number;
  /** Digits that a field of the leg must contain. */
  readonly search?: string;
  /** Legs with this id or a later one. */
  readonly fromId?: string;
}

/**
 * The legs of a time, newest first. Throws WmsError, even if the PBX ignores the filter or has more rows than can be read: a PBX
 * that cannot answer must not be dialled.
 */
export const askRows = async (
  pbx: Pick<Pbx, "client" | "settings">,
  { from, to, search, fromId }: RowQuestion,
  signal?: AbortSignal,
): Promise<CallRecord[]> => {
  const { timezone: zone = "UTC", date_format: format = "iso" } = pbx.settings;
  const unit = granularity(format);
  // the clock may have been set back since then
  const [first, last] = [zoneOffset(zone, from), zoneOffset(zone, to)];
  const bound = (ms: number, round: (seconds: number) => number): string =>
    formatBound(round(ms / 1000 / unit) * unit, format);
  const start = {
    from: bound(from + Math.min(first, last), Math.floor),
    to: bound(to + Math.max(first, last), Math.ceil),
  };
  const rows: CallRecord[] = [];
  for (let page = 0; page < mostPages; page++) {
    const { records } = await pbx.client.historyPage(
      {
        sort: "id",
        dir: "DESC",
        offset: page * pageSize,
        count: pageSize,
        ...defined({ search }),
        filter: { start, ...(fromId === undefined ? {} : { id: { from: fromId } }) },
      },
      { timeoutMs: patience, ...defined({ signal }) },
    );
    const least = (from + Math.min(first, last) - outside) / 1000;
    if (records.some((row) => (parseLocal(String(row["start"])) ?? least) < least))
      throw new WmsError("WMS_FILTER_IGNORED", {
        field: "start",
        detail: "the PBX ignores the filter `start`: it returned legs of another time",
        sent: "yes",
      });
    rows.push(...records);
    if (records.length < pageSize) return rows;
  }
  throw new WmsError("WMS_HISTORY_INCOMPLETE", {
    detail: `the PBX has more than ${mostPages * pageSize} rows in the requested time`,
    sent: "yes",
  });
};
