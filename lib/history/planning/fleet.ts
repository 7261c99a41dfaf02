import * as z from "zod/mini";
import type { Alarms } from "../../alarms.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import type { StateStore } from "../../state.ts";
import { asSeen, type ExportStore, readText, writeText } from "../../store/store.ts";
import type { Clock } from "../../wms/clock.ts";
import { type Day, dayInUtc, shiftDay } from "../calendar/local-days.ts";
import { type DayRecord, recordsOf } from "../days/day-record.ts";
import type { PlannedPbx } from "../days/due-days.ts";
import { manifestPbxs } from "../days/manifest-pbxs.ts";
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
  /** A day that is not complete so long after it ended everywhere is reported as it is. */
  patienceSeconds: 6 * 3600,
  /** Days whose report is still brought up to date. */
  days: 4,
  slowest: 10,
  /** Missing PBXs that the message names; the report names all. */
  named: 20,
};

const reportSchema = z.strictObject({
  version: z.literal(1),
  day: z.string(),
  /** PBXs whose day it was. */
  pbxs: z.number(),
  exported: z.number(),
  /** Rows of those whose record is still known. */
  rows: z.number(),
  missing: z.array(
    z.strictObject({ pbx: z.string(), code: z.string(), reason: z.string(), deaths: z.number() }),
  ),
  slowest: z.array(z.strictObject({ pbx: z.string(), seconds: z.number(), rows: z.number() })),
  written_at: z.string(),
  /** Whether people were told of what is missing. */
  told: z.boolean(),
});

/** What `manifests/dt=.../_fleet.json` says of a day. */
export type FleetReport = z.infer<typeof reportSchema>;

/**
 * Writes the report of each of the last days that is complete, or old enough that nobody should wait: what is there, what is
 * missing and why, who was slow. Brings it up to date while days are made up for. Where something is missing people are
 * told, once. The reports that were written.
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
  // after the report, so that what the message points to is there; told twice if killed between rather than never
  await ports.alarms.tell(...messageOf(report));
  const told = { ...report, told: true };
  await writeText(ports.store, key, text(told), { etag });
  return told;
};

const text = (report: FleetReport): string => `${JSON.stringify(report, null, 2)}\n`;

const parse = (json: string | undefined): FleetReport | undefined => {
  try {
    return reportSchema.parse(JSON.parse(json ?? ""));
  } catch {
    // a report that cannot be read is written anew
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
  const records = await recordsOf(ports.state, day);
  const manifests = await manifestPbxs(ports.store, day, records);
  const there = expected.filter(({ pbx }) => manifests.has(pbx)).map(({ pbx }) => pbx);
  const missing = expected
    .filter(({ pbx }) => !manifests.has(pbx))
    .map(({ pbx }) => whyMissing(pbx, records.get(pbx)?.value));
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
    written_at: new Date(ports.clock.now()).toISOString(),
    told,
  };
};

const whyMissing = (pbx: string, record: DayRecord | undefined): FleetReport["missing"][number] => {
  const deaths = record?.deaths ?? 0;
  if (record?.reason) return { pbx, code: record.reason.code, reason: record.reason.detail, deaths };
  if (record === undefined) return { pbx, code: "NOT_PLANNED", reason: "it was not planned yet", deaths };
  return record.runUntil > 0
    ? { pbx, code: "RUNNING", reason: "its export has begun and is not through", deaths }
    : { pbx, code: "QUEUED", reason: "its turn has not come", deaths };
};

const number = (value: number): string => value.toLocaleString("en-US");

/** Subject and text for people: "998 of 1,000 PBXs exported; 2 missing because …". */
export const messageOf = (report: FleetReport): [subject: string, text: string] => {
  const { day, pbxs, exported, missing } = report;
  const lines = missing
    .slice(0, fleetDefaults.named)
    .map(
      ({ pbx, code, reason, deaths }) =>
        `- ${pbx}: ${reason} (${code})${deaths > 0 ? `, given up ${deaths === 1 ? "once" : `${deaths} times`} so far` : ""}`,
    );
  const more = missing.length - lines.length;
  return [
    `Call history of ${day}: ${number(missing.length)} of ${number(pbxs)} PBXs missing`,
    [
      `${number(exported)} of ${number(pbxs)} PBXs are exported for ${day}; ${number(missing.length)} missing because:`,
      "",
      ...lines,
      ...(more > 0 ? [`- and ${number(more)} more, named in ${fleetKey(day)}`] : []),
      "",
      "Each is tried again by itself, after an hour, then two, up to once a day. `wildix doctor --pbx ID` says what is",
      "wrong with a PBX; once it is mended, `wildix redrive --stage STAGE --pbx ID` tries at once.",
    ].join("\n"),
  ];
};
