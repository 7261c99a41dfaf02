import { ProductError } from "../../errors.ts";
import { software } from "../../software.ts";
import { asSeen, writeText } from "../../store/store.ts";
import { newToken } from "../../token.ts";
import { formatLocal } from "../../wms/local-time.ts";
import { dayInUtc, dayWindow } from "../calendar/local-days.ts";
import { callVersion, rulesVersion } from "../grouping/grouping.ts";
import { type Changes, compareRows, differing, digestRows } from "../publication/changes.ts";
import { areThere, type DayState, lookAtDay, withAllParts } from "../publication/day-state.ts";
import { readGrouping, removeGrouping, writeGrouping } from "../publication/grouping-state.ts";
import {
  type AnyManifest,
  type Dataset,
  datasetOf,
  type Manifest,
  manifestKey,
  manifestVersion,
  type Part,
  partsOf,
} from "../publication/manifest.ts";
import { Publication, refuseWhereHeld } from "../publication/publication.ts";
import { legVersion } from "../rows/leg-fields.ts";
import {
  type Checkpoint,
  type CompleteCopy,
  type Copied,
  type CopyPorts,
  copyRows,
  type ExportProgress,
} from "./copy-rows.ts";
import { type DayNames, type KeptNames, keptNames, NamesReading } from "./day-names.ts";
import { canContinue, type GroupingState } from "./day-tables.ts";
import { type ExportJob, type ExportPorts, exportDefaults } from "./export-job.ts";

export type Exported =
  | { readonly kind: "exported"; readonly skipped: false; readonly manifest: Manifest }
  /** The day had a manifest, and nothing was read. */
  | { readonly kind: "exported"; readonly skipped: true; readonly manifest: AnyManifest };

/** The time ran out. The next run continues with this part. */
export interface Unfinished {
  readonly kind: "unfinished";
  readonly part: number;
}

type OnProgress = (progress: ExportProgress) => void;
const ignore: OnProgress = () => undefined;

/** Exports one local day of one PBX, however long that takes. Throws what `exportSome` throws. */
export const exportDay = async (
  ports: ExportPorts,
  job: ExportJob,
  onProgress: OnProgress = ignore,
): Promise<Exported> => {
  let result = await exportSome(ports, job, onProgress);
  while (result.kind === "unfinished")
    result = await exportSome(ports, { ...job, part: result.part }, onProgress);
  return result;
};

/**
 * Exports one local day of one PBX: its parts, then its manifest. If the time does not suffice, writes some parts and a
 * checkpoint. Apart from these parts, nothing is visible before every row is read and the counts agree. If another run has the
 * day, this one changes nothing more and throws STORE_CONFLICT.
 * Throws what the reader throws (lib/wms/history/call-history.ts), STORE_UNAVAILABLE, and EXPORT_EMPTIED, which leaves the day as
 * it is. A day that failed otherwise has no manifest.
 */
export const exportSome = async (
  ports: ExportPorts,
  job: ExportJob,
  onProgress: OnProgress = ignore,
): Promise<Exported | Unfinished> => {
  const before = await lookAtDay(ports.store, job);
  const found = before.manifest ?? before.old;
  if (!job.force && found !== undefined) return { kind: "exported", manifest: found, skipped: true };
  refuseWhereHeld(before, ports.clock.now());
  const checkpoint = await checkpointOf(ports, job, before);
  const kept = keptNames(before, job);
  const names = new NamesReading(ports, job, kept);
  try {
    const copied = await copyRows(withNames(ports, names), job, checkpoint, onProgress);
    try {
      return await publishCopied(ports, job, before, copied, kept, names);
    } catch (error) {
      await copied.abort();
      throw error;
    }
  } catch (error) {
    await names.abort();
    throw error;
  }
};

/** The names are asked for from the first answer on: a PBX that does not answer gets no further request. */
const withNames = (ports: ExportPorts, names: NamesReading): CopyPorts => ({
  ...ports,
  client: {
    historyPage: async (...asked) => {
      const page = await ports.client.historyPage(...asked);
      names.begin();
      return page;
    },
  },
});

