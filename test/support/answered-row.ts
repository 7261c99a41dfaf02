import type { CallRecord } from "../../lib/wms/operations/history-page.ts";

/** A row of history: a customer reaches 101 after five seconds, and talks for thirty. */
export const answeredRow = (change: Readonly<Record<string, unknown>> = {}): CallRecord => ({
  id: "7",
  start: "2026-11-23 10:00:00",
  answer: "2026-11-23 10:00:05",
  end: "2026-11-23 10:00:35",
  from_number: "+393335000001",
  to_number: "101",
  billsec: "30",
  duration: "35",
  disposition: "ANSWERED",
  lastapp: "Dial",
  channel: "SIP/telco-00000001",
  dstchannel: "SIP/101-00000002",
  pbxid: "p1",
  type: "call",
  timezone: "+0000",
  ...change,
});
