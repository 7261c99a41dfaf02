import { misplacedText } from "../../lib/history/publication/place-pbxs.ts";
import { counted, number } from "../terminal/output.ts";
import { type FleetView, hasFewRows, type PbxView } from "./fleet-view.ts";
import { escaped } from "./html-text.ts";
import { misplacedLines } from "./misplaced.ts";

/** The cells of a PBX, for a terminal and for a page. */
export const statusHeadings = [
  "PBX",
  "last exported",
  "missing",
  "rows",
  "credentials",
  "calls today",
  "problem",
];
export const cellsOf = (pbx: PbxView): readonly string[] => {
  const { rows, usual_rows: usual, problem, misplaced } = pbx;
  return [
    pbx.pbx,
    pbx.last_exported ?? "none",
    pbx.not_exported === undefined ? missingOf(pbx) : `not exported: ${pbx.not_exported}`,
    rows === undefined
      ? ""
      : `${number(rows)}${hasFewRows(pbx) && usual !== undefined ? `, usually ${number(usual)}` : ""}`,
    pbx.credentials_end === undefined ? "" : `end ${pbx.credentials_end}`,
    callsOf(pbx),
    [
      ...(problem === undefined
        ? []
        : [`${problem.kind} since ${problem.since.slice(0, 16).replace("T", " ")} UTC`]),
      ...(misplaced === undefined ? [] : [misplacedText(misplaced)]),
    ].join("; "),
  ];
};

const missingOf = ({ missing }: PbxView): string => {
  const [first] = missing;
  return first === undefined ? "0" : `${missing.length}: ${first.reason} (${first.code})`;
};

const callsOf = ({ stopped, calls_today: { placed, refused, unknown } }: PbxView): string =>
  [
    ...(stopped ? ["stopped"] : []),
    ...(placed > 0 ? [`${number(placed)} placed`] : []),
    ...(refused > 0 ? [`${number(refused)} refused`] : []),
    ...(unknown > 0 ? [`${number(unknown)} UNKNOWN`] : []),
  ].join(", ");

/** Whether a person should look at a PBX. */
export const needsLook = (pbx: PbxView): boolean =>
  pbx.missing.length > 0 ||
  pbx.export === "invalid" ||
  pbx.problem !== undefined ||
  pbx.misplaced !== undefined ||
  pbx.stopped ||
  hasFewRows(pbx);

export const totalsOf = ({ totals }: FleetView): string =>
  [
    counted(totals.pbxs, "PBX"),
    `${number(totals.not_exported)} not exported`,
    `${number(totals.incomplete)} with missing days (${number(totals.missing_days)})`,
    `${number(totals.failing)} with a problem`,
    `${number(totals.few_rows)} with few rows`,
    `${number(totals.stopped)} stopped`,
    `${number(totals.misplaced)} with another customer`,
    `calls today: ${number(totals.calls_today.placed)} placed, ${number(totals.calls_today.refused)} refused, ${number(totals.calls_today.unknown)} UNKNOWN`,
  ].join(", ");

/** A line for each PBX with another customer, with what to do. */
export const misplacedIn = ({ pbxs }: FleetView): string[] =>
  misplacedLines(pbxs.flatMap(({ pbx, misplaced }) => (misplaced ? [{ pbx, ...misplaced }] : [])));

/** One HTML page without scripts and without other files, which a browser loads again every minute. PBXs to look at come first. */
export const statusPage = (view: FleetView, stage: string): string => {
  const rows = [...view.pbxs]
    .sort((a, b) => Number(needsLook(b)) - Number(needsLook(a)))
    .map((pbx) => {
      const cells = cellsOf(pbx).map((cell) => `<td>${escaped(cell)}</td>`);
      return `<tr${needsLook(pbx) ? ' class="look"' : ""}>${cells.join("")}</tr>`;
    });
  const advice = misplacedIn(view).map((line) => `<li>${escaped(line)}</li>`);
  const headings = statusHeadings.map((heading) => `<th>${heading}</th>`).join("");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="60">
<meta name="viewport" content="width=device-width">
<title>Wildix PBXs of ${escaped(stage)}</title>
<style>
body { font: 16px/1.4 system-ui, sans-serif; margin: 1.5rem; background: #fff; color: #1a1a1a }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: 0.3rem 0.6rem; border-bottom: 1px solid #ddd }
tr.look td { background: #fdecea }
@media (prefers-color-scheme: dark) { body { background: #121212; color: #eee } th, td { border-color: #333 } tr.look td { background: #4a1f1c } }
</style>
<h1>Wildix PBXs of ${escaped(stage)}</h1>
<p>${escaped(totalsOf(view))}. As of ${escaped(view.at.slice(0, 16).replace("T", " "))} UTC.</p>
<table>
<thead><tr>${headings}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>${advice.length === 0 ? "" : `\n<ul>\n${advice.join("\n")}\n</ul>`}
</html>
`;
};
