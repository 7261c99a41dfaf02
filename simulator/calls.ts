import type { History } from "./history.ts";
import { stamp } from "./history.ts";
import { colleagues } from "./people.ts";
import { offsetAt } from "./zone.ts";

export type LegState = "ringing" | "talking" | "no answer" | "busy" | "ended" | "waiting";

export interface Leg {
  readonly number: string;
  readonly name: string;
  state: LegState;
  /** Epoch ms. */
  answeredAt?: number;
}

/** A call that was placed: first leg, then second. */
export interface Call {
  readonly id: number;
  readonly first: Leg;
  readonly second: Leg;
  readonly callerid: string;
  readonly context: string;
  readonly account: string;
  readonly variable: string;
  /** Epoch ms. */
  readonly placedAt: number;
  over: boolean;
}

export interface Timing {
  /** Milliseconds that a phone rings before it is picked up. */
  readonly ringMs: number;
  /** Milliseconds that two people talk. */
  readonly talkMs: number;
}

/**
 * The phones. An extension that ends in 9 is not picked up; a second leg that ends in 99 is busy; all others answer.
 * Rows appear in history when the call is over, one a leg (invented, after Asterisk's call detail records), with the call's
 * account or variable in `userfield` (invented; `marks-lost` switches it off).
 */
export class Phones {
  readonly calls: Call[] = [];
  readonly #history: History;
  readonly #timing: Timing;
  readonly #now: () => number;
  readonly #marksLost: () => boolean;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(history: History, timing: Timing, now: () => number, marksLost: () => boolean) {
    this.#history = history;
    this.#timing = timing;
    this.#now = now;
    this.#marksLost = marksLost;
  }

  /** Rings the first leg. Resolves when it was answered (true) or not (false). */
  originate(form: {
    channel: string;
    exten: string;
    context: string;
    callerid: string;
    account: string;
    variable: string;
    timeout: number;
  }): Promise<boolean> {
    const number = /^[^/]+\/([^@]+)/.exec(form.channel)?.[1] ?? form.channel;
    const leg = (extension: string, state: LegState): Leg => ({
      number: extension,
      name: colleagues.find((colleague) => colleague.extension === extension)?.name ?? "",
      state,
    });
    const call: Call = {
      id: this.calls.length + 1,
      first: leg(number, "ringing"),
      second: leg(form.exten, "waiting"),
      callerid: form.callerid,
      context: form.context,
      account: form.account,
      variable: form.variable,
      placedAt: this.#now(),
      over: false,
    };
    this.calls.push(call);
    const picksUp = !number.endsWith("9") && form.timeout >= this.#timing.ringMs;
    return new Promise((resolve) => {
      this.#after(Math.min(this.#timing.ringMs, form.timeout), () => {
        resolve(picksUp);
        if (picksUp) this.#dial(call);
        else this.#end(call, "no answer", "ended");
      });
    });
  }

  #dial(call: Call): void {
    call.first.state = "talking";
    call.first.answeredAt = this.#now();
    call.second.state = "ringing";
    const busy = call.second.number.endsWith("99");
    this.#after(this.#timing.ringMs, () => {
      if (busy) return this.#end(call, "ended", "busy");
      call.second.state = "talking";
      call.second.answeredAt = this.#now();
      this.#after(this.#timing.talkMs, () => this.#end(call, "ended", "ended"));
    });
  }

  #end(call: Call, first: LegState, second: LegState): void {
    call.first.state = first;
    call.second.state = second;
    call.over = true;
    const shown = /^\s*"?([^"<]*?)"?\s*<([^>]*)>\s*$/.exec(call.callerid);
    const caller = { number: shown?.[2] ?? call.second.number, name: shown?.[1] ?? "" };
    this.#record(call, call.first, caller, first === "no answer" ? "NO ANSWER" : "ANSWERED");
    if (call.first.answeredAt !== undefined)
      this.#record(call, call.second, call.first, second === "busy" ? "BUSY" : "ANSWERED");
  }

  #record(call: Call, leg: Leg, from: { number: string; name: string }, disposition: string): void {
    const { zone } = this.#history.options;
    const at = (ms: number): string => stamp(Math.floor(ms / 1000) + offsetAt(zone, Math.floor(ms / 1000)));
    const now = this.#now();
    const { answeredAt } = leg;
    this.#history.insert({
      start: at(call.placedAt),
      answer: answeredAt === undefined ? "" : at(answeredAt),
      end: at(now),
      src: from.number,
      dst: leg.number,
      from_number: from.number,
      from_name: from.name,
      to_number: leg.number,
      to_name: leg.name,
      billsec: String(answeredAt === undefined ? 0 : Math.max(1, Math.round((now - answeredAt) / 1000))),
      duration: String(Math.round((now - call.placedAt) / 1000)),
      disposition,
      lastapp: "Dial",
      lastdata: `SIP/${leg.number}`,
      userfield: this.#marksLost() ? "" : call.account || call.variable,
      channel: `Local/${call.first.number}@${call.context}-${call.id.toString(16).padStart(8, "0")}`,
      dstchannel:
        answeredAt === undefined ? "" : `SIP/${leg.number}-${call.id.toString(16).padStart(8, "0")}`,
      dcontext: call.context,
      type: "call",
    });
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
