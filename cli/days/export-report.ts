import type { ExportProgress } from "../../lib/history/export/copy-rows.ts";
import type { Exported } from "../../lib/history/export/export-day.ts";
import { type Manifest, manifestKey, partsOf } from "../../lib/history/publication/manifest.ts";
import { legFields } from "../../lib/history/rows/leg-fields.ts";
import type { Context } from "../context/context.ts";
import { Bar } from "../terminal/bar.ts";
import { counted, errorObject, number, paint } from "../terminal/output.ts";

/** Reports what an export does. */
export interface ExportReporter {
  progress(at: number, day: string, progress: ExportProgress): void;
  /** `zoneFix`: the fix for rows with another UTC offset; undefined if the zone is that of this computer. */
  day(result: Exported, ms: number, zoneFix?: string): void;
  /** A PBX is exported, or stopped by an error. */
  pbx(id: string, error?: unknown): void;
  stop(): void;
  /** `warnings`: problems of the directory, each with its fix. */
  end(out: string, warnings: readonly string[]): void;
}

/** Options that affect the report. */
export interface ReportSettings {
  /** Write JSON lines instead of text. */
  readonly json: boolean;
}

/** A warning about fields with values of another type, or with text that cannot be read. Undefined if there are none. */
const retypedWarning = ({ fields_retyped }: Pick<Manifest, "fields_retyped">): string | undefined => {
  const fields = Object.entries(fields_retyped).map(([field, rows]) => `${field} in ${counted(rows, "row")}`);
  if (fields.length === 0) return undefined;
  return `Values that differ from the documented type or form: ${fields.join(", ")}. Check these columns.`;
};

/** A warning about fields with text that is not UTF-8. Undefined if there are none. */
const replacedWarning = ({ fields_replaced = {} }: Pick<Manifest, "fields_replaced">): string | undefined => {
  const fields = Object.entries(fields_replaced).map(
    ([field, rows]) => `${field} in ${counted(rows, "row")}`,
  );
  if (fields.length === 0) return undefined;
  return `Text that is not UTF-8: ${fields.join(", ")}. U+FFFD replaces it; correct the names in the PBX.`;
};

/** A warning about a field of `call_id_field` that no leg has. Undefined if there is none. */
const callIdWarning = ({
  fields_missing,
  rows,
}: Pick<Manifest, "fields_missing" | "rows">): string | undefined => {
  const field = Object.keys(fields_missing).find((name) => !Object.hasOwn(legFields, name));
  if (field === undefined || rows === 0 || fields_missing[field] !== rows) return undefined;
  return `No row has the field ${field}, which \`call_id_field\` names. The calls were found by channels, numbers and times; correct the setting.`;
};

/** The warnings about a day that was exported now. */
const warningsOf = ({ manifest, skipped }: Exported, zoneFix: string | undefined): string[] => {
  if (skipped) return [];
  const { restarts, offset_mismatches: rows, zone } = manifest;
  const fields = [retypedWarning(manifest), callIdWarning(manifest), replacedWarning(manifest)];
  return [
    ...fields.filter((warning) => warning !== undefined),
    ...restarts.map((reason) => `started again: ${reason}`),
    ...(rows === 0 || zoneFix === undefined
      ? []
      : [`${counted(rows, "leg")} with a UTC offset that differs from ${zone}. ${zoneFix}`]),
  ];
};

