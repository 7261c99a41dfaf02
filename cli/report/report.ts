import { maskNumber } from "../../lib/mask.ts";
import type { ReportRow } from "./database.ts";
import type { DayRange, ExportDays } from "./export-days.ts";
import { type Answers, clockOf, numberAt, percent, type ReportSettings, sumOf, textAt } from "./figures.ts";

/** What a page shows. */
export interface Report {
  readonly days: ExportDays;
  readonly answers: Answers;
  readonly settings: ReportSettings;
  /** Shows no whole number of a caller, and no name. */
  readonly mask: boolean;
}

/** Counts of the whole period. */
export const totalsOf = ({ answers }: Report) => {
  const sum = (column: string): number => sumOf(answers["calls-by-day"], column);
  return {
    calls: sum("calls"),
    inbound: sum("inbound"),
    outbound: sum("outbound"),
    internal: sum("internal"),
    answered: sum("answered"),
    missed: sum("missed"),
    voicemail: sum("voicemail"),
  };
};

const rangeText = ({ first, last, days }: DayRange): string =>
  days === 1 ? first : `${first} to ${last} (${days} days)`;

/** What the figures lack: one sentence for each range of days, and what to do. */
export const gapsOf = ({ missing, legsOnly, formats }: ExportDays): string[] => [
  ...missing.map(
    (range) =>
      `Not exported: ${range.pbx} on ${rangeText(range)}. Run \`wildix export --pbx ${range.pbx} --from ${range.first} --to ${range.last}\`.`,
  ),
  ...legsOnly.map(
    (range) =>
      `Without calls: ${range.pbx} on ${rangeText(range)}, exported by an older version in the old layout, with legs under calls/. Run \`wildix export --force --pbx ${range.pbx} --from ${range.first} --to ${range.last}\`.`,
  ),
  ...formatGaps(formats),
];

/** The figures are right in two formats; a table of Athena is not. */
const formatGaps = ([most, ...others]: ExportDays["formats"]): string[] =>
  others.map(
    (other) =>
      `Two formats: ${other.days} PBX ${other.days === 1 ? "day" : "days"} in ${other.format}, ${most?.days} in ${most?.format}. One table of Athena cannot read both. Run \`wildix backfill --force --format ${most?.format} --from ${other.first} --to ${other.last}\`.`,
  );

/** The period and the PBXs. */
export const headingOf = ({ days: { from, to, pbxs } }: Report): string => {
  const names = pbxs.length > 3 ? `${pbxs.length} PBXs` : pbxs.join(", ");
  return `Calls of ${names}, ${from === to ? from : `${from} to ${to}`}`;
};

/** A caller as the page may show it. */
export const callerOf = (
  row: ReportRow,
  mask: boolean,
): { readonly number: string; readonly name: string } => {
  const [number, name] = [textAt(row, "caller"), textAt(row, "name")];
  return mask ? { number: maskNumber(number), name: "" } : { number, name };
};

/** One row for each queue, and one for calls without a queue. */
export const queuesOf = ({ answers }: Report): (readonly [string, ...(string | number)[]])[] =>
  answers.waits.map((row) => {
    const queue = textAt(row, "queue");
    const level = answers["service-level"].find((each) => textAt(each, "queue") === queue);
    const missed = answers["missed-by-queue-and-hour"].filter((each) => textAt(each, "queue") === queue);
    return [
      queue,
      numberAt(row, "calls"),
      sumOf(missed, "missed"),
      level === undefined ? "–" : percent(numberAt(level, "in_time"), numberAt(level, "offered")),
      clockOf(numberAt(row, "median_seconds")),
      clockOf(numberAt(row, "p90_seconds")),
      clockOf(numberAt(row, "longest_seconds")),
    ];
  });
