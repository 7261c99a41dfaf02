import type { History } from "./history/history.ts";
import { colleagues, trunks } from "./people.ts";
import { outside, phone } from "./scenes/leg.ts";
import { originated } from "./scenes/originate.ts";

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
  /** Of the first leg's channel. */
  readonly firstContext: string;
  readonly account: string;
  readonly variable: string;
  /** Epoch ms. */
  readonly placedAt: number;
  over: boolean;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

export interface Timing {
  /** Milliseconds that a phone rings before it is picked up. */
  readonly ringMs: number;
  /** Milliseconds that two people talk. */
  readonly talkMs: number;
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * The phones. An extension that ends in 9 is not picked up; a second leg that ends in 99 is busy; all others answer.
 * Rows appear in history when the call is over (invented), with the call's account or variable in `userfield` (invented;
 * `marks-lost` switches it off).
 */
export class Phones {
  readonly calls: Call[] = [];
  readonly #history: History;
  readonly #timing: Timing;
  readonly #now: () => number;
  readonly #marksLost: () => boolean;
  readonly #closed = new AbortController();

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
    const channel = /^[^/]+\/([^@]+)(?:@(.*))?/.exec(form.channel);
    const number = channel?.[1] ?? form.channel;
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
      firstContext: channel?.[2] ?? "users",
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
    this.#history.add(
      originated({
        scene: "originate",
        placed: seconds(call.placedAt),
        context: call.firstContext,
        ...this.#ends(call),
        ...this.#times(call),
        disposition: second === "busy" ? "BUSY" : "NO ANSWER",
        userfield: this.#marksLost() ? "" : call.account || call.variable,
        nextChannel: this.#history.nextChannel,
      }),
    );
  }

  /** Both phones; an extension is inside, every other number is dialled through the first trunk. */
  #ends({ first, second, callerid }: Call) {
    const known = /^\s*"?([^"<]*?)"?\s*<([^>]*)>\s*$/.exec(callerid);
    const shown = { number: known?.[2] ?? second.number, name: known?.[1] ?? "" };
    const ends = { first: phone({ extension: first.number, name: first.name }), shown };
    if (colleagues.some(({ extension }) => extension === second.number))
      return { ...ends, second: phone({ extension: second.number, name: second.name }) };
    const trunk = trunks[0] ?? "";
    return { ...ends, second: outside({ number: second.number, name: second.name }, trunk), trunk };
  }

  /** Whole seconds; whoever was answered was so for a second at least. */
  #times({ first, second }: Call) {
    const now = seconds(this.#now());
    if (first.answeredAt === undefined) return { ended: now };
    const answered = {
      first: seconds(first.answeredAt),
      ...(second.answeredAt === undefined ? {} : { second: seconds(second.answeredAt) }),
    };
    return { answered, ended: Math.max(now, (answered.second ?? answered.first) + 1) };
  }

  #after(ms: number, act: () => void): void {
    const { signal } = this.#closed;
    this.#timing.sleep(ms, signal).then(act, (error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  close(): void {
    this.#closed.abort();
  }
}
