import { setImmediate as immediate } from "node:timers/promises";
import { readHistory } from "../wms/call-history.ts";
import type { WmsClient } from "../wms/client.ts";
import type { Clock } from "../wms/clock.ts";
import type { CallRecord } from "../wms/history-page.ts";
import { type DateFormat, formatLocal } from "../wms/local-time.ts";
import { type Day, dayInUtc, dayWindow } from "./local-days.ts";
import {
  type Manifest,
  manifestKey,
  manifestVersion,
  parseManifest,
  partKey,
  partsPrefix,
} from "./manifest.ts";
import { type FinishedPart, PartWriter } from "./parts.ts";
import { noFindings, type RowSettings, toLine, typing } from "./rows.ts";
import { asSeen, type ExportStore, readText, type StoredObject, writeText } from "./store.ts";

export interface ExportPorts {
  readonly client: Pick<WmsClient, "historyPage">;
  readonly store: ExportStore;
  readonly clock: Clock;
}

export interface ExportJob extends RowSettings {
  readonly day: Day;
  readonly dateFormat?: DateFormat;
  readonly rowsPerPart?: number;
  readonly pageSize?: number;
  /** Writes the day again even where its manifest stands. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  /** Milliseconds for one page. */
  readonly timeoutMs?: number;
}

export interface ExportProgress {
  readonly rows: number;
  /** Rows to come altogether, where the PBX counts them. */
  readonly total: number | null;
}

export interface ExportResult {
  readonly manifest: Manifest;
  /** The day stood already and was left as it is. */
  readonly skipped: boolean;
}

const exportDefaults = { rowsPerPart: 250_000 };
export const software = "wildix-functions/0.1.0";

/**
 * Exports one local day of one PBX: its parts, then its manifest. Nothing is visible before every row is read and the
 * counts agree. Another run that owns the day makes this one stop with STORE_CONFLICT and change nothing more.
 * Throws whatever reading throws (lib/wms/call-history.ts) and STORE_UNAVAILABLE; a day that failed has no manifest.
 */
export const exportDay = async (
  ports: ExportPorts,
  job: ExportJob,
  onProgress: (progress: ExportProgress) => void = () => undefined,
): Promise<ExportResult> => {
  const { store } = ports;
  const before = await look(store, job);
  if (!job.force) {
    const standing = await standingManifest(store, job, before);
    if (standing) return { manifest: standing, skipped: true };
  }
  const writer = new PartWriter(
    store,
    (part) => partKey(job.day, job.pbx, part),
    job.rowsPerPart ?? exportDefaults.rowsPerPart,
  );
  try {
    const read = await copy(ports, job, writer, onProgress);
    const parts = await commit(await writer.finish(), before.parts);
    const manifest: Manifest = {
      ...describe(job),
      ...read,
      parts,
      exported_at: new Date(ports.clock.now()).toISOString(),
      software,
    };
    const key = manifestKey(job.day, job.pbx);
    await writeText(store, key, `${JSON.stringify(manifest, null, 2)}\n`, asSeen(before.manifest));
    await removeLeftovers(store, before.parts, manifest);
    return { manifest, skipped: false };
  } catch (error) {
    await writer.abort();
    throw error;
  }
};

interface Before {
  readonly manifest: StoredObject | undefined;
  readonly parts: ReadonlyMap<string, StoredObject>;
}

/** How the store stands now; every write is on condition that it still does. */
const look = async (store: ExportStore, job: ExportJob): Promise<Before> => {
  const parts = new Map<string, StoredObject>();
  for await (const object of store.list(partsPrefix(job.day, job.pbx))) parts.set(object.key, object);
  return { manifest: await store.head(manifestKey(job.day, job.pbx)), parts };
};

