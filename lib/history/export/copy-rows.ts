import { setImmediate as immediate } from "node:timers/promises";
import { type HistoryCursor, type ReadReport, readHistory } from "../../wms/history/call-history.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import { dayWindow } from "../calendar/local-days.ts";
import { openPart } from "../parts/formats.ts";
import { type FinishedPart, PartWriter } from "../parts/parts.ts";
import type { Extremes, Progress } from "../publication/draft.ts";
import { type Manifest, partKey } from "../publication/manifest.ts";
import { type FieldFindings, noFindings, typing } from "../rows/rows.ts";
import { type ExportJob, type ExportPorts, exportDefaults } from "./export-job.ts";

export interface ExportProgress {
  readonly rows: number;
  /** Rows to come altogether, where the PBX counts them. */
  readonly total: number | null;
}

/** Where an earlier run has left a day. */
export interface Begun {
  readonly parts: Manifest["parts"];
  readonly progress: Progress;
}

/** The rows of a day in parts that nobody sees yet. */
export interface Copied {
  /** Parts of earlier runs that still count: none after reading began anew. */
  readonly carried: Manifest["parts"];
  readonly parts: readonly FinishedPart[];
  readonly findings: FieldFindings;
  readonly extremes: Extremes;
  /** What reading came to; undefined: time ran out, and `cursor` says where. */
  readonly report: ReadReport | undefined;
  readonly cursor: HistoryCursor | undefined;
  /** Forgets the parts of this run. */
  abort(): Promise<void>;
}

/** Rows that are made without a pause. */
const batchSize = 50;

/**
 * Reads a day into parts, from its begin or from where an earlier run stopped. Begins another part only if there is time left
 * for twice the longest so far. The same rows give the same parts, in one run or in many.
 */
export const copyRows = async (
  ports: Pick<ExportPorts, "client" | "store" | "clock">,
  job: ExportJob,
  begun: Begun | undefined,
  onProgress: (progress: ExportProgress) => void,
): Promise<Copied> => {
  const copy = new Copy(ports, job, begun);
  try {
    return await copy.run(begun?.progress.cursor, onProgress);
  } catch (error) {
    await copy.abort();
    throw error;
  }
};

class Copy {
  readonly #ports: Pick<ExportPorts, "client" | "store" | "clock">;
  readonly #job: ExportJob;
  #carried: Manifest["parts"];
  #writer: PartWriter;
  #findings: FieldFindings;
  #extremes: Mutable<Extremes>;
  #typed: ReturnType<typeof typing>;
  #rows: number;
  /** How long parts took at most, and when the open one began, ms. */
  #longest = 0;
  #partBegan: number;

  constructor(
    ports: Pick<ExportPorts, "client" | "store" | "clock">,
    job: ExportJob,
    begun: Begun | undefined,
  ) {
    this.#ports = ports;
    this.#job = job;
    this.#carried = begun?.parts ?? [];
    this.#writer = this.#newWriter(this.#carried.length + 1);
    this.#findings = structuredClone(begun?.progress.findings) ?? noFindings();
    this.#extremes = { ...(begun?.progress.extremes ?? noExtremes) };
    this.#typed = typing(job, this.#findings);
    this.#rows = begun?.progress.cursor.rows ?? 0;
    this.#partBegan = ports.clock.now();
  }

  #newWriter(first: number): PartWriter {
    const {
      day,
      pbx,
      format = exportDefaults.format,
      columns,
      rowsPerPart = exportDefaults.rowsPerPart,
    } = this.#job;
    const open = (part: number) =>
      openPart[format](this.#ports.store, partKey(day, pbx, part, format), columns);
    return new PartWriter(open, rowsPerPart, first);
  }

  async run(
    from: HistoryCursor | undefined,
    onProgress: (progress: ExportProgress) => void,
  ): Promise<Copied> {
    const { signal, day } = this.#job;
    // a job names its bounds and the PBX's ways as reading does
    const events = readHistory(this.#ports.client, dayWindow(day), this.#job, from);
    let here: () => HistoryCursor | undefined = () => undefined;
    for (;;) {
      const next = await events.next();
      signal?.throwIfAborted();
      if (next.done) return this.#result(next.value, undefined);
      const event = next.value;
      if (event.kind === "restart") {
        await this.#beginAnew();
        here = () => undefined;
        continue;
      }
      for (let at = 0; at < event.rows.length; ) {
        if (this.#mustStop()) return this.#result(undefined, here());
        at += await this.#write(event.rows, at);
        const reached = at;
        here = () => event.cursor(reached);
        // the request for the next page waits in the event loop, and has to leave before this page is done
        await immediate();
      }
      onProgress({ rows: this.#rows, total: event.total });
    }
  }

  /** Whether the next row would begin a part for which time may not suffice. The first of a run is always begun. */
  #mustStop(): boolean {
    const { timeLeft } = this.#job;
    return (
      this.#writer.isBetween && this.#longest > 0 && timeLeft !== undefined && timeLeft() < 2 * this.#longest
    );
  }

  /** Writes the next batch, to the end of the part at most; how many rows that were. */
  async #write(rows: readonly CallRecord[], at: number): Promise<number> {
    if (this.#writer.isBetween) this.#partBegan = this.#ports.clock.now();
    const batch = rows.slice(at, at + Math.min(batchSize, this.#writer.room));
    for (const record of batch) widen(this.#extremes, record);
    await this.#writer.write(batch.map((record) => ({ record, typed: this.#typed(record) })));
    this.#rows += batch.length;
    this.#longest = Math.max(this.#longest, 1, this.#ports.clock.now() - this.#partBegan);
    return batch.length;
  }

  async #beginAnew(): Promise<void> {
    await this.#writer.abort();
    this.#carried = [];
    this.#writer = this.#newWriter(1);
    this.#findings = noFindings();
    this.#extremes = { ...noExtremes };
    this.#typed = typing(this.#job, this.#findings);
    this.#rows = 0;
    // what was written is void, so the next part is the first again, and there is nothing to go on with before it
    this.#longest = 0;
  }

  async #result(report: ReadReport | undefined, cursor: HistoryCursor | undefined): Promise<Copied> {
    return {
      carried: this.#carried,
      parts: await this.#writer.finish(),
      findings: this.#findings,
      extremes: this.#extremes,
      report,
      cursor,
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
