const light =
  "--page: #fff;--ink: #1c2430;--soft: #5b6675;--line: #dfe4ea;--calls: #2f6fb5;--second: #93b7de;--missed: #d1495b;--note: #fff4d6;--heat0: #f1f4f7;--heat1: #e0ebf6;--heat2: #c3d9ef;--heat3: #a3c6e6;--heat4: #7fb0db;--heat5: #5b9acf;--on-heat: #10161d";
const dark =
  "--page: #14181d;--ink: #e6ebf0;--soft: #9aa7b5;--line: #2c343d;--calls: #5b9bdc;--second: #35597f;--missed: #ef7385;--note: #3a3017;--heat0: #1b2127;--heat1: #1d2f42;--heat2: #22415f;--heat3: #27537c;--heat4: #2d679b;--heat5: #367bb9;--on-heat: #f2f6fa";

/** Colours of the page and of its charts. Paper is always light. */
export const pageStyle = `
:root {${light} }
@media screen and (prefers-color-scheme: dark) {:root {${dark} } }
* {box-sizing: border-box }
body {margin: 0;background: var(--page);color: var(--ink);font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
main {max-width: 768px;margin: 0 auto;padding: 24px }
h1 {font-size: 24px;line-height: 1.25;margin: 0 0 16px;overflow-wrap: anywhere }
h2 {font-size: 17px;margin: 0 0 8px }
section {margin: 32px 0 0;break-inside: avoid }
p {margin: 0 0 8px;color: var(--soft) }
code {font-size: 13px;overflow-wrap: anywhere }
.gaps {margin: 0 0 24px;padding: 12px 12px 12px 32px;background: var(--note);border-radius: 6px }
.figures {display: grid;grid-template-columns: repeat(auto-fit, minmax(130px, 1fr));gap: 12px;margin: 0 }
.figures > div {border: 1px solid var(--line);border-radius: 6px;padding: 10px 12px }
.figures dt, .figures span {color: var(--soft);font-size: 13px }
.figures dd {margin: 0 }
.figures b {display: block;font-size: 26px;line-height: 1.2 }
.figures .first b {color: var(--missed) }
svg {display: block;max-width: 100%;height: auto }
.narrow {display: none }
.table {overflow-x: auto }
table {border-collapse: collapse;width: 100%;font-size: 14px }
th, td {text-align: left;padding: 5px 10px 5px 0;border-bottom: 1px solid var(--line);white-space: nowrap }
th {color: var(--soft);font-weight: 600 }
td.number {font-variant-numeric: tabular-nums }
tr {break-inside: avoid }
thead {display: table-header-group }
@media screen and (max-width: 640px) {
  main {padding: 16px }
  .wide {display: none }
  .narrow {display: block }
  .figures {grid-template-columns: 1fr 1fr }
}
@media print {
  * {print-color-adjust: exact }
  body {font-size: 11pt }
  main {max-width: none;padding: 0 }
  section:has(table) {break-inside: auto }
  @page {margin: 15mm }
}
`;
