import { behaviours } from "./behaviours.ts";
import type { Leg } from "./calls.ts";
import { faultDocs } from "./faults.ts";
import { colleagues } from "./people.ts";
import { type PhoneAct, phoneActs } from "./phone-rules.ts";
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

/** A name in its own direction of writing. */
const bdi = (name: unknown): string => `<bdi>${escapeHtml(name)}</bdi>`;

const css = `
:root{color-scheme:light dark;--bg:#f4f6f8;--card:#fff;--ink:#17202b;--dim:#667384;--line:#e3e8ee;--hot:#d9480f;--hotbg:#fff4e6;--ok:#2b8a3e;--okbg:#ebfbee;--bad:#c92a2a}
@media(prefers-color-scheme:dark){:root{--bg:#11151b;--card:#191f28;--ink:#e6ebf1;--dim:#93a0b1;--line:#2a323e;--hot:#ff922b;--hotbg:#2c2013;--ok:#69db7c;--okbg:#16261b;--bad:#ff8787}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
header,main,footer{max-width:1180px;margin:0 auto;padding:16px 20px 0}main{display:grid;gap:14px}footer{padding-bottom:28px}
h1{font-size:20px;margin:0}h2{font-size:12px;text-transform:uppercase;letter-spacing:.07em;color:var(--dim);margin:0 0 10px}
section,details{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;overflow-x:auto}details{margin-top:14px}summary{cursor:pointer;color:var(--dim)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{text-align:left;padding:4px 14px 4px 0;white-space:nowrap;border-top:1px solid var(--line)}th{color:var(--dim);font-weight:500;border:0}td:last-child{white-space:normal;padding-right:0}td:last-child:has(code){min-width:340px}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}.dim{color:var(--dim)}.bad{color:var(--bad)}.ok{color:var(--ok)}.hot{color:var(--hot)}
.phones{display:grid;grid-template-columns:repeat(auto-fill,minmax(126px,1fr));gap:8px}.phone,.leg{border:1px solid var(--line);border-radius:8px;padding:7px 10px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.phone b,.leg b{font-size:16px;font-variant-numeric:tabular-nums}.call{display:flex;align-items:center;gap:10px;flex-wrap:wrap;padding:6px 0}.leg{min-width:210px}.call small{color:var(--dim)}
select{font:13px system-ui,sans-serif;color:var(--dim);background:none;border:1px solid var(--line);border-radius:6px;max-width:100%;margin-top:4px}.voicemail,.ringing{border-color:var(--hot);background:var(--hotbg)}.talking{border-color:var(--ok);background:var(--okbg)}.ringing .state{color:var(--hot)}.talking .state{color:var(--ok)}.state{color:var(--dim);font-size:13px}
.ringing b::after{content:" ☎";display:inline-block;margin-left:6px;animation:ring .4s infinite alternate}@keyframes ring{from{transform:rotate(-14deg)}to{transform:rotate(14deg)}}@media(prefers-reduced-motion:reduce){.ringing b::after{animation:none}}
.fault{border:1px solid var(--hot);color:var(--hot);border-radius:99px;padding:1px 9px;margin:10px 8px 0 0;display:inline-block;font-size:13px}.gone main{opacity:.45}.gone header::after{content:"The simulator has stopped.";color:var(--bad)}
`;

/** Asks for the content twice a second, and tells phones what to do; without script the page still shows the moment. */
const script = `let shown;setInterval(async()=>{if(document.hidden)return;try{const r=await fetch("/_sim/fragment"),t=await r.text();if(t!==shown)document.querySelector("main").innerHTML=shown=t;document.body.className=""}catch{document.body.className="gone"}},500);document.querySelector("main").addEventListener("change",({target:{dataset:{phone},value:act}})=>phone&&fetch("/simulator/phones/"+phone,act?{method:"PUT",body:JSON.stringify({act})}:{method:"DELETE"}))`;

const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><text y='13' font-size='14'>☎</text></svg>`;

export const page = (
  pbx: Pbx,
  seen: readonly Seen[],
  url: string,
  nonce: string,
): string => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>PBX simulator</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}"><style nonce="${nonce}">${css}</style></head>
<body><header><h1>PBX simulator <span class="dim">${escapeHtml(url)} · WMS ${escapeHtml(pbx.version())}</span></h1></header>
<main>${fragment(pbx, seen)}</main>
<footer><details><summary>What a real PBX does, and how sure that is</summary>${marks()}</details></footer>
<script nonce="${nonce}">${script}</script></body></html>`;

/** What changes while one looks at it. */
export const fragment = (pbx: Pbx, seen: readonly Seen[]): string =>
  [
    section("Phones", phones(pbx) + faults(pbx)),
    section("Calls", calls(pbx)),
    section("Last requests", requests(seen)),
    section("Call history", history(pbx)),
    section("Sounds", sounds(pbx)),
  ].join("");

