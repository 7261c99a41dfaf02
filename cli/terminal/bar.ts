import { SingleBar } from "cli-progress";
import type { Output } from "./output.ts";

/** Widest bar, and the columns that the text beside it takes. */
const sizes = { bar: 40, least: 5, text: 52 };

/** A progress bar on a terminal's standard error: lines are printed above it, and it leaves no trace. */
export class Bar {
  readonly #output: Output;
  readonly #format: string;
  readonly #now: () => number;
  #bar: SingleBar | undefined;
  #shown: Parameters<Bar["show"]> | undefined;
  #begun: { readonly at: number; readonly value: number } | undefined;

  /** `format` takes {bar}, {value}, {total}, {left} and what `show` gets. `now` is in ms. */
  constructor(output: Output, format: string, now: () => number) {
    this.#output = output;
    this.#format = format;
    this.#now = now;
  }

  show(value: number, total: number, values: Readonly<Record<string, unknown>> = {}): void {
    if (!this.#output.live) return;
    this.#shown = [value, total, values];
    this.#begun ??= { at: this.#now(), value };
    const seen = { ...values, left: this.#left(value, total) };
    if (this.#bar === undefined) {
      this.#bar = this.#make();
      this.#bar.start(total, value, seen);
      return;
    }
    this.#bar.setTotal(total);
    this.#bar.update(value, seen);
  }

  /** Prints lines, with the bar below them. */
  above(print: () => void): void {
    const shown = this.#shown;
    this.stop();
    print();
    if (shown !== undefined) this.show(...shown);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#shown = undefined;
  }

  #make(): SingleBar {
    const columns = this.#output.columns ?? 80;
    return new SingleBar({
      format: this.#format,
      hideCursor: true,
      clearOnComplete: true,
      barsize: Math.max(sizes.least, Math.min(sizes.bar, columns - sizes.text)),
      ...(this.#output.stream === undefined ? {} : { stream: this.#output.stream }),
    });
  }

  /** By the speed so far, for example `2m 5s`. */
  #left(value: number, total: number): string {
    const { at, value: first } = this.#begun ?? { at: 0, value };
    if (value <= first) return "?";
    const seconds = Math.round((((this.#now() - at) / (value - first)) * (total - value)) / 1000);
    return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  }
}
