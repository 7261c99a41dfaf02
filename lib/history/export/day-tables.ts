import type { IsErased } from "../../erased-numbers.ts";
import { startOf } from "../../wms/history/history-rows.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";
import { erasedCall, erasedLeg } from "../erasure/erased-rows.ts";
import {
  type Call,
  CallGrouper,
  type Certainty,
  callFields,
  type GroupedLeg,
  type GroupingCounts,
  type GroupingSnapshot,
  rulesVersion,
  type Settled,
} from "../grouping/grouping.ts";
import { partFormats } from "../parts/formats.ts";
import { type FinishedPart, PartWriter } from "../parts/parts.ts";
import { legShape, plainShape } from "../parts/row-shape.ts";
import { type Dataset, datasetOf, type Part, partKey } from "../publication/manifest.ts";
import { type ExportRow, type FieldFindings, noFindings, type TypedFields, typing } from "../rows/rows.ts";
import { dayTest } from "./context-window.ts";
import { type ExportJob, type ExportPorts, exportDefaults } from "./export-job.ts";

const callShape = plainShape<Call>("call", callFields);

/** How many calls of the day were grouped with which certainty. */
export type CallCounts = Readonly<Record<Certainty, number>>;

/** How many rows of the day had an erased number. */
export interface ErasedCounts {
  readonly legs: number;
  readonly calls: number;
}

/** What continues legs and calls behind the last complete part: plain JSON. */
export interface GroupingState {
  readonly grouper: GroupingSnapshot;
  /** Legs and calls that no part has yet. */
  readonly legs: readonly ExportRow[];
  readonly calls: readonly Call[];
  readonly counts: CallCounts;
  /** Absent: none. */
  readonly erased?: ErasedCounts;
}

/** Where an earlier run stopped. */
export interface TablesStart {
  readonly parts: readonly Part[];
  readonly state: GroupingState;
  readonly findings: FieldFindings;
}

/** Whether this version groups by the same rules. */
export const canContinue = ({ grouper }: GroupingState): boolean => grouper.rules === rulesVersion;

/**
 * The legs and the calls of a day, on their way into parts. A part of calls ends with the part of legs beside it: it has the
 * calls that were complete then. So the same rows give the same parts, wherever a run stops.
 */
export class DayTables {
  readonly findings: FieldFindings;
  /** Parts that are complete in this run. */
  completed = 0;
  readonly #isOfDay: (start: string) => boolean;
  readonly #type: (record: CallRecord) => TypedFields;
  readonly #typeContext: (record: CallRecord) => TypedFields;
  readonly #grouper: CallGrouper;
  readonly #legWriter: PartWriter<ExportRow>;
  readonly #callWriter: PartWriter<Call>;
  #legs: ExportRow[];
  #calls: Call[];
  readonly #counts: Record<Certainty, number>;
  readonly #isErased: IsErased | undefined;
  readonly #erased: { -readonly [D in keyof ErasedCounts]: number };