/** Of one PBX: a bar of rows on a terminal and a line for each day, or JSON lines. */
export const dayReporter = (
  { output, clock }: Pick<Context, "output" | "clock">,
  { json }: ReportSettings,
  days: number,
): ExportReporter => {
  const newBar = (): Bar =>
    new Bar(output, "  {day} ({at}/{days}) {bar} {value}/{total} rows, {left} left", clock.now);
  let bar = newBar();
  let rows = 0;
  const warn = (text: string): void => output.out(`  ${paint(output, "yellow", "!")} ${text}`);
  return {
    progress: (at, day, progress) => {
      if (!json)
        bar.show(progress.rows, Math.max(progress.total ?? 0, progress.rows), { day, at: at + 1, days });
    },
    stop: () => bar.stop(),
    day: (result, ms, zoneFix) => {
      const { manifest, skipped } = result;
      rows += manifest.rows;
      bar.stop();
      bar = newBar();
      if (json) {
        output.out(JSON.stringify({ skipped, ...manifest }));
        return;
      }
      const windows = manifest.windows > 1 ? ` in ${number(manifest.windows)} windows` : "";
      const how = skipped
        ? `exported already, as ${manifest.format}`
        : `paged by ${manifest.paging}${windows}, ${counted(partsOf(manifest).length, "part")}, ${(ms / 1000).toFixed(1)} s`;
      output.out(
        `${paint(output, "green", "✓")} ${manifest.day}  ${counted(manifest.rows, "row").padStart(14)}  ${how}`,
      );
      for (const warning of warningsOf(result, zoneFix)) warn(warning);
    },
    pbx: () => undefined,
    end: (out, warnings) => {
      if (json) return;
      output.out(
        `${counted(rows, "row")} of ${counted(days, "day")} in ${out}, a manifest for each day under ${out}/${manifestKey("DAY", "PBX")}`,
      );
      for (const text of warnings) output.out(`${paint(output, "yellow", "!")} ${text}`);
    },
  };
};

/** Of many PBXs: a bar of days on a terminal, a line for each PBX and a summary of failures, or JSON lines. */
export const fleetReporter = (
  { output, clock }: Pick<Context, "output" | "clock">,
  { json }: ReportSettings,
  pbxDays: number,
): ExportReporter => {
  const bar = new Bar(output, "  {bar} {value}/{total} PBX days, {failed} failed, {left} left", clock.now);
  let [days, rows, pbxs] = [0, 0, 0];
  const failures: string[] = [];
  const done = new Map<string, { days: number; rows: number }>();
  const doneOf = (pbx: string) => done.get(pbx) ?? { days: 0, rows: 0 };
  const show = (): void => {
    if (!json) bar.show(days, pbxDays, { failed: counted(failures.length, "PBX") });
  };
  return {
    progress: () => undefined,
    stop: () => bar.stop(),
    day: (result, _ms, zoneFix) => {
      const { manifest, skipped } = result;
      days++;
      rows += manifest.rows;
      const before = doneOf(manifest.pbx);
      done.set(manifest.pbx, { days: before.days + 1, rows: before.rows + manifest.rows });
      if (json) output.out(JSON.stringify({ skipped, ...manifest }));
      for (const warning of json ? [] : warningsOf(result, zoneFix))
        bar.above(() =>
          output.out(`${paint(output, "yellow", "!")} ${manifest.pbx} on ${manifest.day}: ${warning}`),
        );
      show();
    },
    pbx: (id, error) => {
      pbxs++;
      const through = doneOf(id);
      if (error === undefined) {
        const said = `${counted(through.days, "day")}, ${counted(through.rows, "row")}`;
        if (!json) bar.above(() => output.out(`${paint(output, "green", "✓")} ${id}  ${said}`));
        return;
      }
      const object = errorObject(error);
      failures.push(
        `${paint(output, "red", "✗")} ${id}  stopped after ${counted(through.days, "day")}: ${object.message} (${object.code})`,
      );
      if (json) output.err(JSON.stringify({ pbx: id, error: object }));
      show();
    },
    end: (out, warnings) => {
      if (json) return;
      output.out(
        `${counted(rows, "row")} of ${counted(days, "PBX day")} in ${out}; \`wildix verify ${out}\` checks them`,
      );
      for (const text of warnings) output.out(`${paint(output, "yellow", "!")} ${text}`);
      if (failures.length === 0) return;
      output.out(`${number(failures.length)} of ${counted(pbxs, "PBX")} failed:`);
      for (const failure of failures.toSorted()) output.out(failure);
    },
  };
};
