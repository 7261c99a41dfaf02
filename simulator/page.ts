import { faultDocs } from "./faults.ts";
import type { Pbx } from "./routes.ts";
import { routes } from "./routes.ts";

/** One request as the page shows it. */
export interface Seen {
  /** Epoch ms. */
  readonly at: number;
  readonly method: string;
  readonly target: string;
  readonly status: number | string;
  /** How it was let in, or why not. */
  readonly auth: string;
}

export const escapeHtml = (text: unknown): string =>
  String(text ?? "").replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const css = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1c2430;--dim:#6b7686;--line:#e2e6ec;--hot:#d9480f;--ok:#2b8a3e;--bad:#c92a2a}
@media(prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2029;--ink:#e8ecf2;--dim:#93a0b1;--line:#2a323e;--hot:#ff922b;--ok:#69db7c;--bad:#ff8787}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:20px;display:grid;gap:16px}h1{font-size:20px;margin:0}h2{font-size:13px;text-transform:uppercase;letter-spacing:.06em;color:var(--dim);margin:0 0 10px}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:3px 12px 3px 0;white-space:nowrap;border-top:1px solid var(--line)}th{color:var(--dim);font-weight:500;border:0}
.leg{display:inline-block;min-width:230px;border:1px solid var(--line);border-radius:8px;padding:8px 12px;margin:0 8px 8px 0}.leg b{font-size:17px}
.ringing{border-color:var(--hot);animation:ring .5s infinite alternate}.talking{border-color:var(--ok)}.dim{color:var(--dim)}.bad{color:var(--bad)}.ok{color:var(--ok)}code{font-size:13px}
@keyframes ring{from{transform:rotate(-.6deg)}to{transform:rotate(.6deg)}}@media(prefers-reduced-motion:reduce){.ringing{animation:none}}
`;

/** Replaces the content once a second; without script the page still shows the moment. */
const script = `setInterval(async()=>{try{const r=await fetch("/_sim/fragment");document.querySelector("main").innerHTML=await r.text()}catch{}},1000)`;

export const page = (
  pbx: Pbx,
  seen: readonly Seen[],
  url: string,
  nonce: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>PBX simulator</title><style nonce="${nonce}">${css}</style></head>
<body><main>${fragment(pbx, seen, url)}</main><script nonce="${nonce}">${script}</script></body></html>`;

export const fragment = (pbx: Pbx, seen: readonly Seen[], url: string): string =>
  [
    `<h1>PBX simulator <span class="dim">${escapeHtml(url)} · WMS ${escapeHtml(pbx.version())}</span></h1>`,
    section("Phones", phones(pbx)),
    section("Last requests", requests(seen)),
    section("Call history", history(pbx)),
    section("Sounds", sounds(pbx)),
    section(
      "Faults switched on",
      pbx.faults.names().length === 0 ? '<span class="dim">none</span>' : list(pbx.faults.names()),
    ),
    section("How sure this is", marks()),
  ].join("");

const section = (title: string, body: string): string =>
  `<section><h2>${escapeHtml(title)}</h2>${body}</section>`;
const list = (items: readonly string[]): string =>
  items.map((item) => `<code>${escapeHtml(item)}</code>`).join(" ");

const phones = (pbx: Pbx): string => {
  const calls = pbx.phones.calls.slice(-6).reverse();
  if (calls.length === 0) return '<span class="dim">no call was placed yet</span>';
  return calls
    .map((call) =>
      [call.first, call.second]
        .map(
          (leg) =>
            `<span class="leg ${escapeHtml(leg.state)}"><b>${escapeHtml(leg.number)}</b> ${escapeHtml(leg.name)}<br><span class="dim">${escapeHtml(leg.state)}</span></span>`,
        )
        .join("→ "),
    )
    .join("<br>");
};

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

const requests = (seen: readonly Seen[]): string =>
  table(
    ["time (UTC)", "status", "auth", "request"],
    seen
      .slice(-12)
      .reverse()
      .map(({ at, status, auth, method, target }) => [
        time(at),
        `<span class="${typeof status === "number" && status < 300 ? "ok" : "bad"}">${escapeHtml(status)}</span>`,
        escapeHtml(auth),
        `<code>${escapeHtml(method)} ${escapeHtml(target.length > 110 ? `${target.slice(0, 110)}…` : target)}</code>`,
      ]),
  );

const history = (pbx: Pbx): string => {
  const rows = pbx.history.latest(10);
  return table(
    ["id", "start", "from", "to", "seconds", "disposition"],
    rows.map((row) =>
      [
        row.id,
        row.start,
        `${row["from_number"]} ${row["from_name"]}`,
        `${row["to_number"]} ${row["to_name"]}`,
        row["billsec"],
        row["disposition"],
      ].map(escapeHtml),
    ),
  );
};

const sounds = (pbx: Pbx): string =>
  pbx.sounds.size === 0
    ? '<span class="dim">none</span>'
    : table(
        ["file", "voice", "text"],
        [...pbx.sounds].map(([key, sound]) => [
          escapeHtml(`${key}.wav`),
          escapeHtml(sound.voice),
          escapeHtml(sound.text),
        ]),
      );

const marks = (): string =>
  table(
    ["behaviour", "mark"],
    [
      ...routes.map((route) => [
        `<code>${escapeHtml(route.method)}</code> ${escapeHtml(route.name)}`,
        escapeHtml(route.mark),
      ]),
      ...Object.entries(faultDocs).map(([name, doc]) => [
        `fault <code>${escapeHtml(name)}</code>: ${escapeHtml(doc.does)}`,
        escapeHtml(doc.mark),
      ]),
    ],
  );

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</table>`;
