import * as z from "zod/mini";
import type { Alarms } from "../../alarms.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import { asSeen, type ExportStore, readText, writeText } from "../../store/store.ts";
import type { Clock } from "../../wms/clock.ts";
import { type Day, dayInUtc, shiftDay } from "../calendar/local-days.ts";
import { readPbxDays } from "../days/day-ledger.ts";
import type { PlannedPbx } from "../days/due-days.ts";
import { manifestPbxs } from "../days/manifest-pbxs.ts";
import { deadLettersOf, type PbxDay, whyNotExported } from "../days/pbx-day.ts";
import { fleetKey } from "../publication/manifest.ts";

export interface FleetPorts {
  readonly state: StateStore;
  readonly store: ExportStore;
  readonly alarms: Alarms;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

const fleetDefaults = {
  /** A day that is still incomplete this long after its end in all zones is reported. */
  patienceSeconds: 6 * 3600,
  /** Days whose report is still updated. */
  days: 4,
  slowest: 10,
  /** PBXs without a manifest that the notification names; the report names all. */
  named: 20,
};

const reportSchema = z.strictObject({
  version: z.literal(1),
  day: z.string(),
  /** PBXs that should have the day. */
  pbxs: z.number(),
  exported: z.number(),
  /** Rows of the exported PBXs whose record still exists. */
  rows: z.number(),
  missing: z.array(
    z.strictObject({ pbx: z.string(), code: z.string(), reason: z.string(), deaths: z.number() }),
  ),
  slowest: z.array(z.strictObject({ pbx: z.string(), seconds: z.number(), rows: z.number() })),
  written_at: z.string(),
  /** Whether a notification was sent. */
  told: z.boolean(),
});

/** Content of `manifests/dt=.../_fleet.json`. */
export type FleetReport = z.infer<typeof reportSchema>;

/**
 * Writes the report of each of the last days that is complete or overdue: PBXs exported, PBXs not exported with the reason, and
 * the slowest PBXs. Updates the report while days are backfilled. Sends one notification for a day with PBXs that are not
 * exported. Returns the reports that it wrote.
 */
export const reportFleet = async (
  ports: FleetPorts,
  places: readonly PlannedPbx[],
): Promise<FleetReport[]> => {
  const newest = places.map(({ today }) => shiftDay(today, -1)).sort()[0];
  const written: FleetReport[] = [];
  if (newest === undefined) return written;
  for (let back = 0; back < fleetDefaults.days; back++) {
    const day = shiftDay(newest, -back);
    const expected = places.filter(({ first }) => first <= day);
    const report = expected.length === 0 ? undefined : await reportDay(ports, day, expected);
    if (report) written.push(report);
  }
  return written;
};

const reportDay = async (
  ports: FleetPorts,
  day: Day,
  expected: readonly PlannedPbx[],
): Promise<FleetReport | undefined> => {
  const key = fleetKey(day);
  const seen = await ports.store.head(key);
  const before = seen && parse(await readText(ports.store, key));
  if (before && before.missing.length === 0 && before.pbxs === expected.length) return undefined;
  const report = await takeStock(ports, day, expected, before?.told ?? false);
  if (report.missing.length > 0 && !isLate(day, expected, ports.clock.now())) return undefined;
  const tell = report.missing.length > 0 && !report.told;
  if (before && !tell && same(before, report)) return undefined;
  const { etag } = await writeText(ports.store, key, text(report), asSeen(seen));
  if (!before) ports.metrics.put({ days_missing: report.missing.length });
  if (!tell) return report;
  // after the report, to which the notification refers; a run killed between the two notifies twice rather than never
  await ports.alarms.notify(...messageOf(report));
  const told = { ...report, told: true };
  await writeText(ports.store, key, text(told), { etag });
  return told;
};

const text = (report: FleetReport): string => `${JSON.stringify(report, null, 2)}\n`;

const parse = (json: string | undefined): FleetReport | undefined => {
  try {
    return reportSchema.parse(JSON.parse(json ?? ""));
  } catch {
    // an unreadable report is written again
    return undefined;
  }
};

const same = (a: FleetReport, b: FleetReport): boolean =>
  text({ ...a, written_at: "" }) === text({ ...b, written_at: "" });

const isLate = (day: Day, expected: readonly PlannedPbx[], now: number): boolean => {
  const ends = [...new Set(expected.map(({ zone }) => zone))].map((zone) =>
    Date.parse(dayInUtc(day, zone).to),
  );
  return now >= Math.max(...ends) + fleetDefaults.patienceSeconds * 1000;
};

const takeStock = async (
  ports: FleetPorts,
  day: Day,
  expected: readonly PlannedPbx[],
  told: boolean,
): Promise<FleetReport> => {
  const records = await readPbxDays(ports.state, day);
  const manifests = await manifestPbxs(ports.store, day, records);
  const now = ports.clock.now();
  const there = expected.filter(({ pbx }) => manifests.has(pbx)).map(({ pbx }) => pbx);
  const missing = expected
    .filter(({ pbx }) => !manifests.has(pbx))
    .map(({ pbx }) => notExported(pbx, records.get(pbx)?.value, stateSeconds(now)));
  const results = there.flatMap((pbx) => {
    const result = records.get(pbx)?.value.result;
    return result === undefined ? [] : [{ pbx, seconds: result.seconds, rows: result.rows }];
  });
  return {
    version: 1,
    day,
    pbxs: expected.length,
    exported: there.length,
    rows: results.reduce((sum, { rows }) => sum + rows, 0),
    missing,
    slowest: results.sort((a, b) => b.seconds - a.seconds).slice(0, fleetDefaults.slowest),
    written_at: new Date(now).toISOString(),
    told,
  };
};

/** `now` is epoch seconds. */
const notExported = (
  pbx: string,
  record: PbxDay | undefined,
  now: number,
): FleetReport["missing"][number] => {
  const { code, detail: reason } = whyNotExported(record, now);
  return { pbx, code, reason, deaths: deadLettersOf(record) };
};

const number = (value: number): string => value.toLocaleString("en-US");

/** Subject and text of the notification. */
export const messageOf = (report: FleetReport): [subject: string, text: string] => {
  const { day, pbxs, exported, missing } = report;
  const lines = missing
    .slice(0, fleetDefaults.named)
    .map(
      ({ pbx, code, reason, deaths }) =>
        `- ${pbx}: ${reason} (${code})${deaths > 0 ? `; dead letters so far: ${deaths}` : ""}`,
    );
  const more = missing.length - lines.length;
  return [
    `Call history of ${day}: ${number(missing.length)} of ${number(pbxs)} PBXs not exported`,
    [
      `${number(exported)} of ${number(pbxs)} PBXs are exported for ${day}. Not exported:`,
      "",
      ...lines,
      ...(more > 0 ? [`- and ${number(more)} more: ${fleetKey(day)} names all`] : []),
      "",
      "A failed day is retried after 1 hour, then 2, then 4, up to once a day. To find the cause, run `wildix doctor --pbx ID`.",
      "When the cause is fixed, run `wildix redrive --stage STAGE --pbx ID` to retry now.",
    ].join("\n"),
  ];
};