const publishCopied = async (
  ports: ExportPorts,
  job: ExportJob,
  before: DayState,
  copied: Copied,
  kept: KeptNames,
  reading: NamesReading,
): Promise<Exported | Unfinished> => {
  if (copied.kind === "complete") {
    // a day that is continued has no manifest
    if (copied.parts.length === 0) refuseEmptied(job, before.manifest ?? before.old);
    const manifest = await publish(ports, job, before, copied, kept, await reading.finish());
    return { kind: "exported", manifest, skipped: false };
  }
  const { cursor, findings, extremes, context, state } = copied;
  const names = await reading.stop();
  const parts = await inPublication(ports, job, before, copied, kept, async (publication) => {
    const committed = await publication.commit([...copied.parts, ...names.parts]);
    const grouping = await writeGrouping(ports.store, job, state);
    await publication.continueLater({
      cursor,
      findings,
      extremes,
      context,
      names: names.tables(committed),
      grouping,
    });
    return committed;
  });
  return { kind: "unfinished", part: partsIn("legs", parts).length + 1 };
};

/** A PBX that lost its history must not take the exported rows with it. */
const refuseEmptied = ({ day, pbx }: ExportJob, found: AnyManifest | undefined): void => {
  if (found === undefined || found.rows === 0) return;
  throw new ProductError("EXPORT_EMPTIED", {
    detail: `${pbx} no longer has legs of ${day}, but the export has ${found.rows.toLocaleString("en-US")}. The exported legs remain.`,
    field: "day",
  });
};

/** The checkpoint of an earlier run that stopped before this part. Undefined: the export starts with the first part. */
const checkpointOf = async (
  { store }: Pick<ExportPorts, "store">,
  job: ExportJob,
  { checkpoint, parts }: DayState,
): Promise<Checkpoint | undefined> => {
  if (
    checkpoint?.progress == null ||
    (job.part ?? 1) !== partsIn("legs", checkpoint.parts).length + 1 ||
    !areThere(checkpoint.parts, parts)
  )
    return undefined;
  const { progress } = checkpoint;
  const state = await readGrouping<GroupingState>(store, job, progress.grouping);
  return state !== undefined && canContinue(state) ? { parts: checkpoint.parts, progress, state } : undefined;
};

const partsIn = <P extends { readonly key: string }>(dataset: Dataset, parts: readonly P[]): P[] =>
  parts.filter(({ key }) => datasetOf(key) === dataset);

const rowsOf = (parts: readonly { readonly rows: number }[]): number =>
  parts.reduce((sum, { rows }) => sum + rows, 0);

const publish = async (
  ports: ExportPorts,
  job: ExportJob,
  before: DayState,
  copied: CompleteCopy,
  kept: KeptNames,
  names: DayNames,
): Promise<Manifest> => {
  const { store, clock } = ports;
  const { format = exportDefaults.format } = job;
  const manifestOf = (parts: readonly Part[], changes: Changes | null): Manifest => {
    const exported_at = new Date(clock.now()).toISOString();
    const { legs, calls } = copied.erased;
    return {
      ...describe(job, copied, rowsOf(partsIn("legs", parts))),
      format,
      datasets: { ...tablesOf(parts, copied), ...names.tables(parts) },
      changes,
      exported_at,
      software,
      ...(legs + calls === 0 ? {} : { erased: [{ at: exported_at, legs, calls }] }),
    };
  };
  const { manifest: current } = before;
  const changed = differing(current?.datasets.legs.parts ?? [], partsIn("legs", copied.parts));
  const calls = differing(current?.datasets.calls.parts ?? [], partsIn("calls", copied.parts));
  const isSame = [changed, calls].every(({ before: a, after: b }) => a.length + b.length === 0);
  if (current && isSame && names.parts.length === 0) {
    // not a byte differs: the parts stay, and one conditional write records that they were read again
    await copied.abort();
    await checkErased(job);
    const manifest = manifestOf(partsOf(current), { added: 0, changed: 0, removed: 0 });
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeText(store, manifestKey(job.day, job.pbx), text, asSeen(before.object));
    return manifest;
  }
  // rows of an older version differ in their fields, not in what the PBX says
  const digests = current === undefined ? undefined : await digestRows(store, changed.before, format);
  return inPublication(ports, job, before, copied, kept, async (publication) => {
    const parts = await publication.commit([...copied.parts, ...names.parts]);
    await publication.removeOthers();
    const legs = partsIn("legs", parts);
    const after = legs.slice(legs.length - changed.after.length);
    const changes = digests ? await compareRows(store, digests, after, format) : null;
    const manifest = manifestOf(parts, changes);
    // an earlier run has left it, even if that run was killed while it published
    if (before.checkpoint !== undefined) await removeGrouping(store, job);
    await publication.finish(manifest);
    return manifest;
  });
};

