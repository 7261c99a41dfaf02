import { setImmediate as immediate } from "node:timers/promises";
import type { WmsClient } from "../../wms/client.ts";
import { type HistoryCursor, type ReadReport, readHistory } from "../../wms/history/call-history.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import type { GroupingCounts } from "../grouping/grouping.ts";
import type { FinishedPart } from "../parts/parts.ts";
import type { Extremes, Progress } from "../publication/checkpoint.ts";
import type { Part } from "../publication/manifest.ts";
import { countReplaced, type FieldFindings } from "../rows/rows.ts";
import { contextWindow, type Span } from "./context-window.ts";
import { type CallCounts, DayTables, type ErasedCounts, type GroupingState } from "./day-tables.ts";
import type { ExportJob, ExportPorts } from "./export-job.ts";

/** What reading needs of the export. */
export interface CopyPorts extends Pick<ExportPorts, "store" | "clock"> {
  readonly client: Pick<WmsClient, "historyPage">;
}

export interface ExportProgress {
  readonly rows: number;
  /** Rows of the day, if the PBX counts them. */
  readonly total: number | null;
}

/** The parts of an earlier run, and where it stopped. */
export interface Checkpoint {
  readonly parts: readonly Part[];
  readonly progress: Progress;
  readonly state: GroupingState;
}

/** Rows of a day in parts that are not visible yet. */
interface CopiedRows {
  /** Parts of earlier runs that still count. After a restart of the reading there are none. */
  readonly carried: readonly Part[];
  readonly parts: readonly FinishedPart[];
  readonly findings: FieldFindings;
  readonly extremes: Extremes;
  /** The time that was read: the day, and hours around it. */
  readonly context: Span;
  /** Discards the parts of this run. */
  abort(): Promise<void>;
}

/** All rows of the day. */
export interface CompleteCopy extends CopiedRows {
  readonly kind: "complete";
  readonly report: ReadReport;
  readonly counts: CallCounts;
  readonly groupingCounts: GroupingCounts;
  readonly erased: ErasedCounts;
}

/** The time ran out. The next run continues at `cursor`. */
interface PartialCopy extends CopiedRows {
  readonly kind: "partial";
  readonly cursor: HistoryCursor;
  readonly state: GroupingState;
}

export type Copied = CompleteCopy | PartialCopy;

/** Number of rows that are written together at the start of a page, while the request for the next one waits in the event loop. */
const fewRows = 5;

/**
 * Reads a day into parts, from its start or from the checkpoint of an earlier run. Starts another part only if the time left is
 * twice the time of the longest part so far. The same rows give the same parts, in one run or in many.
 */
export const copyRows = async (
  ports: CopyPorts,
  job: ExportJob,
  checkpoint: Checkpoint | undefined,
  onProgress: (progress: ExportProgress) => void,
): Promise<Copied> => {
  const copy = new Copy(ports, job, checkpoint);
  try {
    return await copy.run(checkpoint?.progress.cursor, onProgress);
  } catch (error) {
    await copy.abort();
    throw error;
  }
};

class Copy {
  readonly #ports: CopyPorts;
  readonly #job: ExportJob;
  readonly #context: Span;
  #carried: readonly Part[];
  #tables: DayTables;
  #extremes: Mutable<Extremes>;
  #rows: number;
  /** Whether an answer had text that is not UTF-8. */
  #hasReplaced = false;
  /** The time of the longest part, and the start of the current part, ms. */
  #longest = 0;
  #partStart: number;

