import type { LedgerCall } from "../../lib/calls/ledger/record.ts";
import type { CallRecord as HistoryRow } from "../../lib/wms/operations/history-page.ts";

/** 2023-11-14 22:13:20 UTC, as the tests' clock has it. */
export const sentAt = 1_700_000_000_000;
/** An unknown call. */
export const unknownRecord: LedgerCall = {
  id: "abcdefghijklmnopqrstuvwxyz",
  pbx: "milan",
  caller: "crm",
  fingerprint: "f",
  state: "UNKNOWN",
  reservedAt: sentAt - 100,
  changedAt: sentAt + 50_000,
  sends: [sentAt],
  steps: [],
  extension: "108",
  params: { channel: "Local/108@users", exten: "+16144841500", callerid: '"Ada" <199>', timeout: 25_000 },
};
/** A row that fits it. */
export const row = (change: object = {}): HistoryRow => ({
  id: "7",
  pbxid: "p1",
  start: "2023-11-14 23:13:21",
  timezone: "+0100",
  from_number: "108",
  to_number: "16144841500",
  ...change,
});
