import {
  type Call,
  CallGrouper,
  type GroupingSettings,
  groupLegs,
} from "../../../lib/history/grouping/grouping.ts";
import { type Leg, legReader } from "../../../lib/history/grouping/leg.ts";
import { type ExportRow, noFindings, typing } from "../../../lib/history/rows/rows.ts";

export const settings: GroupingSettings = { zone: "UTC", country: "IT" };

/** A wall-clock time some seconds after ten. */
export const at = (seconds: number): string =>
  new Date(Date.UTC(2026, 10, 23, 10) + seconds * 1000).toISOString().slice(0, 19).replace("T", " ");

let lastId = 0;
/** A leg of somebody outside who calls a DID and reaches 101, 30 seconds of talk after 5 of ringing. */
export const leg = (change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  id: String(++lastId),
  start: at(0),
  answer: at(5),
  end: at(35),
  src: "00393335000001",
  dst: "00390404567101",
  from_number: "00393335000001",
  from_name: "Café",
  to_number: "101",
  to_name: "Ada",
  billsec: "30",
  duration: "35",
  disposition: "ANSWERED",
  lastapp: "Dial",
  lastdata: "SIP/101",
  channel: "SIP/telco-00000001",
  dstchannel: "SIP/101-00000002",
  dcontext: "main",
  pbxid: "p1",
  type: "call",
  timezone: "+0000",
  ...change,
});

export const rowsOf = (
  legs: readonly Readonly<Record<string, unknown>>[],
  own: GroupingSettings = settings,
): ExportRow[] => {
  const type = typing(own, noFindings());
  return legs.map((record) => ({ record, typed: type(record) }));
};

let seq = 0;
/** A leg as the rules see it; `linkedid` is the PBX's own id of the call. */
export const readLeg = (change: Readonly<Record<string, unknown>> = {}): Leg => {
  const own = { ...settings, callIdField: "linkedid" };
  const [row] = rowsOf([leg(change)], own);
  if (row === undefined) throw new RangeError("no row");
  return legReader(own)(row, seq++);
};

export const callsOf = (
  legs: readonly Readonly<Record<string, unknown>>[],
  own: GroupingSettings = settings,
) => groupLegs(own, rowsOf(legs, own));

/** The counts after these legs. */
export const countsOf = (
  legs: readonly Readonly<Record<string, unknown>>[],
  own: GroupingSettings = settings,
) => {
  const grouper = new CallGrouper(own);
  for (const row of rowsOf(legs, own)) grouper.add(row);
  grouper.finish();
  return grouper.counts;
};

/** How many legs each call has. */
export const grouped = (calls: readonly Call[]): number[] => calls.map(({ leg_ids }) => leg_ids.length);

const numbered = (n: number): string => n.toString(16).padStart(8, "0");
/** One call after the other, by callers of their own. */
export const many = (count: number, change: (n: number) => Readonly<Record<string, unknown>> = () => ({})) =>
  Array.from({ length: count }, (_, n) =>
    leg({
      from_number: `0039333500${String(1_000 + n)}`,
      channel: `SIP/telco-${numbered(2 * n)}`,
      dstchannel: `SIP/101-${numbered(2 * n + 1)}`,
      start: at(n),
      answer: at(n),
      end: at(n + 1),
      billsec: "1",
      duration: "",
      ...change(n),
    }),
  );
