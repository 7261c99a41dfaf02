import type { Leg } from "../calls.ts";
import type { Pbx } from "../routes.ts";
import { offsetAt } from "../zone.ts";
import { bdi, escapeHtml, nothing, table } from "./html.ts";

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

/** A time of day in the PBX's zone, as in call history. */
const time = (pbx: Pbx, ms: number): string =>
  new Date(ms + offsetAt(pbx.history.options.zone, Math.floor(ms / 1000)) * 1000).toISOString().slice(11, 19);

export const calls = (pbx: Pbx): string => {
  const latest = pbx.phones.calls.slice(-5).reverse();
  if (latest.length === 0) return nothing("no call was placed yet");
  return latest
    .map(
      (call) =>
        `<div class="call">${leg(call.first)} → ${leg(call.second)}<small>${time(pbx, call.placedAt)}${call.callerid === "" ? "" : ` · shown: ${escapeHtml(call.callerid)}`} · ${escapeHtml(call.context)}</small></div>`,
    )
    .join("");
};

const leg = ({ number, name, state }: Leg): string =>
  `<div class="leg ${escapeHtml(state)}"><b>${escapeHtml(number)}</b> ${bdi(name)}<br><span class="state">${escapeHtml(state)}</span></div>`;

/** A request's target as a person reads it, without a token in it. */
const readable = (target: string): string => {
  const plain = target.replace(/([?&]token=)[^&]*/g, "$1…").replaceAll("+", " ");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
};

export const requests = (pbx: Pbx, seen: readonly Seen[]): string =>
  seen.length === 0
    ? nothing("none yet")
    : table(
        ["time", "status", "auth", "request"],
        seen
          .slice(-12)
          .reverse()
          .map(({ at, status, auth, method, target }) => [
            time(pbx, at),
            `<span class="${typeof status === "number" && status < 300 ? "ok" : "bad"}">${escapeHtml(status)}</span>`,
            escapeHtml(auth),
            `<code>${escapeHtml(method)} ${escapeHtml(readable(target).slice(0, 300))}</code>`,
          ]),
      );

const tones: Readonly<Record<string, string>> = { ANSWERED: "ok", "NO ANSWER": "hot" };

export const history = (pbx: Pbx): string =>
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

export const sounds = (pbx: Pbx): string =>
  pbx.sounds.size === 0
    ? nothing("none yet")
    : table(
        ["", "file", "voice", "text"],
        [...pbx.sounds].map(([key, sound]) => [
          `<button data-play="${escapeHtml(key)}">Play</button>`,
          escapeHtml(`${key}.wav`),
          escapeHtml(sound.voice),
          escapeHtml(sound.text),
        ]),
      );