const standingManifest = async (
  store: ExportStore,
  job: ExportJob,
  before: Before,
): Promise<Manifest | undefined> => {
  const key = manifestKey(job.day, job.pbx);
  const text = before.manifest === undefined ? undefined : await readText(store, key);
  if (text === undefined) return undefined;
  try {
    const manifest = parseManifest(text, key);
    const whole = manifest.parts.every((part) => before.parts.get(part.key)?.etag === part.etag);
    return whole && manifest.parts.length === before.parts.size ? manifest : undefined;
  } catch {
    // a manifest that cannot be read is as good as none
    return undefined;
  }
};

/** Rows that are made without a pause. */
const batchSize = 50;

type ReadPart = Omit<Manifest, keyof ReturnType<typeof describe> | "parts" | "exported_at" | "software">;

/** Reads the day into parts; what it came to, for the manifest. */
const copy = async (
  ports: ExportPorts,
  job: ExportJob,
  writer: PartWriter,
  onProgress: (progress: ExportProgress) => void,
): Promise<ReadPart> => {
  let findings = noFindings();
  let extremes = noExtremes();
  let typed = typing(job, findings);
  let rows = 0;
  const { dateFormat, pageSize, signal, timeoutMs } = job;
  const events = readHistory(ports.client, dayWindow(job.day), {
    ...(dateFormat === undefined ? {} : { dateFormat }),
    ...(pageSize === undefined ? {} : { pageSize }),
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  for (;;) {
    const next = await events.next();
    signal?.throwIfAborted();
    if (next.done) {
      const report = next.value;
      return {
        pbx_count_before: report.totalBefore,
        pbx_count_after: report.totalAfter,
        rows,
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
    }
    if (next.value.kind === "restart") {
      await writer.abort();
      findings = noFindings();
      extremes = noExtremes();
      typed = typing(job, findings);
      rows = 0;
      continue;
    }
    const records = next.value.rows;
    for (const record of records) extremes = widen(extremes, record);
    for (let at = 0; at < records.length; at += batchSize) {
      await writer.write(records.slice(at, at + batchSize).map((record) => toLine(record, typed(record))));
      // the request for the next page waits in the event loop, and has to leave before this page is done
      await immediate();
    }
    rows += records.length;
    onProgress({ rows, total: next.value.total });
  }
};

const describe = (job: ExportJob) => {
  const window = dayWindow(job.day);
  return {
    version: manifestVersion as typeof manifestVersion,
    pbx: job.pbx,
    day: job.day,
    zone: job.zone,
    window_local: { from: formatLocal(window.from), to: formatLocal(window.to) },
    window_utc: dayInUtc(job.day, job.zone),
  };
};

interface Extremes {
  first_id: string | null;
  last_id: string | null;
  min_start: string | null;
  max_start: string | null;
}

const noExtremes = (): Extremes => ({ first_id: null, last_id: null, min_start: null, max_start: null });

const widen = (extremes: Extremes, record: CallRecord): Extremes => {
  const [id, start] = [String(record["id"]), String(record["start"])];
  extremes.first_id ??= id;
  extremes.last_id = id;
  if (extremes.min_start === null || start < extremes.min_start) extremes.min_start = start;
  if (extremes.max_start === null || start > extremes.max_start) extremes.max_start = start;
  return extremes;
};

/** Makes the parts visible, each on condition that nobody touched its key since this run began. */
const commit = async (
  parts: readonly FinishedPart[],
  before: ReadonlyMap<string, StoredObject>,
): Promise<Manifest["parts"]> => {
  const committed: Manifest["parts"] = [];
  for (const { key, staged, sha256, rows } of parts) {
    const { etag, size } = await staged.commit(asSeen(before.get(key)));
    committed.push({ key, etag, sha256, size, rows });
  }
  return committed;
};

/** Parts of an earlier run that the new manifest does not name. */
const removeLeftovers = async (
  store: ExportStore,
  before: ReadonlyMap<string, StoredObject>,
  manifest: Manifest,
): Promise<void> => {
  const named = new Set(manifest.parts.map(({ key }) => key));
  for (const { key, etag } of before.values()) if (!named.has(key)) await store.remove(key, etag);
};