const section = (title: string, body: string): string =>
  `<section><h2>${escapeHtml(title)}</h2>${body}</section>`;
const nothing = (text: string): string => `<span class="dim">${escapeHtml(text)}</span>`;

/** Every phone of the company, and what it does. */
const phones = (pbx: Pbx): string => {
  const legs = pbx.phones.calls.filter(({ over }) => !over).flatMap(({ first, second }) => [first, second]);
  const told = pbx.phones.rules.told();
  const one = ({ extension, name }: (typeof colleagues)[number]): string => {
    const state = legs.findLast(({ number, state: now }) => number === extension && now !== "waiting")?.state;
    return `<div class="phone ${escapeHtml(state)}"><b>${escapeHtml(extension)}</b><br>${bdi(name)}<br><span class="state">${escapeHtml(state ?? "idle")}</span>${actChoice(extension, told[extension])}</div>`;
  };
  return `<div class="phones">${colleagues.map(one).join("")}</div>`;
};

/** What the phone does when it is rung. */
const actChoice = (extension: string, told: PhoneAct | undefined): string => {
  const option = (act: string, text: string): string =>
    `<option value="${escapeHtml(act)}"${act === (told ?? "") ? " selected" : ""}>${escapeHtml(text)}</option>`;
  const acts = phoneActs.map((act) => option(act, act.replaceAll("_", " ")));
  return `<br><select data-phone="${escapeHtml(extension)}" aria-label="What ${escapeHtml(extension)} does">${option("", "by number")}${acts.join("")}</select>`;
};

const faults = (pbx: Pbx): string =>
  pbx.faults
    .names()
    .map((name) => `<span class="fault">fault ${escapeHtml(name)}</span>`)
    .join("");

const calls = (pbx: Pbx): string => {
  const latest = pbx.phones.calls.slice(-5).reverse();
  if (latest.length === 0) return nothing("no call was placed yet");
  return latest
    .map(
      (call) =>
        `<div class="call">${leg(call.first)} → ${leg(call.second)}<small>${time(call.placedAt)}${call.callerid === "" ? "" : ` · shown: ${escapeHtml(call.callerid)}`} · ${escapeHtml(call.context)}</small></div>`,
    )
    .join("");
};

const leg = ({ number, name, state }: Leg): string =>
  `<div class="leg ${escapeHtml(state)}"><b>${escapeHtml(number)}</b> ${bdi(name)}<br><span class="state">${escapeHtml(state)}</span></div>`;

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

/** A request's target as a person reads it, without a token in it. */
const readable = (target: string): string => {
  const plain = target.replace(/([?&]token=)[^&]*/g, "$1…").replaceAll("+", " ");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
};

const requests = (seen: readonly Seen[]): string =>
  seen.length === 0 ? nothing("none yet") : requestTable(seen);
const requestTable = (seen: readonly Seen[]): string =>
  table(
    ["time (UTC)", "status", "auth", "request"],
    seen
      .slice(-12)
      .reverse()
      .map(({ at, status, auth, method, target }) => [
        time(at),
        `<span class="${typeof status === "number" && status < 300 ? "ok" : "bad"}">${escapeHtml(status)}</span>`,
        escapeHtml(auth),
        `<code>${escapeHtml(method)} ${escapeHtml(readable(target).slice(0, 300))}</code>`,
      ]),
  );

const tones: Readonly<Record<string, string>> = { ANSWERED: "ok", "NO ANSWER": "hot" };

const history = (pbx: Pbx): string =>
  table(
    ["id", "start", "from", "to", "seconds", "disposition"],
    pbx.history
      .latest(10)
      .map((row) => [
        escapeHtml(row.id),
        escapeHtml(row.start),
        `${escapeHtml(row["from_number"])} ${bdi(row["from_name"])}`,
        `${escapeHtml(row["to_number"])} ${bdi(row["to_name"])}`,
        escapeHtml(row["billsec"]),
        `<span class="${tones[String(row["disposition"])] ?? "bad"}">${escapeHtml(row["disposition"])}</span>`,
      ]),
  );

const sounds = (pbx: Pbx): string =>
  pbx.sounds.size === 0
    ? nothing("none yet")
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
      ...behaviours.map(({ does, mark }) => [escapeHtml(does), escapeHtml(mark)]),
      ...Object.entries(faultDocs).map(([name, doc]) => [
        `fault <code>${escapeHtml(name)}</code>: ${escapeHtml(doc.does)}`,
        escapeHtml(doc.mark),
      ]),
    ],
  );

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}</table>`;
