import { cleanNumber, type NumberStyle, sameNumber } from "../../phone-number.ts";
import { parseLocal } from "../../wms/local-time.ts";
import type { CallRecord as HistoryRow } from "../../wms/operations/history-page.ts";
import { callTimes, type Evidence, type LedgerCall } from "./record.ts";

/** How far a PBX's clock may be off, and how long it may take until a leg begins, ms. */
const slack = 60_000;

/** When rows of a call may start, epoch ms: a second leg starts when the first is answered. */
export const evidenceWindow = (call: LedgerCall): { from: number; to: number } => {
  // an attempt that died while it sent wrote no time of sending; it sent within the age that it may have
  const from = call.sends[0] ?? call.reservedAt;
  const to = call.sends.at(-1) ?? call.reservedAt + callTimes.oldestMs;
  return { from: from - slack, to: to + (call.params.timeout ?? 0) + slack };
};

/** Seconds east of UTC of a string such as `+0200`. Undefined if it is none. */
export const offsetSeconds = (text: unknown): number | undefined => {
  const match = typeof text === "string" ? /^([+-])(\d\d):?(\d\d)$/.exec(text) : null;
  if (!match) return undefined;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
};

/** When a row starts, epoch ms, by its own offset from UTC, else by `offset` (seconds). NaN if it does not say. */
const startOf = (row: HistoryRow, offset: number): number => {
  const local = parseLocal(String(row["start"])) ?? Number.NaN;
  return (local - (offsetSeconds(row["timezone"]) ?? offset)) * 1000;
};

/** Identity of a row: ids start again when a PBX is replaced. */
export const rowIdentity = (row: HistoryRow): string =>
  ["pbxid", "id", "start"].map((field) => String(row[field] ?? "")).join("|");

/** How a PBX writes times and numbers into its history. `offset`: seconds east of UTC, for rows without a zone. */
export interface PbxWriting extends NumberStyle {
  readonly offset: number;
}

export interface Found {
  readonly evidence: Evidence;
  /** The row, and what looks like another leg of the same call: no other call may be settled by these. */
  readonly rows: readonly HistoryRow[];
}

/**
 * The row that shows that a call was placed. A mark that the PBX carried settles it; without one, the phones and the time have
 * to fit, and of several the nearest in time is taken. Rows in `taken` (identities) belong to other calls. Pure.
 */
export const findEvidence = (
  call: LedgerCall,
  rows: readonly HistoryRow[],
  { offset, ...style }: PbxWriting,
  taken: ReadonlySet<string> = new Set(),
): Found | undefined => {
  const { mark } = call;
  const marked = rows.filter((row) => mark !== undefined && carries(row, mark));
  const [first] = marked;
  if (first !== undefined) return { evidence: evidenceOf("exact", first), rows: marked };
  const { from, to } = evidenceWindow(call);
  const sent = call.sends.at(-1) ?? call.reservedAt;
  const [best, ...others] = rows
    .filter((row) => !taken.has(rowIdentity(row)) && fitsPhones(call, row, style))
    .map((row) => ({ row, start: startOf(row, offset) }))
    .filter(({ start }) => start >= from && start <= to)
    .sort((a, b) => Math.abs(a.start - sent) - Math.abs(b.start - sent));
  if (best === undefined) return undefined;
  const legs = others.filter(({ start }) => Math.abs(start - best.start) <= 2_000);
  return { evidence: evidenceOf("inferred", best.row), rows: [best, ...legs].map(({ row }) => row) };
};

const evidenceOf = (kind: Evidence["kind"], row: HistoryRow): Evidence => ({ kind, row: String(row["id"]) });

const carries = (row: HistoryRow, mark: string): boolean =>
  Object.values(row).some((value) => typeof value === "string" && value.includes(mark));

/** One end is the phone that rang first; the other is it again, what was dialled, or what it was shown. */
const fitsPhones = (call: LedgerCall, row: HistoryRow, style: NumberStyle): boolean => {
  const ends = [
    [row["from_number"], row["to_number"]],
    [row["src"], row["dst"]],
  ];
  const others = [call.params.exten, shownNumber(call.params.callerid)].filter(
    (number) => number !== undefined,
  );
  const isOther = (seen: unknown): boolean =>
    isExtension(seen, call.extension) ||
    others.some((number) => sameNumber(String(seen ?? ""), number, style));
  return ends.some(([from, to]) =>
    [
      [from, to],
      [to, from],
    ].some(([a, b]) => isExtension(a, call.extension) && isOther(b)),
  );
};

const shownNumber = (callerid = ""): string | undefined => /<(.+)>$/.exec(callerid)?.[1];

const isExtension = (seen: unknown, extension: string): boolean => {
  const clean = cleanNumber(String(seen));
  return "number" in clean && clean.number === extension;
};
