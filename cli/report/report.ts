import { shiftDay } from "../../lib/history/calendar/local-days.ts";
import { listed } from "../../lib/listed.ts";
import { maskNumber } from "../../lib/mask.ts";
import { rewriteRun } from "../days/rewrite-advice.ts";
import { number } from "../terminal/output.ts";
import type { ReportRow } from "./database.ts";
import type { DayRange, ExportDays } from "./export-days.ts";
import { type Answers, clockOf, numberAt, percent, type ReportSettings, sumOf, textAt } from "./figures.ts";

/** What a page shows. */
export interface Report {
  /** The directory or `s3://BUCKET` that the user typed. */
  readonly place: string;
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

/** A caller as the page may show it. */
export const callerOf = (
  row: ReportRow,
  mask: boolean,
): { readonly number: string; readonly name: string } => {
  const [number, name] = [textAt(row, "caller"), textAt(row, "name")];
  return mask ? { number: maskNumber(number), name: "" } : { number, name };
};

/** The answers without whole numbers of callers, and without their names. */
export const maskedAnswers = (answers: Answers): Readonly<Record<string, readonly ReportRow[]>> =>
  Object.fromEntries(
    Object.entries(answers).map(([question, rows]) => [
      question,
      rows.map((row) => ("caller" in row ? { ...row, caller: callerOf(row, true).number, name: null } : row)),
    ]),
  );

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
