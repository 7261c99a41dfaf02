import * as z from "zod/mini";
import { type Alarms, optionOfStage, subjectOfStage } from "../../alarms.ts";
import { defined } from "../../defined.ts";
import type { FormatName } from "../../format-names.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import { asSeen, readText, type WritingStore, writeText } from "../../store/store.ts";
import type { Clock } from "../../wms/clock.ts";
import { type Day, dayInUtc, shiftDay } from "../calendar/local-days.ts";
import { readPbxDays } from "../days/day-ledger.ts";
import type { PlannedPbx } from "../days/due-days.ts";
import { manifestPbxs } from "../days/manifest-pbxs.ts";
import { deadLettersOf, type PbxDay, whyNotExported } from "../days/pbx-day.ts";
import { exportDefaults } from "../export/export-job.ts";
import { fleetKey } from "../publication/manifest.ts";
import { OtherDaysCount } from "./other-days.ts";

export interface FleetPorts {
  readonly state: StateStore;
  readonly store: WritingStore;
  readonly alarms: Alarms;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: { readonly stage: string | undefined; readonly format: FormatName };
}

const fleetDefaults = {
  /** A day that is still incomplete this long after its end in all zones is reported. */
  patienceSeconds: 6 * 3600,
  /** Days whose report is still updated. */
  days: 4,
  slowest: 10,
  /** PBXs that the notification names. The report names all. */
  named: 20,
  /** A PBX with 0 rows is reported if it had so many rows on the same weekday of the week before. */
  usualRows: 1_000,
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
  /** PBXs that are exported with 0 rows, but had many rows a week before. Absent: none. */
  without_rows: z.optional(z.array(z.strictObject({ pbx: z.string(), rows_week_before: z.number() }))),
  /** Exported PBXs whose day has another format or layout than new days, by kind. Absent: none. */
  other_kinds: z.optional(z.record(z.string(), z.number())),
  slowest: z.array(z.strictObject({ pbx: z.string(), seconds: z.number(), rows: z.number() })),
  written_at: z.string(),
  /** Whether a notification was sent. */
  told: z.boolean(),
});

/** Content of `manifests/dt=.../_fleet.json`. */
export type FleetReport = z.infer<typeof reportSchema>;

/**
 * Writes the report of each of the last days that is complete or overdue: PBXs exported, PBXs not exported with the reason, PBXs
 * without rows on a day that usually has many, and the slowest PBXs. Updates the report while days are backfilled. Sends one
 * notification for a day with PBXs that are not exported or without rows. Returns the reports that it wrote.
 * Throws STORE_UNAVAILABLE, STORE_CONFLICT, STATE_UNAVAILABLE, ALARMS_UNAVAILABLE.
 */
