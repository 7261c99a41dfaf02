import { escaped } from "../days/html-text.ts";
import { number } from "../terminal/output.ts";
import { type Draw, dayBars, heatMap, openCharts, talkBars, waitBars } from "./charts.ts";
import { numberAt, percent, textAt, weekOf } from "./figures.ts";
import { pageStyle } from "./page-style.ts";
import {
  agentsOf,
  also,
  asShown,
  daysOf,
  gapsOf,
  hasSeveralPbxs,
  headingOf,
  laterCallsBack,
  queuesOf,
  type Report,
  totalsOf,
  uncalledOf,
} from "./report.ts";

/** Agents and queues of a chart. */
const mostBars = 15;
/** Rows of a list. */
const mostRows = 100;
const widths = { wide: 720, narrow: 330 } as const;

/** The report as one file that loads nothing from anywhere. */
export const htmlPage = async (given: Report): Promise<string> => {
  const draw = await openCharts();
  const report = asShown(given);
  const { answers, mask, settings } = report;
  const totals = totalsOf(report);
  const byHour = answers["calls-by-day-and-hour"];
  const callers = uncalledOf(report);
  const talks = answers["talk-time-by-agent"];
  const gaps = gapsOf(report);
  const agents = agentsOf(report);
  const days = daysOf(report);
  const later = laterCallsBack(report);
  const several = hasSeveralPbxs(report);
  const heading = escaped(headingOf(report));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${heading}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
${gaps.length === 0 ? "" : `<ul class="gaps">${gaps.map((gap) => `<li>${withCode(gap)}</li>`).join("")}</ul>`}
<h1>${heading}</h1>
<dl class="figures">
${[
  ["missed", number(totals.missed), `${percent(totals.missed, totals.inbound)} of inbound calls`],
  [
    "answered",
    number(totals.answered),
    `of ${number(totals.inbound)} inbound calls${also(totals.fax, "fax")}`,
  ],
  ["voicemail", number(totals.voicemail), percent(totals.voicemail, totals.inbound)],
  ["never called back", number(callers.rows.length), "callers, within 24 hours"],
  [
    "calls",
    number(totals.calls),
    `${number(totals.outbound)} outbound, ${number(totals.internal)} internal${also(totals.other, "other")}`,
  ],
]
  .map(
    ([name, value, says], at) =>
      `<div${at === 0 ? ' class="first"' : ""}><dt>${name}</dt><dd><b>${value}</b> <span>${says}</span></dd></div>`,
  )
  .join("\n")}
</dl>
${chart(
  draw,
  "Calls and missed calls by day",
  () => 220,
  () =>
    dayBars(
      days.map((row) => textAt(row, "day")),
      days.map((row) => numberAt(row, "calls") - numberAt(row, "missed")),
      days.map((row) => numberAt(row, "missed")),
    ),
)}
${chart(draw, "Calls by weekday and hour", heatHeight, (narrow) => heatMap(weekOf(byHour, "calls"), narrow))}
${chart(draw, "Missed calls by weekday and hour", heatHeight, (narrow) => heatMap(weekOf(byHour, "missed"), narrow))}
${chart(
  draw,
  "Wait of callers by queue",
  () => 60 + 44 * Math.min(mostBars, answers.waits.length),
  () => {
    const rows = answers.waits.slice(0, mostBars);
    return waitBars(
      rows.map((row) => textAt(row, "queue")),
      rows.map((row) => numberAt(row, "median_seconds")),
      rows.map((row) => numberAt(row, "p90_seconds")),
    );
  },
)}
${list(
  "Queues",
  `In time: answered within ${settings.within} s. Abandoned calls under ${settings.under} s are not counted. Waits are in minutes.`,
  ["queue", "calls", "missed", "in time", "median", "90 %", "longest"],
  queuesOf(report),
)}
${chart(
  draw,
  "Talk time by agent",
  () => 40 + 24 * Math.min(mostBars, talks.length),
  () => {
    const rows = talks.slice(0, mostBars);
    return talkBars(
      rows.map((row) => {
        const agent = textAt(row, "name") || textAt(row, "agent");
        return several ? `${agent} (${textAt(row, "pbx")})` : agent;
      }),
      rows.map((row) => numberAt(row, "talk_seconds")),
    );
  },
)}
${list("Agents", "Calls with people outside.", agents.heads, agents.rows)}
${list(
  "Never called back",
  `Missed callers who got no call within 24 hours, and who did not reach a person themselves.${later === undefined ? "" : ` ${escaped(later)}`}${mask ? " Numbers are masked." : ""}`,
  callers.heads,
  callers.rows,
)}
</main>
</body>
</html>
`;
};

const heatHeight = (narrow: boolean): number => (narrow ? 520 : 220);

/** Text with commands between backticks. */
const withCode = (text: string): string =>
  text
    .split("`")
    .map((piece, at) => (at % 2 === 1 ? `<code>${escaped(piece)}</code>` : escaped(piece)))
    .join("");

/** A chart in two widths; the page shows the one that fits. */
const chart = (
  draw: Draw,
  name: string,
  height: (narrow: boolean) => number,
  option: (narrow: boolean) => Parameters<Draw>[2],
): string => {
  const drawn = (["wide", "narrow"] as const).map((size) => {
    const narrow = size === "narrow";
    return `<div class="${size}">${draw(name, height(narrow), option(narrow), widths[size])}</div>`;
  });
  return `<section><h2>${name}</h2>${drawn.join("")}</section>`;
};

const list = (
  name: string,
  says: string,
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string => {
  const cell = (value: string | number): string =>
    `<td${typeof value === "number" || /^[\d:.,]+( %)?$/.test(value) ? ' class="number"' : ""}>${escaped(typeof value === "number" ? number(value) : value)}</td>`;
  const body = rows
    .slice(0, mostRows)
    .map((row) => `<tr>${row.map(cell).join("")}</tr>`)
    .join("\n");
  return `<section><h2>${name}</h2><p>${says}</p>${
    rows.length === 0
      ? "<p>None.</p>"
      : `<div class="table"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead><tbody>
${body}
</tbody></table></div>${rows.length > mostRows ? `<p>And ${number(rows.length - mostRows)} more: see <code>--json</code>.</p>` : ""}`
  }</section>`;
};