const inPublication = async <T>(
  ports: ExportPorts,
  job: ExportJob,
  before: DayState,
  { carried }: Copied,
  kept: KeptNames,
  act: (publication: Publication) => Promise<T>,
): Promise<T> => {
  const all = await withAllParts(ports.store, job, before);
  const publication = new Publication(ports, job, all, newToken(ports.random), [
    ...partsIn("legs", carried),
    ...partsIn("calls", carried),
    ...kept.parts,
  ]);
  await publication.begin();
  try {
    await checkErased(job);
    return await act(publication);
  } catch (error) {
    // the caller gets the error that stopped the run, not one of the cleanup: a lease that stays runs out
    await publication.release().catch(() => undefined);
    throw error;
  }
};

/**
 * A number may have been erased since the rows were read. The erasing command lists the number first, and then finds this run's lease: so
 * one of the two sees the other.
 */
const checkErased = async ({ erased }: ExportJob): Promise<void> => {
  if (erased === undefined || (await erased.isCurrent())) return;
  throw new ProductError("STORE_CONFLICT", {
    detail: "a number was erased while the day was read; the day must be read again",
    retryAfter: 1,
  });
};

const tablesOf = (parts: readonly Part[], { counts, groupingCounts }: CompleteCopy): Manifest["datasets"] => {
  const [legs, calls] = [partsIn("legs", parts), partsIn("calls", parts)];
  const { legs: _legs, calls: _calls, exact: _e, channel: _c, inferred: _i, ...odd } = groupingCounts;
  return {
    legs: { schema_version: legVersion, rows: rowsOf(legs), parts: legs },
    calls: {
      schema_version: callVersion,
      rules_version: rulesVersion,
      rows: rowsOf(calls),
      parts: calls,
      ...counts,
      anomalies: Object.fromEntries(Object.entries(odd).filter(([, count]) => count > 0)),
    },
  };
};

const describe = (job: ExportJob, { findings, extremes, report, context }: CompleteCopy, legs: number) => {
  const window = dayWindow(job.day);
  return {
    version: manifestVersion as typeof manifestVersion,
    pbx: job.pbx,
    day: job.day,
    zone: job.zone,
    window_local: { from: formatLocal(window.from), to: formatLocal(window.to) },
    window_utc: dayInUtc(job.day, job.zone),
    context_local: { from: formatLocal(context.from), to: formatLocal(context.to) },
    pbx_count_before: report.totalBefore,
    pbx_count_after: report.totalAfter,
    rows: legs,
    duplicates_dropped: report.duplicates,
    rows_outside: report.outside + report.rows - legs,
    paging: report.paging,
    windows: report.windows,
    requests: report.requests,
    restarts: [...report.restarts],
    ...extremes,
    fields_unknown: findings.unknown,
    fields_missing: findings.missing,
    fields_retyped: findings.retyped,
    ...(Object.keys(findings.replaced).length > 0 ? { fields_replaced: findings.replaced } : {}),
    offset_mismatches: findings.offsetMismatches,
  };
};