  constructor(ports: CopyPorts, job: ExportJob, checkpoint: Checkpoint | undefined) {
    this.#ports = ports;
    this.#job = job;
    const now = ports.clock.now();
    this.#context = checkpoint?.progress.context ?? contextWindow(job.day, job.zone, now);
    this.#carried = checkpoint?.parts ?? [];
    this.#tables = new DayTables(
      ports.store,
      job,
      checkpoint && { ...checkpoint, findings: checkpoint.progress.findings },
    );
    this.#extremes = { ...(checkpoint?.progress.extremes ?? noExtremes) };
    this.#rows = checkpoint?.progress.cursor.rows ?? 0;
    this.#partStart = now;
  }

  async run(
    from: HistoryCursor | undefined,
    onProgress: (progress: ExportProgress) => void,
  ): Promise<Copied> {
    const { signal } = this.#job;
    // the job has the fields of the reader's options
    const events = readHistory(this.#client, this.#context, this.#job, from);
    let here: (() => HistoryCursor) | undefined;
    let isFirst = true;
    for (;;) {
      const next = await events.next();
      signal?.throwIfAborted();
      if (next.done) return this.#complete(next.value);
      const event = next.value;
      if (event.kind === "restart") {
        await this.#restart();
        here = undefined;
        isFirst = true;
        continue;
      }
      for (let at = 0; at < event.rows.length; ) {
        if (here !== undefined && this.#mustStop())
          return { ...(await this.#copied()), kind: "partial", cursor: here(), state: this.#tables.state() };
        at += await this.#write(isFirst ? event.rows.slice(at, at + fewRows) : event.rows.slice(at));
        const reached = at;
        here = () => event.cursor(reached);
        // the request must leave before this page is done; its answer may wait, because two pages are more garbage to keep
        if (isFirst) await immediate();
      }
      isFirst = event.left === 0;
      if (isFirst) onProgress({ rows: this.#rows, total: event.total });
    }
  }

  readonly #client: CopyPorts["client"] = {
    historyPage: async (...asked) => {
      const page = await this.#ports.client.historyPage(...asked);
      if (page.hasReplaced) this.#hasReplaced = true;
      return page;
    },
  };

  /** Whether the next rows would start a part for which the time may not suffice. The first part of a run is always started. */
  #mustStop(): boolean {
    const { timeLeft } = this.#job;
    const { isBetween, completed } = this.#tables;
    return isBetween && completed > 0 && timeLeft !== undefined && timeLeft() < 2 * this.#longest;
  }

  /** Writes rows, up to the end of a part. Returns their number. */
  async #write(rows: readonly CallRecord[]): Promise<number> {
    const { completed } = this.#tables;
    const count = await this.#tables.add(rows);
    for (const record of rows.slice(0, count))
      if (this.#tables.isOfDay(record)) {
        widen(this.#extremes, record);
        if (this.#hasReplaced) countReplaced(this.#tables.findings, record);
      }
    this.#rows += count;
    const now = this.#ports.clock.now();
    this.#longest = Math.max(this.#longest, 1, now - this.#partStart);
    if (this.#tables.completed > completed) this.#partStart = now;
    return count;
  }

  async #restart(): Promise<void> {
    await this.#tables.abort();
    this.#carried = [];
    this.#tables = new DayTables(this.#ports.store, this.#job);
    this.#extremes = { ...noExtremes };
    this.#rows = 0;
    // the parts of this run are discarded, and the next part is the first of this run again
    this.#longest = 0;
    this.#partStart = this.#ports.clock.now();
  }

  async #complete(report: ReadReport): Promise<CompleteCopy> {
    await this.#tables.end();
    const { counts, groupingCounts, erased } = this.#tables;
    return { ...(await this.#copied()), kind: "complete", report, counts, groupingCounts, erased };
  }

  async #copied(): Promise<CopiedRows> {
    return {
      carried: this.#carried,
      parts: await this.#tables.finish(),
      findings: this.#tables.findings,
      extremes: this.#extremes,
      context: this.#context,
      abort: () => this.abort(),
    };
  }

  abort(): Promise<void> {
    return this.#tables.abort();
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const noExtremes: Extremes = { first_id: null, last_id: null, min_start: null, max_start: null };

const widen = (extremes: Mutable<Extremes>, record: CallRecord): void => {
  const id = String(record["id"]);
  const start = String(record["start"]);
  extremes.first_id ??= id;
  extremes.last_id = id;
  if (extremes.min_start === null || start < extremes.min_start) extremes.min_start = start;
  if (extremes.max_start === null || start > extremes.max_start) extremes.max_start = start;
};
