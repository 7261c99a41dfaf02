import type { SingleBar } from "cli-progress";
import type { ExportProgress } from "../lib/history/export/copy-rows.ts";
import type { Exported } from "../lib/history/export/export-day.ts";
import { manifestKey } from "../lib/history/publication/manifest.ts";
import { counted, errorObject, newBar, number, type Output, paint } from "./output.ts";

/** Reports what an export does. */
export interface ExportReporter {
  progress(at: number, day: string, progress: ExportProgress): void;
  day(result: Exported, ms: number): void;
  /** A PBX is exported, or stopped by an error. */
  pbx(id: string, error?: unknown): void;
  stop(): void;
  end(out: string): void;
}

/** Of one PBX: a bar of rows while somebody watches, a line for each day, or JSON lines. */
export const dayReporter = (
  output: Output,
  json: boolean,
  days: number,
  zoneKnown: boolean,
): ExportReporter => {
  let bar: SingleBar | undefined;
  let rows = 0;
  const warn = (text: string): void => output.out(`  ${paint(output, "yellow", "!")} ${text}`);
  return {
    progress: (at, day, progress) => {
      if (json || !output.live) return;
      const total = progress.total ?? progress.rows;
      bar ??= newBar("  {day} ({at}/{days}) {bar} {value}/{total} rows, {eta_formatted} left");
      if (progress.rows <= total && bar.getProgress() === 0) bar.start(total, 0, { day, at: at + 1, days });
      bar.setTotal(Math.max(total, progress.rows));
      bar.update(progress.rows);
    },
    stop: () => {
      bar?.stop();
      bar = undefined;
    },
    day: ({ manifest, skipped }, ms) => {
      rows += manifest.rows;
      if (json) {
        output.out(JSON.stringify({ skipped, ...manifest }));
        return;
      }
      const windows = manifest.windows > 1 ? ` in ${number(manifest.windows)} windows` : "";
      const how = skipped
        ? `exported already, as ${manifest.format}`
        : `paged by ${manifest.paging}${windows}, ${counted(manifest.parts.length, "part")}, ${(ms / 1000).toFixed(1)} s`;
      output.out(
        `${paint(output, "green", "✓")} ${manifest.day}  ${number(manifest.rows).padStart(9)} rows  ${how}`,
      );
      if (skipped) return;
      const retyped = Object.entries(manifest.fields_retyped);
      if (retyped.length > 0)
        warn(
          `The PBX sent other types than text: ${retyped.map(([field, rows]) => `${field} in ${counted(rows, "row")}`).join(", ")}. Check these columns.`,
        );
      for (const reason of manifest.restarts) warn(`started again: ${reason}`);
      if (zoneKnown && manifest.offset_mismatches > 0)
        warn(
          `${number(manifest.offset_mismatches)} rows have another UTC offset than ${manifest.zone}; is that the PBX's zone?`,
        );
    },
    pbx: () => undefined,
    end: (out) => {
      if (!json)
        output.out(
          `${number(rows)} rows of ${counted(days, "day")} in ${out}, a manifest for each day under ${out}/${manifestKey("DAY", "PBX")}`,
        );
    },
  };
};

/** Of many PBXs: a bar of days while somebody watches, a line for each PBX, or JSON lines. */
export const fleetReporter = (output: Output, json: boolean, pbxDays: number): ExportReporter => {
  let bar: SingleBar | undefined;
  let [days, rows] = [0, 0];
  const done = new Map<string, { days: number; rows: number }>();
  const doneOf = (pbx: string) => done.get(pbx) ?? { days: 0, rows: 0 };
  return {
    progress: () => undefined,
    stop: () => bar?.stop(),
    day: ({ manifest, skipped }) => {
      days++;
      rows += manifest.rows;
      const before = doneOf(manifest.pbx);
      done.set(manifest.pbx, { days: before.days + 1, rows: before.rows + manifest.rows });
      if (json) output.out(JSON.stringify({ skipped, ...manifest }));
      else if (output.live) {
        if (bar === undefined) {
          bar = newBar("  {bar} {value}/{total} PBX days, {eta_formatted} left");
          bar.start(pbxDays, 0);
        }
        bar.update(days);
      }
    },
    pbx: (id, error) => {
      const through = doneOf(id);
      if (error === undefined) {
        if (json) return;
        const said = `${counted(through.days, "day")}, ${number(through.rows)} rows`;
        output.out(`${paint(output, "green", "✓")} ${id}  ${said}`);
        return;
      }
      const object = errorObject(error);
      if (json) output.err(JSON.stringify({ pbx: id, error: object }));
      else
        output.out(
          `${paint(output, "red", "✗")} ${id}  stopped after ${counted(through.days, "day")}: ${object.message} (${object.code})`,
        );
    },
    end: (out) => {
      if (!json)
        output.out(
          `${number(rows)} rows of ${counted(days, "PBX day")} in ${out}; \`wildix verify ${out}\` proves them`,
        );
    },
  };
};