export const reportFleet = async (ports: FleetPorts, pbxs: readonly PlannedPbx[]): Promise<FleetReport[]> => {
  const newest = pbxs.map(({ today }) => shiftDay(today, -1)).sort()[0];
  const written: FleetReport[] = [];
  if (newest === undefined) return written;
  for (let back = 0; back < fleetDefaults.days; back++) {
    const day = shiftDay(newest, -back);
    const expected = pbxs.filter(({ first }) => first <= day);
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
  const report = await buildReport(ports, day, expected, before?.told ?? false);
  if (report.missing.length > 0 && !isLate(day, expected, ports.clock.now())) return undefined;
  const notify = !report.told && (report.missing.length > 0 || report.without_rows !== undefined);
  if (before && !notify && same(before, report)) return undefined;
  const { etag } = await writeText(ports.store, key, text(report), asSeen(seen));
  if (!before) ports.metrics.put({ days_missing: report.missing.length });
  if (!notify) return report;
  // after the report, to which the notification refers; a run killed between the two notifies twice rather than never
  await ports.alarms.notify(...messageOf(report, ports.config.stage, ports.config.format));
  const notified = { ...report, told: true };
  await writeText(ports.store, key, text(notified), { etag });
  return notified;
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

const buildReport = async (
  ports: FleetPorts,
  day: Day,
  expected: readonly PlannedPbx[],
  notified: boolean,
): Promise<FleetReport> => {
  const records = await readPbxDays(ports.state, day);
  const manifests = await manifestPbxs(ports.store, day, records);
  const now = ports.clock.now();
  const there = expected.filter(({ pbx }) => manifests.has(pbx)).map(({ pbx }) => pbx);
  const missing = expected
    .filter(({ pbx }) => !manifests.has(pbx))
    .map(({ pbx }) => notExported(pbx, records.get(pbx)?.value, stateSeconds(now)));
  const others = new OtherDaysCount(ports.config.format);
  for (const pbx of there) others.add(day, manifests.get(pbx));
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
    ...defined({
      without_rows: await withoutRows(ports.state, day, results),
      other_kinds: others.found?.kinds,
    }),
    slowest: results.sort((a, b) => b.seconds - a.seconds).slice(0, fleetDefaults.slowest),
    written_at: new Date(now).toISOString(),
    told: notified,
  };
};

/** Of PBXs with 0 rows, those that had many a week before. The same weekday is compared, because offices close on some days. */
const withoutRows = async (
  state: StateStore,
  day: Day,
  results: readonly { readonly pbx: string; readonly rows: number }[],
): Promise<FleetReport["without_rows"]> => {
  const empty = results.filter(({ rows }) => rows === 0);
  if (empty.length === 0) return undefined;
  const weekBefore = await readPbxDays(state, shiftDay(day, -7));
  const found = empty.flatMap(({ pbx }) => {
    const rows = weekBefore.get(pbx)?.value.result?.rows ?? 0;
    return rows < fleetDefaults.usualRows ? [] : [{ pbx, rows_week_before: rows }];
  });
  return found.length === 0 ? undefined : found;
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
export const messageOf = (
  report: FleetReport,
  stage: string | undefined,
  format: FormatName = exportDefaults.format,
): [subject: string, text: string] => {
  const option = optionOfStage(stage);
  const { day, pbxs, exported, missing, without_rows: empty = [], other_kinds: others = {} } = report;
  const [count, fault] =
    missing.length > 0 ? [missing.length, "not exported"] : [empty.length, "without legs"];
  const paragraphs = [`${number(exported)} of ${number(pbxs)} PBXs are exported for ${day}.`];
  const [first] = missing;
  if (first !== undefined) {
    const lines = missing.map(
      ({ pbx, code, reason, deaths }) =>
        `${pbx}: ${reason} (${code})${deaths > 0 ? `; dead letters so far: ${deaths}` : ""}`,
    );
    paragraphs.push(
      "Not exported:",
      list(day, lines),
      [
        "A failed day is retried after 1 hour, then 2, then 4, up to once a day.",
        `To find the cause at one PBX, run \`wildix doctor${option} --pbx ${first.pbx}\`.`,
        ...(stage === undefined
          ? []
          : [`When the cause is fixed, run \`wildix redrive${option} --pbx ${first.pbx}\` to retry now.`]),
      ].join("\n"),
    );
  }
  if (empty.length > 0) {
    const before = shiftDay(day, -7);
    paragraphs.push(
      "Exported without legs:",
      list(
        day,
        empty.map(({ pbx, rows_week_before: rows }) => `${pbx}: 0 legs; ${number(rows)} on ${before}`),
      ),
      "Check whether there were calls on this day. If there were, check the PBX's call history in WMS.",
    );
  }
  if (Object.keys(others).length > 0)
    paragraphs.push(
      "Exported in another format or layout. One table cannot read these days together with new days:",
      Object.entries(others)
        .map(([kind, count]) => `- ${kind}: ${number(count)} ${count === 1 ? "PBX" : "PBXs"}`)
        .join("\n"),
      `To export them again, run \`wildix backfill${option} --force --format ${format} --from ${day} --to ${day}\`.`,
    );
  return [
    subjectOfStage(stage, `Call history of ${day}: ${number(count)} of ${number(pbxs)} PBXs ${fault}`),
    paragraphs.join("\n\n"),
  ];
};

/** The first lines as a list, and where the others are. */
const list = (day: Day, lines: readonly string[]): string => {
  const more = lines.length - fleetDefaults.named;
  return [
    ...lines.slice(0, fleetDefaults.named).map((line) => `- ${line}`),
    ...(more > 0 ? [`- and ${number(more)} more: all are in ${fleetKey(day)}`] : []),
  ].join("\n");
};