  constructor(store: ExportPorts["store"], job: ExportJob, from?: TablesStart) {
    const { day, pbx, rowsPerPart = exportDefaults.rowsPerPart, columns, csv } = job;
    const { format = exportDefaults.format } = job;
    this.findings = structuredClone(from?.findings) ?? noFindings();
    this.#isOfDay = dayTest(day);
    this.#type = typing(job, this.findings);
    this.#typeContext = typing(job, noFindings());
    this.#grouper = new CallGrouper(job, from?.state.grouper);
    const { open } = partFormats[format];
    const first = (dataset: Dataset): number =>
      (from?.parts ?? []).filter(({ key }) => datasetOf(key) === dataset).length + 1;
    this.#legWriter = new PartWriter(
      (part) => open(legShape, store, partKey("legs", day, pbx, part, format), columns, csv),
      rowsPerPart,
      first("legs"),
    );
    this.#callWriter = new PartWriter(
      (part) => open(callShape, store, partKey("calls", day, pbx, part, format), undefined, csv),
      Number.POSITIVE_INFINITY,
      first("calls"),
    );
    this.#legs = [...(from?.state.legs ?? [])];
    this.#calls = [...(from?.state.calls ?? [])];
    this.#counts = { ...(from?.state.counts ?? { exact: 0, channel: 0, inferred: 0 }) };
    this.#isErased = job.erased?.test;
    this.#erased = { ...(from?.state.erased ?? { legs: 0, calls: 0 }) };
  }

  /** Whether the next leg begins a part. */
  get isBetween(): boolean {
    return this.#legWriter.isBetween;
  }

  get counts(): CallCounts {
    return this.#counts;
  }

  get erased(): ErasedCounts {
    return this.#erased;
  }

  /** Of all legs that were read, those around the day included. */
  get groupingCounts(): GroupingCounts {
    return this.#grouper.counts;
  }

  isOfDay(record: CallRecord): boolean {
    return this.#isOfDay(startOf(record));
  }

  /** Takes the next rows in the order of their ids, up to one that completes a part. Returns their number. */
  async add(records: readonly CallRecord[]): Promise<number> {
    const { completed } = this;
    let taken = 0;
    for (const record of records) {
      taken++;
      const type = this.isOfDay(record) ? this.#type : this.#typeContext;
      const settled = this.#grouper.add({ record, typed: type(record) });
      const completing = this.#take(settled);
      // only when a part ends: to wait once a row would take longer than to write it
      if (completing !== undefined) await completing;
      if (this.completed > completed) return taken;
    }
    await this.#write();
    return records.length;
  }

  /** Returns a promise if a part ends with one of these legs. */
  #take({ legs, calls }: Settled): Promise<void> | undefined {
    for (const call of calls) {
      // the row's own text: a call belongs to the day of its first leg
      if (!this.#isOfDay(call.started ?? "")) continue;
      this.#counts[call.grouping]++;
      this.#calls.push(this.#withoutErased("calls", call, erasedCall));
    }
    return this.#takeLegs(legs, 0);
  }

  #takeLegs(legs: readonly GroupedLeg[], from: number): Promise<void> | undefined {
    for (let at = from; at < legs.length; at++) {
      const leg = legs[at];
      if (leg === undefined || !this.isOfDay(leg.row.record)) continue;
      const { row, call_id } = leg;
      this.#legs.push(this.#withoutErased("legs", { ...row, call_id }, erasedLeg));
      if (this.#legs.length === this.#legWriter.room)
        return this.#completePart().then(() => this.#takeLegs(legs, at + 1));
    }
    return undefined;
  }

  /** Numbers are erased after the grouping, which needs them. */
  #withoutErased<Row>(
    dataset: keyof ErasedCounts,
    row: Row,
    erase: (row: Row, isErased: IsErased) => Row | undefined,
  ): Row {
    const erased = this.#isErased === undefined ? undefined : erase(row, this.#isErased);
    if (erased === undefined) return row;
    this.#erased[dataset]++;
    return erased;
  }

  async #completePart(): Promise<void> {
    await this.#write();
    this.#callWriter.close();
    this.completed++;
  }

  /** Calls wait until a part of legs is begun, and go into the part beside it. */
  async #write(): Promise<void> {
    if (this.#legs.length > 0) {
      const legs = this.#legs;
      this.#legs = [];
      await this.#legWriter.write(legs);
    } else if (this.isBetween) return;
    if (this.#calls.length === 0) return;
    const calls = this.#calls;
    this.#calls = [];
    await this.#callWriter.write(calls);
  }

  /** What the next run needs. Only between two parts. */
  state(): GroupingState {
    return {
      grouper: this.#grouper.snapshot(),
      legs: this.#legs,
      calls: this.#calls,
      counts: this.#counts,
      ...(this.#erased.legs + this.#erased.calls === 0 ? {} : { erased: this.#erased }),
    };
  }

  /** Writes what was held, after the last row. */
  async end(): Promise<void> {
    await this.#take(this.#grouper.finish());
    await this.#write();
    if (this.#calls.length > 0) await this.#callWriter.write(this.#calls);
  }

  /** All parts of this run, uploaded: legs first. A day without calls has none. */
  async finish(): Promise<FinishedPart[]> {
    const [legs, calls] = await Promise.all([this.#legWriter.finish(), this.#callWriter.finish()]);
    return [...legs, ...calls];
  }

  async abort(): Promise<void> {
    await Promise.all([this.#legWriter.abort(), this.#callWriter.abort()]);
  }
}
