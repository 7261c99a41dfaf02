import type { History } from "./history.ts";
import { stamp } from "./history.ts";
import { colleagues } from "./people.ts";
import { offsetAt } from "./zone.ts";

export type LegState = "ringing" | "talking" | "no answer" | "busy" | "ended" | "waiting";

export interface Leg {
  readonly number: string;
  readonly name: string;
  state: LegState;
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
 * Rows appear in history when the call is over, one a leg (measured: a call has no row while it lasts), with the call's account
 * or variable in `userfield` (invented; `marks-lost` switches it off).
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
    call.second.state = "ringing";
    const busy = call.second.number.endsWith("99");
    this.#after(this.#timing.ringMs, () => {
      if (busy) return this.#end(call, "ended", "busy");
      call.second.state = "talking";
      this.#after(this.#timing.talkMs, () => this.#end(call, "ended", "ended"));
    });
  }

  #end(call: Call, first: LegState, second: LegState): void {
    const answered = first === "ended";
    const talked = second === "ended" && answered;
    call.first.state = first;
    call.second.state = answered ? second : "ended";
    call.over = true;
    const zone = this.#history.options.zone;
    const at = (ms: number): string => stamp(Math.floor(ms / 1000) + offsetAt(zone, Math.floor(ms / 1000)));
    const { ringMs, talkMs } = this.#timing;
    const answeredAt = call.placedAt + ringMs * 2;
    const seconds = talked ? Math.max(1, Math.round(talkMs / 1000)) : 0;
    const common = {
      start: at(call.placedAt),
      answer: talked ? at(answeredAt) : "",
      end: at(this.#now()),
      from_number: call.first.number,
      from_name: call.first.name,
      src: call.first.number,
      billsec: String(seconds),
      duration: String(Math.round((this.#now() - call.placedAt) / 1000)),
      lastapp: "Dial",
      dcontext: call.context,
      type: "call",
      userfield: this.#marksLost() ? "" : call.account || call.variable,
    };
    this.#history.insert({
      ...common,
      to_number: call.first.number,
      to_name: call.first.name,
      dst: call.first.number,
      disposition: answered ? "ANSWERED" : "NO ANSWER",
    });
    if (answered) {
      this.#history.insert({
        ...common,
        to_number: call.second.number,
        to_name: "",
        dst: call.second.number,
        disposition: second === "busy" ? "BUSY" : "ANSWERED",
      });
    }
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
