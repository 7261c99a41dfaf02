import type { Faults } from "../faults.ts";
import type { PhpMap } from "../php-wire.ts";
import type { History, Position } from "./history.ts";
import { type Row, stamp } from "./row.ts";

/** CallHistory's answer: defaults start 0, count 100, sort start, dir DESC (documented); ends inclusive (invented). */
export const queryHistory = (
  history: History,
  query: PhpMap,
  faults: Faults,
): { total?: number | string; records: Record<string, unknown>[] } => {
  const filter = query.map("filter");
  const window =
    faults.on("start-filter-ignored") === undefined ? range(filter, "start", toLocal) : everything;
  const ids = faults.on("id-filter-ignored") === undefined ? range(filter, "id", Number) : everything;
  const ends = faults.on("exclusive-ends") === undefined ? 0 : 1;
  const [from, to] = [window.from + (window.open ? 0 : ends), window.to - (window.open ? 0 : ends)];
  const [fromId, toId] = [ids.from + (ids.open ? 0 : ends), ids.to - (ids.open ? 0 : ends)];
  const sortIgnored = faults.on("sort-ignored") !== undefined;
  const sort = sortIgnored ? "start" : (query.text("sort") ?? "start");
  const ascending = !sortIgnored && query.text("dir")?.toUpperCase() === "ASC";
  const offset = wholeNumber(query.text("start"), 0);
  const asked = wholeNumber(query.text("count"), 100);
  const cap = faults.on("row-cap") ?? Number.POSITIVE_INFINITY;
  const count = Math.max(0, Math.min(asked, faults.on("page-cap") ?? asked, cap - offset));
  const matches = otherFilters(filter, query);

  let total: number;
  let records: Row[];
  if (matches === undefined && sort === "id" && ascending && history.ordered) {
    // as a database with an index does: work for the rows skipped and the rows given
    total = history.count(from, to, fromId, toId);
    records = page(history.positions(from, to, fromId, toId), offset, count);
  } else {
    const positions = [...history.positions(from, to, fromId, toId)];
    const found = matches === undefined ? positions : positions.filter((position) => matches(position.row()));
    total = found.length;
    order(found, sort, ascending);
    records = found.slice(offset, offset + count).map((position) => position.row());
  }
  const fields = fieldsOf(query);
  const shown = Math.min(total, cap);
  return {
    ...(faults.on("total-absent") !== undefined
      ? {}
      : { total: faults.on("total-text") === undefined ? shown : String(shown) }),
    records: fields ? records.map((row) => pick(row, fields)) : records,
  };
};

const page = (positions: Iterable<Position>, offset: number, count: number): Row[] => {
  const rows: Row[] = [];
  let skipped = 0;
  if (count === 0) return rows;
  for (const position of positions) {
    if (skipped++ < offset) continue;
    rows.push(position.row());
    if (rows.length === count) break;
  }
  return rows;
};

/** Columns that hold numbers, though a record gives them as text. */
const numbers: ReadonlySet<string> = new Set(["billsec", "duration", "cost"]);
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const order = (positions: Position[], sort: string, ascending: boolean): void => {
  const sign = ascending ? 1 : -1;
  if (sort === "id" || sort === "start") {
    positions.sort(
      (a, b) =>
        sign * ((sort === "id" ? a.id - b.id : a.start - b.start) || a.id - b.id || a.start - b.start),
    );
    return;
  }
  const keyed = positions.map((position) => ({ position, key: String(position.row()[sort] ?? "") }));
  const inOrder = numbers.has(sort) ? compare : byText;
  keyed.sort((a, b) => sign * (inOrder(a.key, b.key) || a.position.id - b.position.id));
  positions.splice(0, positions.length, ...keyed.map(({ position }) => position));
};

const everything = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, open: true };

/** `filter[f]=x` or `filter[f][from]=x`, `filter[f][to]=y`. */
const range = (
  filter: PhpMap | undefined,
  field: string,
  read: (text: string) => number,
): { from: number; to: number; open: boolean } => {
  const exact = filter?.text(field);
  if (exact !== undefined && exact !== "") return { from: read(exact), to: read(exact), open: true };
  const bounds = filter?.map(field);
  const [from, to] = [bounds?.text("from"), bounds?.text("to")];
  return {
    from: from === undefined || from === "" ? Number.NEGATIVE_INFINITY : read(from),
    to: to === undefined || to === "" ? Number.POSITIVE_INFINITY : read(to),
    open: false,
  };
};

/** `2026-11-23 00:00:00` (seen in a working client) or `23/11/2026 00:00`, day first (documented; the order is a guess). */
const toLocal = (text: string): number => {
  const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?/.exec(text);
  const dmy = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d):(\d\d)(?::(\d\d))?)?/.exec(text);
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : [dmy?.[3], dmy?.[2], dmy?.[1]];
  const [hour, minute, second] = (iso ?? dmy ?? []).slice(4);
  return (
    Date.UTC(
      Number(year),
      Number(month) - 1,
      Number(day),
      Number(hour ?? 0),
      Number(minute ?? 0),
      Number(second ?? 0),
    ) / 1000
  );
};

/** A bound of another time than the start, as the records write it; other bounds unchanged. */
const asStamp = (bound: string | undefined): string | undefined => {
  const seconds = bound === undefined ? Number.NaN : toLocal(bound);
  return Number.isNaN(seconds) ? bound : stamp(seconds);
};

/** The filters and the search that need a row's content; undefined if there are none. */
const otherFilters = (filter: PhpMap | undefined, query: PhpMap): ((row: Row) => boolean) | undefined => {
  const tests: ((row: Row) => boolean)[] = [];
  for (const [field] of filter?.pairs ?? []) {
    if (field === "start" || field === "id") continue;
    const exact = filter?.text(field);
    const bounds = filter?.map(field);
    if (exact !== undefined) tests.push((row) => String(row[field] ?? "") === exact);
    const [from, to] = [bounds?.text("from"), bounds?.text("to")].map((bound) => asStamp(bound));
    if (from !== undefined) tests.push((row) => compare(row[field], from) >= 0);
    if (to !== undefined) tests.push((row) => compare(row[field], to) <= 0);
  }
  const words = query.text("search")?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  if (words.length > 0) {
    const fields = query.text("searchFields")?.split(",") ?? [
      "from_number",
      "to_number",
      "from_name",
      "to_name",
    ];
    tests.push((row) =>
      words.every((word) =>
        fields.some((field) =>
          String(row[field] ?? "")
            .toLowerCase()
            .includes(word),
        ),
      ),
    );
  }
  return tests.length === 0 ? undefined : (row) => tests.every((test) => test(row));
};

const compare = (value: unknown, bound: string): number => {
  const text = String(value ?? "");
  if (/^\d+(\.\d+)?$/.test(text) && /^\d+(\.\d+)?$/.test(bound)) return Number(text) - Number(bound);
  return byText(text, bound);
};

export const wholeNumber = (text: string | undefined, byDefault: number): number =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : byDefault;

/** `fields=id,start`; undefined for all. */
export const fieldsOf = (query: PhpMap): string[] | undefined =>
  query
    .text("fields")
    ?.split(",")
    .map((field) => field.trim())
    .filter(Boolean);

export const pick = (
  row: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Record<string, unknown> =>
  Object.fromEntries(fields.filter((field) => field in row).map((field) => [field, row[field]]));
