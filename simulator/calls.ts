import type { History } from "./history/history.ts";
import { colleagues, trunks } from "./people.ts";
import { type PhoneAct, PhoneRules } from "./phone-rules.ts";
import { type Disposition, outside, phone } from "./scenes/leg.ts";
import { originated } from "./scenes/originate.ts";
import type { Truth } from "./scenes/truth.ts";

export type LegState =
  | "ringing"
  | "talking"
  | "voicemail"
  | "no answer"
  | "busy"
  | "failed"
  | "ended"
  | "waiting";

export interface Leg {
  readonly number: string;
  readonly name: string;
  state: LegState;
  /** Epoch ms. */
  answeredAt?: number;
  /** The mailbox answered. */
  voicemail?: boolean;
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

const refusalOf = (act: PhoneAct): "busy" | "failed" | undefined => {
  if (act === "busy" || act === "dnd") return "busy";
  return act === "failed" ? "failed" : undefined;
};

const dispositions: Partial<Record<LegState, Disposition>> = { busy: "BUSY", failed: "FAILED" };

const seconds = (ms: number): number => Math.floor(ms / 1000);

const extensionOf = (number: string) => colleagues.find(({ extension }) => extension === number);

export interface Timing {
  /** Milliseconds that a phone rings before it is picked up. */
  readonly ringMs: number;
  /** Milliseconds that two people talk. */
  readonly talkMs: number;
  /** Waits for so many milliseconds. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/**
 * The phones, and what they do when they are rung. Rows appear in history when the call is over (invented), with the call's account or variable in `userfield` (invented;
 * `marks-lost` turns it off).
 */
export class Phones {
  readonly calls: Call[] = [];
  readonly rules = new PhoneRules();
  /** Called with the truth of each placed call that is over. */
  onOver: ((truth: Truth) => void) | undefined;
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
      name: extensionOf(extension)?.name ?? "",
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
    const act = this.rules.first(number);
    const { ringMs } = this.#timing;
    const picksUp = (act === "answer" || act === "voicemail") && form.timeout >= ringMs;
    const refusal = refusalOf(act);
    return new Promise((resolve) => {
      this.#after(refusal === undefined ? Math.min(ringMs, form.timeout) : 0, () => {
        resolve(picksUp);
        if (picksUp) this.#dial(call, act === "voicemail");
        else this.#end(call, refusal ?? "no answer", "ended");
      });
    });
  }

  #dial(call: Call, voicemail: boolean): void {
    this.#answer(call.first, voicemail);
    call.second.state = "ringing";
    const act = this.rules.second(call.second.number);
    // a mailbox outside cannot be distinguished from a person
    const box = act === "voicemail" && extensionOf(call.second.number) !== undefined;
    const refusal = refusalOf(act);
    this.#after(act === "dnd" ? 0 : this.#timing.ringMs, () => {
      if (refusal !== undefined) return this.#end(call, "ended", refusal);
      if (act === "no_answer") return this.#end(call, "ended", "no answer");
      this.#answer(call.second, box);
      this.#after(this.#timing.talkMs, () => this.#end(call, "ended", "ended"));
    });
  }

  #answer(leg: Leg, voicemail: boolean): void {
    leg.state = voicemail ? "voicemail" : "talking";
    leg.answeredAt = this.#now();
    if (voicemail) leg.voicemail = true;
  }

  #end(call: Call, first: LegState, second: LegState): void {
    call.first.state = first;
    call.second.state = second;
    call.over = true;
    const played = originated({
      scene: "originate",
      placed: seconds(call.placedAt),
      context: call.firstContext,
      ...this.#ends(call),
      ...this.#times(call),
      disposition: dispositions[first] ?? dispositions[second] ?? "NO ANSWER",
      userfield: this.#marksLost() ? "" : call.account || call.variable,
      nextChannel: this.#history.nextChannel,
    });
    this.#history.add(played);
    this.onOver?.(played.truth);
  }

  /** Both phones; an extension is inside, every other number is dialled through the first trunk. */
  #ends({ first, second, callerid }: Call) {
    const known = /^\s*"?([^"<]*?)"?\s*<([^>]*)>\s*$/.exec(callerid);
    const shown = { number: known?.[2] ?? second.number, name: known?.[1] ?? "" };
    const ends = { first: phone({ extension: first.number, name: first.name }), shown };
    if (extensionOf(second.number))
      return { ...ends, second: phone({ extension: second.number, name: second.name }) };
    const trunk = trunks[0] ?? "";
    return { ...ends, second: outside({ number: second.number, name: second.name }, trunk), trunk };
  }

  /** Whole seconds; an answered leg lasts a second at least. */
  #times({ first, second }: Call) {
    const now = seconds(this.#now());
    if (first.answeredAt === undefined) return { ended: now };
    const answered = {
      first: seconds(first.answeredAt),
      ...(second.answeredAt === undefined ? {} : { second: seconds(second.answeredAt) }),
    };
    const voicemail = { first: first.voicemail === true, second: second.voicemail === true };
    return { answered, voicemail, ended: Math.max(now, (answered.second ?? answered.first) + 1) };
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
