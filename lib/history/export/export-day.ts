import { software } from "../../software.ts";
import { asSeen, writeText } from "../../store/store.ts";
import { newToken } from "../../token.ts";
import type { ReadReport } from "../../wms/history/call-history.ts";
import { formatLocal } from "../../wms/local-time.ts";
import { dayInUtc, dayWindow } from "../calendar/local-days.ts";
import { type Changes, compareRows, differing, digestRows } from "../publication/changes.ts";
import { areThere, type DayState, lookAtDay } from "../publication/day-state.ts";
import { type Manifest, manifestKey, manifestVersion } from "../publication/manifest.ts";
import { Publication, refuseWhereHeld } from "../publication/publication.ts";
import { recordVersion } from "../rows/call-record.ts";
import { type Begun, type Copied, copyRows, type ExportProgress } from "./copy-rows.ts";
import { type ExportJob, type ExportPorts, exportDefaults } from "./export-job.ts";

export interface Exported {
  readonly kind: "exported";
  readonly manifest: Manifest;
  /** The day stood already and was left as it is. */
  readonly skipped: boolean;
}

/** Time ran out: the day is to be gone on with from this part on. */
export interface HandedOver {
  readonly kind: "handed over";
  readonly part: number;
}

type OnProgress = (progress: ExportProgress) => void;
const ignore: OnProgress = () => undefined;

/** Exports one local day of one PBX, however long that takes: `exportSome` to its end. */
export const exportDay = async (
  ports: ExportPorts,
  job: ExportJob,
  onProgress: OnProgress = ignore,
): Promise<Exported> => {
  let result = await exportSome(ports, job, onProgress);
  while (result.kind === "handed over")
    result = await exportSome(ports, { ...job, part: result.part }, onProgress);
  return result;
};

/**
 * Exports one local day of one PBX: its parts, then its manifest; or as much as time allows, to be gone on with. Nothing is
 * visible before every row is read and the counts agree, but parts of a day that is handed over. Another run that has the day
 * makes this one stop with STORE_CONFLICT and change nothing more.
 * Throws whatever reading throws (lib/wms/history/call-history.ts) and STORE_UNAVAILABLE; a day that failed has no manifest.
 */
export const exportSome = async (
  ports: ExportPorts,
  job: ExportJob,
  onProgress: OnProgress = ignore,
): Promise<Exported | HandedOver> => {
  const before = await lookAtDay(ports.store, job);
  const begun = whereItStopped(before, job.part ?? 1);
  if (!job.force && before.manifest !== undefined)
    return { kind: "exported", manifest: before.manifest, skipped: true };
  refuseWhereHeld(before, ports.clock.now());
  const copied = await copyRows(ports, job, begun, onProgress);
  try {
    const { report, cursor, findings, extremes } = copied;
    if (report !== undefined)
      return {
        kind: "exported",
        manifest: await publish(ports, job, before, copied, report),
        skipped: false,
      };
    if (cursor === undefined) throw new RangeError("a run stops behind a row");
    const part = copied.carried.length + copied.parts.length + 1;
    await inPublication(ports, job, before, copied, async (publication) => {
      await publication.commit(copied.parts);
      await publication.handOver({ cursor, findings, extremes });
    });
    return { kind: "handed over", part };
  } catch (error) {
    await copied.abort();
    throw error;
  }
};

/** What an earlier run has left of the parts before this one; undefined: the day begins with its first. */
const whereItStopped = ({ draft, parts }: DayState, part: number): Begun | undefined => {
  if (draft?.progress == null || part !== draft.parts.length + 1 || !areThere(draft.parts, parts))
    return undefined;
  return { parts: draft.parts, progress: draft.progress };
};

const publish = async (
  ports: ExportPorts,
  job: ExportJob,
  before: DayState,
  copied: Copied,
  report: ReadReport,
): Promise<Manifest> => {
  const { store, clock } = ports;
  const { format = exportDefaults.format } = job;
  const manifestOf = (parts: Manifest["parts"], changes: Changes | null): Manifest => ({
    ...describe(job, copied, report),
    format,
    parts,
    schema_version: recordVersion,
    changes,
    exported_at: new Date(clock.now()).toISOString(),
    software,
  });
  const { manifest: standing } = before;
  const changed = differing(standing?.parts ?? [], copied.parts);
  if (standing && changed.before.length === 0 && changed.after.length === 0) {
    // not a byte differs: the parts stay as they are, and one conditional write says that they were looked at
    await copied.abort();
    const manifest = manifestOf(standing.parts, { added: 0, changed: 0, removed: 0 });
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeText(store, manifestKey(job.day, job.pbx), text, asSeen(before.object));
    return manifest;
  }
  const said = standing && (await digestRows(store, changed.before, format));
  return inPublication(ports, job, before, copied, async (publication) => {
    const parts = await publication.commit(copied.parts);
    await publication.removeOthers();
    const after = parts.slice(parts.length - changed.after.length);
    const changes = said && format !== "csv" ? await compareRows(store, said, after, format) : null;
    const manifest = manifestOf(parts, changes);
    await publication.finish(manifest);
    return manifest;
  });
};

const inPublication = async <T>(
  ports: ExportPorts,
  job: ExportJob,
  before: DayState,
  { carried }: Copied,
  act: (publication: Publication) => Promise<T>,
): Promise<T> => {
  const publication = new Publication(ports, job, before, newToken(ports.random), carried);
  await publication.begin();
  try {
    return await act(publication);
  } catch (error) {
    // the error that stopped the run is told, not one of clearing up: a draft that stays runs out
    await publication.giveUp().catch(() => undefined);
    throw error;
  }
};

const describe = (job: ExportJob, { findings, extremes }: Copied, report: ReadReport) => {
  const window = dayWindow(job.day);
  return {
    version: manifestVersion as typeof manifestVersion,
    pbx: job.pbx,
    day: job.day,
    zone: job.zone,
    window_local: { from: formatLocal(window.from), to: formatLocal(window.to) },
    window_utc: dayInUtc(job.day, job.zone),
    pbx_count_before: report.totalBefore,
    pbx_count_after: report.totalAfter,
    rows: report.rows,
    duplicates_dropped: report.duplicates,
    rows_outside: report.outside,
    paging: report.paging,
    windows: report.windows,
    requests: report.requests,
    restarts: [...report.restarts],
    ...extremes,
    fields_unknown: findings.unknown,
    fields_missing: findings.missing,
    fields_retyped: findings.retyped,
    offset_mismatches: findings.offsetMismatches,
  };
};
