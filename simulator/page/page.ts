import { behaviours } from "../behaviours.ts";
import { faultDocs } from "../faults.ts";
import { type Pbx, routes } from "../routes.ts";
import { controls } from "./controls.ts";
import { escapeHtml, section, table } from "./html.ts";
import { calls, history, requests, type Seen, sounds } from "./lists.ts";
import { faults, phones, queueTable } from "./phones.ts";
import { script } from "./script.ts";
import { css } from "./style.ts";

const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='14'>☎</text></svg>`;

export const page = (
  pbx: Pbx,
  seen: readonly Seen[],
  url: string,
  nonce: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>PBX simulator</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}"><style nonce="${nonce}">${css}</style></head>
<body><header><h1>PBX simulator <span class="dim">${escapeHtml(url)} · WMS ${escapeHtml(pbx.version())} · times in ${escapeHtml(pbx.history.options.zone)}</span></h1></header>
<aside>${controls()}</aside>
<main>${fragment(pbx, seen)}</main>
<footer><details><summary>What a real PBX does, and how sure that is</summary>${marks()}</details></footer>
<script nonce="${nonce}">${script}</script></body></html>`;

/** What changes while one looks at it. */
export const fragment = (pbx: Pbx, seen: readonly Seen[]): string =>
  [
    section("Phones", phones(pbx) + faults(pbx)),
    section("Calls", calls(pbx)),
    section("Queues", queueTable(pbx)),
    section("Last requests", requests(pbx, seen)),
    section("Call history", history(pbx)),
    section("Sounds", sounds(pbx)),
  ].join("");

const marks = (): string =>
  table(
    ["behaviour", "mark"],
    [
      ...routes.map((route) => [
        `<code>${escapeHtml(route.method)}</code> ${escapeHtml(route.name)}`,
        escapeHtml(route.mark),
      ]),
      ...behaviours.map(({ does, mark }) => [escapeHtml(does), escapeHtml(mark)]),
      ...Object.entries(faultDocs).map(([name, doc]) => [
        `fault <code>${escapeHtml(name)}</code>: ${escapeHtml(doc.does)}`,
        escapeHtml(doc.mark),
      ]),
    ],
  );
