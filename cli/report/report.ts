import { shiftDay } from "../../lib/history/calendar/local-days.ts";
import { listed } from "../../lib/listed.ts";
import { rewriteRun } from "../days/rewrite-advice.ts";
import { number } from "../terminal/output.ts";
import type { ReportRow } from "./database.ts";
import type { DayRange, ExportDays } from "./export-days.ts";
import { type Answers, clockOf, numberAt, percent, type ReportSettings, sumOf, textAt } from "./figures.ts";
import { maskedAnswers } from "./masked.ts";

/** What a page shows. */
export interface Report {
  /** The directory or `s3://BUCKET` that the user typed. */
  readonly place: string;
  readonly days: ExportDays;
  readonly answers: Answers;
  readonly settings: ReportSettings;
  /** Extensions of agents, by the names of the days. */
  readonly extensions: ReadonlySet<string>;
  /** Shows no whole number that is not an extension, and not whose it is. */
  readonly mask: boolean;
}

/** The report as a page or a program may show it. */
export const asShown = (report: Report): Report =>
  report.mask ? { ...report, answers: maskedAnswers(report.answers, report.extensions) } : report;

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
    fax: sum("fax"),
    other: sum("other"),
  };
};

/** A count that is usually 0, behind others. */
export const also = (count: number, what: string): string =>
  count === 0 ? "" : `, ${number(count)} ${what}`;

/** Whether rows of several PBXs are beside each other: then extensions of different people can be equal. */
export const hasSeveralPbxs = ({ days }: Pick<Report, "days">): boolean => days.pbxs.length > 1;

const rangeText = ({ first, last, days }: DayRange): string =>
  days === 1 ? first : `${first} to ${last} (${days} days)`;

/** What the figures lack: one sentence for each range of days, and what to do. */
export const gapsOf = ({
  place,
  days: { missing, legsOnly, formats },
}: Pick<Report, "place" | "days">): string[] => [
  ...missing.map(
    (range) => `Not exported: ${range.pbx} on ${rangeText(range)}. Run \`${exportOf(place, range)}\`.`,
  ),
  ...legsOnly.map(
    (range) =>
      `Not counted: ${range.pbx} on ${rangeText(range)}. An older version exported these days, without rows of calls. Run \`${exportOf(place, range)} --force\`.`,
  ),
  ...formatGaps(place, formats),
];

const isBucket = (place: string): boolean => place.startsWith("s3:");
/** The option that names a place to a command that writes there. */
const placeOption = (place: string): string =>
  isBucket(place) ? "--stage STAGE" : `--out ${/^[\w./:@%+=-]+$/.test(place) ? place : shellText(place)}`;
const shellText = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const exportOf = (place: string, { pbx, first, last }: DayRange): string =>
  `wildix ${isBucket(place) ? "backfill" : "export"} ${placeOption(place)} --pbx ${pbx} --from ${first} --to ${last}`;

/** The figures are right in two formats; a table of Athena is not. */
const formatGaps = (place: string, [most, ...others]: ExportDays["formats"]): string[] =>
  most === undefined
    ? []
    : others.map(
        (other) =>
          `Two formats: ${other.days} PBX ${other.days === 1 ? "day" : "days"} in ${other.format}, ${most.days} in ${most.format}. One table of Athena cannot read both. Run \`${rewriteRun(most.format, placeOption(place), other.first, other.last)}\`.`,
      );

/** The period and the PBXs. */
export const headingOf = ({ days: { from, to, pbxs } }: Report): string => {
  const names = pbxs.length > 3 ? `${pbxs.length} PBXs` : pbxs.join(", ");
  return `Calls of ${names}, ${from === to ? from : `${from} to ${to}`}`;
};

/** One row for each day that is exported, also for a day without calls. */
export const daysOf = ({
  answers,
  days: { exported },
}: Pick<Report, "answers" | "days">): readonly ReportRow[] => {
  const rows = new Map(answers["calls-by-day"].map((row) => [textAt(row, "day"), row]));
  return exported.map((day) => rows.get(day) ?? { day, calls: 0, missed: 0 });
};

/** Which calls back are not known yet. Undefined: all are. */
export const laterCallsBack = ({ days: { to, withoutNext } }: Pick<Report, "days">): string | undefined =>
  withoutNext.length === 0
    ? undefined
    : `Callers of ${to} can have been called back on ${shiftDay(to, 1)}, which is not exported yet (${listed(withoutNext)}).`;

/** The callers who were not called back, as rows of a list: the last first. */
export const uncalledOf = ({
  answers,
  mask,
}: Report): {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
} => ({
  heads: ["caller", ...(mask ? [] : ["name"]), "queue", "missed", "last missed"],
  rows: answers["never-called-back-24-hours"]
    .toReversed()
    .map((row) => [
      textAt(row, "caller"),
      ...(mask ? [] : [textAt(row, "name")]),
      textAt(row, "queue"),
      numberAt(row, "missed"),
      textAt(row, "last_missed").slice(0, 16),
    ]),
});

/** One row for each queue, and one for calls without a queue. All inbound calls are in them, also those without a known wait. */
export const queuesOf = ({ answers }: Report): (readonly [string, ...(string | number)[]])[] => {
  const byQueue = Map.groupBy(answers["missed-by-queue-and-hour"], (row) => textAt(row, "queue"));
  return [...byQueue].map(([queue, hours]) => {
    const isOfQueue = (row: ReportRow): boolean => textAt(row, "queue") === queue;
    const level = answers["service-level"].find(isOfQueue);
    const waits = answers.waits.find(isOfQueue);
    const wait = (column: string): string => (waits === undefined ? "–" : clockOf(numberAt(waits, column)));
    return [
      queue,
      sumOf(hours, "inbound"),
      sumOf(hours, "missed"),
      level === undefined ? "–" : percent(numberAt(level, "in_time"), numberAt(level, "offered")),
      wait("median_seconds"),
      wait("p90_seconds"),
      wait("longest_seconds"),
    ];
  });
};

/** One row for each agent, and the names of their columns. */
export const agentsOf = (
  report: Report,
): { readonly heads: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] } => {
  const pbx = hasSeveralPbxs(report);
  return {
    heads: [...(pbx ? ["pbx"] : []), "agent", "name", "inbound", "outbound", "talk time"],
    rows: report.answers["talk-time-by-agent"].map((row) => [
      ...(pbx ? [textAt(row, "pbx")] : []),
      textAt(row, "agent"),
      textAt(row, "name"),
      numberAt(row, "inbound"),
      numberAt(row, "outbound"),
      clockOf(numberAt(row, "talk_seconds")),
    ]),
  };
};
