import { number, type Output, paint, table } from "../terminal/output.ts";
import type { ReportRow } from "./database.ts";
import { numberAt, percent, textAt, weekdays, weekOf } from "./figures.ts";
import {
  agentsOf,
  also,
  asShown,
  daysOf,
  gapsOf,
  headingOf,
  laterCallsBack,
  queuesOf,
  type Report,
  totalsOf,
  uncalledOf,
} from "./report.ts";

/** Rows of a list on a page. */
const most = 15;
const narrowest = 40;

/** The report as lines as wide as the terminal. `plain`: bars of characters that every terminal has. */
export const terminalPage = (given: Report, output: Output, plain: boolean): string[] => {
  const report = asShown(given);
  const { answers, settings } = report;
  const width = Math.max(narrowest, Math.min(output.columns ?? 80, 100));
  const bars = plain ? (["#", "-"] as const) : (["█", "░"] as const);
  const totals = totalsOf(report);
  const title = (text: string): string[] => ["", paint(output, "bold", text)];
  const listed = (heads: readonly string[], rows: readonly (readonly unknown[])[]): string[] =>
    rows.length === 0
      ? ["  none"]
      : [
          table({ columns: width }, heads, rows.slice(0, most)),
          ...(rows.length > most ? [`  and ${rows.length - most} more: see --json`] : []),
        ];
  const callers = uncalledOf(report);
  const agents = agentsOf(report);
  const later = laterCallsBack(report);
  return [
    ...gapsOf(report).map((text) => `${paint(output, "yellow", "!")} ${text}`),
    paint(output, "bold", headingOf(report)),
    "",
    `${number(totals.missed)} missed of ${number(totals.inbound)} inbound calls (${percent(totals.missed, totals.inbound)})`,
    `${number(totals.answered)} answered, ${number(totals.voicemail)} to voicemail (${percent(totals.voicemail, totals.inbound)})${also(totals.fax, "fax")}`,
    `${number(totals.outbound)} outbound, ${number(totals.internal)} internal${also(totals.other, "other")}, ${number(totals.calls)} in total`,
    ...title(`Calls by day (${bars[0]} not missed, ${bars[1]} missed)`),
    ...barsOf(
      daysOf(report).map((row) => {
        const day = textAt(row, "day");
        const weekday = weekdays[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7] ?? "";
        return { label: `${day} ${weekday}`, calls: numberAt(row, "calls"), missed: numberAt(row, "missed") };
      }),
      width,
      bars,
    ),
    ...title("Calls by hour of the day"),
    ...barsOf(hoursOf(answers["calls-by-day-and-hour"]), width, bars),
    ...title(`Queues (answered within ${settings.within} s; waits in minutes)`),
    ...listed(["queue", "calls", "missed", "in time", "median", "90 %", "longest"], queuesOf(report)),
    ...title("Agents (calls with people outside)"),
    ...listed(agents.heads, agents.rows),
    ...title(`Never called back within 24 hours: ${number(callers.rows.length)} callers`),
    ...(later === undefined || callers.rows.length === 0 ? [] : [later]),
    ...listed(callers.heads, callers.rows),
  ];
};

interface BarRow {
  readonly label: string;
  readonly calls: number;
  readonly missed: number;
}

/** A line for each hour from the first with calls to the last. */
const hoursOf = (rows: readonly ReportRow[]): BarRow[] => {
  const [calls, missed] = (["calls", "missed"] as const).map((column) => {
    const week = weekOf(rows, column);
    return Array.from({ length: 24 }, (_, hour) => week.reduce((sum, day) => sum + (day[hour] ?? 0), 0));
  });
  const all = Array.from({ length: 24 }, (_, hour) => ({
    label: `${String(hour).padStart(2, "0")}:00`,
    calls: calls?.[hour] ?? 0,
    missed: missed?.[hour] ?? 0,
  }));
  const used = (row: BarRow): boolean => row.calls > 0;
  return all.slice(Math.max(0, all.findIndex(used)), all.findLastIndex(used) + 1);
};

const barsOf = (
  rows: readonly BarRow[],
  width: number,
  [full, part]: readonly [string, string],
): string[] => {
  const [label, digits] = [
    Math.max(0, ...rows.map((row) => row.label.length)),
    Math.max(0, ...rows.map((row) => number(row.calls).length)),
  ];
  const missedDigits = Math.max(0, ...rows.map((row) => number(row.missed).length));
  const room = Math.max(5, width - label - digits - missedDigits - 8);
  const scale = room / Math.max(1, ...rows.map((row) => row.calls));
  return rows.map((row) => {
    const all = Math.round(row.calls * scale);
    const missed = Math.min(all, row.missed === 0 ? 0 : Math.max(1, Math.round(row.missed * scale)));
    const bar = (full.repeat(all - missed) + part.repeat(missed)).padEnd(room);
    return `  ${row.label.padEnd(label)} ${bar} ${number(row.calls).padStart(digits)} / ${number(row.missed).padStart(missedDigits)}`;
  });
};
