import { setImmediate as immediate } from "node:timers/promises";
import { type HistoryCursor, type ReadReport, readHistory } from "../../wms/history/call-history.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import { dayWindow } from "../calendar/local-days.ts";
import { partFormats } from "../parts/formats.ts";
import { type FinishedPart, PartWriter } from "../parts/parts.ts";
import { legShape } from "../parts/row-shape.ts";
import type { Extremes, Progress } from "../publication/checkpoint.ts";
import { type Part, partKey } from "../publication/manifest.ts";
import { type ExportRow, type FieldFindings, noFindings, typing } from "../rows/rows.ts";
import { type ExportJob, type ExportPorts, exportDefaults } from "./export-job.ts";

export interface ExportProgress {
  readonly rows: number;
  /** Rows of the day, if the PBX counts them. */
  readonly total: number | null;
}

/** The parts of an earlier run, and where it stopped. */
export interface Checkpoint {
  readonly parts: readonly Part[];
  readonly progress: Progress;
}

/** Rows of a day in parts that are not visible yet. */
interface CopiedRows {
  /** Parts of earlier runs that still count. After a restart of the reading there are none. */
  readonly carried: readonly Part[];
  readonly parts: readonly FinishedPart[];
  readonly findings: FieldFindings;
  readonly extremes: Extremes;
  /** Discards the parts of this run. */
  abort(): Promise<void>;
}

/** All rows of the day. */
export interface CompleteCopy extends CopiedRows {
  readonly kind: "complete";
  readonly report: ReadReport;
}

/** The time ran out. The next run continues at `cursor`. */
interface PartialCopy extends CopiedRows {
  readonly kind: "partial";
  readonly cursor: HistoryCursor;
}

export type Copied = CompleteCopy | PartialCopy;

/** Rows that are written before other work gets its turn. */
const batchSize = 50;

/**
 * Reads a day into parts, from its start or from the checkpoint of an earlier run. Starts another part only if the time left is
 * twice the time of the longest part so far. The same rows give the same parts, in one run or in many.
 */
export const copyRows = async (
  ports: Pick<ExportPorts, "client" | "store" | "clock">,
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
  readonly #ports: Pick<ExportPorts, "client" | "store" | "clock">;
  readonly #job: ExportJob;
  #carried: readonly Part[];
  #writer: PartWriter<ExportRow>;
  #findings: FieldFindings;
  #extremes: Mutable<Extremes>;
  #typed: ReturnType<typeof typing>;
  #rows: number;
  /** The time of the longest part, and the start of the current part, ms. */
  #longest = 0;
  #partStart: number;

  constructor(
    ports: Pick<ExportPorts, "client" | "store" | "clock">,
    job: ExportJob,
    checkpoint: Checkpoint | undefined,
  ) {
    this.#ports = ports;
    this.#job = job;
    this.#carried = checkpoint?.parts ?? [];
    this.#writer = this.#newWriter(this.#carried.length + 1);
    this.#findings = structuredClone(checkpoint?.progress.findings) ?? noFindings();
    this.#extremes = { ...(checkpoint?.progress.extremes ?? noExtremes) };
    this.#typed = typing(job, this.#findings);
    this.#rows = checkpoint?.progress.cursor.rows ?? 0;
    this.#partStart = ports.clock.now();
  }

  #newWriter(first: number): PartWriter<ExportRow> {
    const {
      day,
      pbx,
      format = exportDefaults.format,
      columns,
      csv,
      rowsPerPart = exportDefaults.rowsPerPart,
    } = this.#job;
    const open = (part: number) =>
      partFormats[format].open(
        legShape,
        this.#ports.store,
        partKey("legs", day, pbx, part, format),
        columns,
        csv,
      );
    return new PartWriter(open, rowsPerPart, first);
  }

  async run(
    from: HistoryCursor | undefined,
    onProgress: (progress: ExportProgress) => void,
  ): Promise<Copied> {
    const { signal, day } = this.#job;
    // the job has the fields of the reader's options
    const events = readHistory(this.#ports.client, dayWindow(day), this.#job, from);
    // undefined before the first row: the first part of a run is always started
    let here: (() => HistoryCursor) | undefined;
    for (;;) {
      const next = await events.next();
      signal?.throwIfAborted();
      if (next.done) return { ...(await this.#copied()), kind: "complete", report: next.value };
      const event = next.value;
      if (event.kind === "restart") {
        await this.#restart();
        here = undefined;
        continue;
      }
      for (let at = 0; at < event.rows.length; ) {
        if (here !== undefined && this.#mustStop())
          return { ...(await this.#copied()), kind: "partial", cursor: here() };
        at += await this.#write(event.rows, at);
        const reached = at;
        here = () => event.cursor(reached);
        // the request for the next page waits in the event loop, and must leave before this page is done
        await immediate();
      }
      onProgress({ rows: this.#rows, total: event.total });
    }
  }

  /** Whether the next row would start a part for which the time may not suffice. */
  #mustStop(): boolean {
    const { timeLeft } = this.#job;
    return this.#writer.isBetween && timeLeft !== undefined && timeLeft() < 2 * this.#longest;
  }

  /** Writes the next batch, to the end of the part at most. Returns the number of its rows. */
  async #write(rows: readonly CallRecord[], at: number): Promise<number> {
    if (this.#writer.isBetween) this.#partStart = this.#ports.clock.now();
    const batch = rows.slice(at, at + Math.min(batchSize, this.#writer.room));
    for (const record of batch) widen(this.#extremes, record);
    await this.#writer.write(batch.map((record) => ({ record, typed: this.#typed(record) })));
    this.#rows += batch.length;
    this.#longest = Math.max(this.#longest, 1, this.#ports.clock.now() - this.#partStart);
    return batch.length;
  }

  async #restart(): Promise<void> {
    await this.#writer.abort();
    this.#carried = [];
    this.#writer = this.#newWriter(1);
    this.#findings = noFindings();
    this.#extremes = { ...noExtremes };
    this.#typed = typing(this.#job, this.#findings);
    this.#rows = 0;
    // the parts of this run are discarded, and the next part is the first of this run again
    this.#longest = 0;
  }

  async #copied(): Promise<CopiedRows> {
    return {
      carried: this.#carried,
      parts: await this.#writer.finish(),
      findings: this.#findings,
      extremes: this.#extremes,
      abort: () => this.abort(),
    };
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const noExtremes: Extremes = { first_id: null, last_id: null, min_start: null, max_start: null };

const widen = (extremes: Mutable<Extremes>, record: CallRecord): void => {
  const [id, start] = [String(record["id"]), String(record["start"])];
  extremes.first_id ??= id;
  extremes.last_id = id;
  if (extremes.min_start === null || start < extremes.min_start) extremes.min_start = start;
  if (extremes.max_start === null || start > extremes.max_start) extremes.max_start = start;
};
