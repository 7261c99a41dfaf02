import type { FormatName } from "../../lib/format-names.ts";
import { exportDefaults } from "../../lib/history/export/export-job.ts";
import { type DayKind, isOfTable, kindName } from "../../lib/history/publication/day-kind.ts";
import type { ExportedDay } from "../../lib/history/publication/exported-days.ts";
import { counted, UsageError } from "../terminal/output.ts";
import { rewriteRun } from "./rewrite-advice.ts";

/** The format of the newest day, which is the format of the directory. */
export const tableFormatOf = (kinds: readonly (DayKind | undefined)[]): FormatName | undefined =>
  kinds.findLast((kind) => kind?.format !== undefined && !kind.isOld)?.format;

/** The requested format; otherwise the format of the directory, so that all its days have one format. */
export const formatFor = (there: readonly ExportedDay[], asked: FormatName | undefined): FormatName =>
  asked ?? tableFormatOf(there.map(({ kind }) => kind)) ?? exportDefaults.format;

/** The command that rewrites days which one table cannot read together with days of this format. */
const rewriteCommand = (
  days: readonly Pick<ExportedDay, "day">[],
  format: FormatName,
  place: string,
): string => {
  const sorted = days.map(({ day }) => day).sort();
  return `\`${rewriteRun(format, place, sorted[0], sorted.at(-1))}\``;
};

/** Days that a table of this format cannot read, and that a command does not export again. */
export const othersOf = (
  there: readonly ExportedDay[],
  format: FormatName,
  isWrittenAgain: (day: ExportedDay) => boolean,
): ExportedDay[] => there.filter((each) => !isOfTable(each.kind, format) && !isWrittenAgain(each));

const kindsOf = (days: readonly ExportedDay[]): string =>
  Object.entries(Object.groupBy(days, ({ kind }) => kindName(kind)))
    .map(([kind, each = []]) => `${counted(each.length, "PBX day")} in ${kind}`)
    .join(", ");

/**
 * Refuses a second format in a directory, because one table cannot read both. A directory that already has two formats is being
 * rewritten, or was mixed earlier: then only a warning shows the fix. Throws UsageError.
 */
export const refuseToMix = (
  there: readonly ExportedDay[],
  others: readonly ExportedDay[],
  format: FormatName,
  out: string,
): void => {
  // days of version 1 do not count: no new day has their layout
  const ofCurrent = others.filter(({ kind }) => !kind?.isOld);
  if (ofCurrent.length === 0 || there.some(({ kind }) => !kind?.isOld && kind?.format === format)) return;
  throw new UsageError(
    `\`--format\` must be the format of the exported days, because one table cannot read two formats; got ${format}, but ${out} has ${kindsOf(ofCurrent)}. Run ${rewriteCommand(ofCurrent, format, `--out ${out}`)} first, or give another directory with \`--out\`.`,
  );
};

/** Warnings about days that one table cannot read with the others, each with the command that rewrites them. */
export const mixedWarnings = (others: readonly ExportedDay[], format: FormatName, out: string): string[] => {
  const found: string[] = [];
  const old = others.filter(({ kind }) => kind?.isOld);
  const current = others.filter(({ kind }) => !kind?.isOld);
  const run = (days: readonly ExportedDay[]): string => rewriteCommand(days, format, `--out ${out}`);
  if (old.length > 0)
    found.push(
      `${out} has ${counted(old.length, "PBX day")} of the old layout, with legs under calls/. Run ${run(old)}, or move them to another directory.`,
    );
  if (current.length > 0)
    found.push(
      `${out} has ${kindsOf(current)} and others in ${format}, and one table cannot read both. Run ${run(current)}.`,
    );
  return found;
};
