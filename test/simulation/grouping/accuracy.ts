import type { Call } from "../../../lib/history/grouping/grouping.ts";
import type { Truth } from "../../../simulator/scenes/truth.ts";
import { type Switch, switches } from "./switches.ts";

const iso = (seconds: number | null): string | null =>
  seconds === null ? null : new Date(seconds * 1000).toISOString().replace(".000", "");

/** The fields of a call that the truth has too. */
const comparisons = {
  outcome: (call, truth) => call.outcome === truth.outcome,
  direction: (call, truth) => call.direction === truth.direction,
  caller: (call, truth) => call.caller === truth.caller && (call.caller_name ?? "") === truth.callerName,
  called: (call, truth) => call.called === truth.called && call.did === truth.did,
  answered_by: (call, truth) => call.answered_by === truth.answeredBy,
  queues: (call, truth) => call.queues.join() === truth.queues.join(),
  trunk: (call, truth) => call.trunk === truth.trunk,
  times: (call, truth) =>
    call.started_utc === iso(truth.started) &&
    call.answered_utc === iso(truth.answered) &&
    call.ended_utc === iso(truth.ended),
  wait_seconds: (call, truth) => call.wait_seconds === truth.waitSeconds,
  ring_seconds: (call, truth) => call.ring_seconds === truth.ringSeconds,
  talk_seconds: (call, truth) => call.talk_seconds === truth.talkSeconds,
  transfers: (call, truth) =>
    call.transfers === truth.transfers && call.transferred_to === truth.transferredTo,
} as const satisfies Record<string, (call: Call, truth: Truth) => boolean>;

type Field = keyof typeof comparisons;
const fields = Object.keys(comparisons) as Field[];

/** Of 100 calls that are grouped exactly. A PBX without unanswered legs or without channels does not show all. */
const leastOfField = ({ channels, unanswered }: Switch, field: Field): number => {
  if (field === "trunk") return channels ? 99 : 0;
  if (field === "ring_seconds" && !(channels && unanswered)) return unanswered ? 95 : 75;
  if (field === "wait_seconds" && !unanswered) return 90;
  return channels && unanswered ? 100 : 95;
};

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);
const shown = (part: number, whole: number): string =>
  whole === 0 ? "" : `${(Math.floor(1_000 * percent(part, whole)) / 1_000).toFixed(2)} %`;

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);

/** How many calls are right, by switch, scene and field. */
export class Accuracy {
  readonly #counts = new Map<string, number>();

  #add(...key: string[]): void {
    const text = key.join("\n");
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
  }

  #of(...key: string[]): number {
    return this.#counts.get(key.join("\n")) ?? 0;
  }

  played(name: string, { scene }: Truth): void {
    this.#add("played", name);
    this.#add("played", name, scene);
    this.#add("scene", scene);
  }

  /** A call that has exactly the legs of the truth. */
  found(name: string, truth: Truth, call: Call): void {
    this.#add("found", name);
    this.#add("found", name, truth.scene);
    for (const field of fields) if (comparisons[field](call, truth)) this.#add("field", name, field);
  }

  /** What is less than it must be; with few calls, chance decides. */
  failures(): string[] {
    const failures: string[] = [];
    const atLeast = (what: string, part: number, whole: number, least: number, enough: number): void => {
      if (whole >= enough && percent(part, whole) < least)
        failures.push(`${what}: ${shown(part, whole)} of ${whole}, must be ${least} %`);
    };
    for (const each of switches) {
      const { name } = each;
      const found = this.#of("found", name);
      atLeast(name, found, this.#of("played", name), each.least, 500);
      for (const scene of this.#scenes())
        atLeast(
          `${name}: ${scene}`,
          this.#of("found", name, scene),
          this.#of("played", name, scene),
          each.leastOfScene,
          10,
        );
      for (const field of fields)
        atLeast(`${name}: ${field}`, this.#of("field", name, field), found, leastOfField(each, field), 500);
    }
    return failures;
  }

  #scenes(): string[] {
    return [...this.#counts.keys()]
      .filter((key) => key.startsWith("scene\n"))
      .map((key) => key.slice("scene\n".length))
      .sort();
  }

  /** The tables of docs/calls-dataset.md. */
  tables(): string[] {
    const names = switches.map(({ name }) => name);
    const row = (what: string, cell: (name: string) => string): string[] => [what, ...names.map(cell)];
    return [
      ...table(
        ["grouped exactly", ...names],
        [
          row("all", (name) => shown(this.#of("found", name), this.#of("played", name))),
          ...this.#scenes().map((scene) =>
            row(`\`${scene}\``, (name) =>
              shown(this.#of("found", name, scene), this.#of("played", name, scene)),
            ),
          ),
        ],
      ),
      "",
      ...table(
        ["field", ...names],
        fields.map((field) =>
          row(`\`${field}\``, (name) => shown(this.#of("field", name, field), this.#of("found", name))),
        ),
      ),
    ];
  }
}
