import { Dice, mix } from "../scenes/dice.ts";
import type { Leg } from "../scenes/leg.ts";
import { pickScene, type SceneName, scenes } from "../scenes/scenes.ts";
import type { PlayedCall, Truth } from "../scenes/truth.ts";
import { type LocalDay, offsetAt } from "../zone.ts";
import { Hours } from "./profile.ts";

export interface DayPlan {
  readonly local: LocalDay;
  readonly zone: string;
  readonly seed: number;
  /** The id before the day's first, and the scenes that all days before it had. */
  readonly base: number;
  readonly scenesBefore: number;
  /** How many calls, or how many rows. */
  readonly size: { readonly calls: number } | { readonly rows: number };
  /** All calls are over when the day is: its rows, and those of the next day, are counted. */
  readonly confined: boolean;
  /** Whether phones that rang for nothing leave a row. */
  readonly unanswered: boolean;
  /** Calls that are not over by then have no rows yet. Epoch seconds. */
  readonly now: number;
}

/** No scene is longer, in seconds. */
export const longestScene = 3 * 3600;
/** A scene has fewer channels. */
export const channelsOfScene = 32;
/** A day has fewer rows. */
const mostRows = 2 ** 21;
/** A day with fewer calls has no call over midnight. */
const fewCalls = 20;

/** One day: which leg of which scene each row is. The legs are made when they are read. */
export class Day {
  readonly local: LocalDay;
  readonly base: number;
  /** Local seconds (as if UTC) of each row's start, in id order. */
  readonly starts: Uint32Array;
  readonly earliest: number;
  readonly latest: number;
  /** How many scenes were played. */
  readonly sceneCount: number;
  readonly #plan: DayPlan;
  readonly #hours: Hours;
  readonly #sceneOf: Uint32Array;
  readonly #legOf: Uint8Array;
  /** Scenes that must be a single row, so that the sum is right. */
  readonly #plain = new Set<number>();
  readonly #played = new Map<number, readonly PlayedCall[]>();

  constructor(plan: DayPlan) {
    this.#plan = plan;
    this.#hours = new Hours(plan.local.day);
    this.local = plan.local;
    this.base = plan.base;
    const rows = new Rows(plan.local.start);
    const byRows = "rows" in plan.size;
    let left = "rows" in plan.size ? plan.size.rows : plan.size.calls;
    let scene = 0;
    for (; left > 0; scene++) {
      let calls = this.#play(scene);
      const sizeOf = (): number =>
        byRows ? calls.reduce((sum, { legs }) => sum + legs.length, 0) : calls.length;
      if (sizeOf() > left) {
        this.#plain.add(scene);
        calls = this.#play(scene);
      }
      left -= sizeOf();
      let leg = 0;
      for (const call of calls) {
        if (call.truth.ended <= plan.now) rows.add(call.legs, scene, leg);
        leg += call.legs.length;
      }
    }
    this.sceneCount = scene;
    const order = rows.order();
    this.#sceneOf = Uint32Array.from(order, (at) => rows.scenes[at] ?? 0);
    this.#legOf = Uint8Array.from(order, (at) => rows.legs[at] ?? 0);
    this.starts = Uint32Array.from(order, (at) => {
      const start = rows.starts[at] ?? 0;
      return start + this.offsetOf(start);
    });
    let [earliest, latest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const start of this.starts) {
      if (start < earliest) earliest = start;
      if (start > latest) latest = start;
    }
    [this.earliest, this.latest] = [earliest, latest];
  }

  /** Seconds east of UTC at an instant of this day, or behind it. */
  offsetOf = (epochSeconds: number): number => {
    const { start, change, length, before, after } = this.local;
    const elapsed = epochSeconds - start;
    if (elapsed < change) return before;
    return elapsed < length ? after : offsetAt(this.#plan.zone, epochSeconds);
  };

  /** The leg behind a row, and all legs of its call. */
  leg(at: number): { leg: Leg; legs: readonly Leg[] } {
    const scene = this.#sceneOf[at] ?? 0;
    let number = this.#legOf[at] ?? 0;
    for (const { legs } of this.#calls(scene)) {
      const leg = legs[number];
      if (leg !== undefined) return { leg, legs };
      number -= legs.length;
    }
    throw new RangeError(`no row ${at} on ${this.local.day}`);
  }

  /** The day's calls that are over, each with the positions of its rows, in the order of their legs. */
  *calls(): Generator<{ key: string; truth: Truth; rows: readonly number[] }> {
    const rowsOf = new Map<number, number[]>();
    for (const [at, scene] of this.#sceneOf.entries()) {
      const rows = rowsOf.get(scene) ?? [];
      rows[this.#legOf[at] ?? 0] = at;
      rowsOf.set(scene, rows);
    }
    for (const [scene, rows] of rowsOf) {
      let leg = 0;
      for (const [at, { truth, legs }] of this.#play(scene).entries()) {
        const own = rows.slice(leg, leg + legs.length);
        leg += legs.length;
        if (truth.ended <= this.#plan.now)
          yield { key: `${this.local.day}-${scene}-${at}`, truth, rows: own };
      }
    }
  }

  /** Rows of a call are mostly read one after the other. */
  #calls(scene: number): readonly PlayedCall[] {
    const known = this.#played.get(scene);
    if (known) return known;
    const calls = this.#play(scene);
    if (this.#played.size >= 64) this.#played.clear();
    this.#played.set(scene, calls);
    return calls;
  }

  #play(scene: number): readonly PlayedCall[] {
    const { local, seed, scenesBefore, confined, unanswered } = this.#plan;
    const dice = new Dice(mix(seed + local.start, scene));
    const moment = this.#hours.momentOf(dice.share());
    const latest = local.length - (confined ? longestScene : 1);
    let channel = (scenesBefore + scene) * channelsOfScene;
    const name = this.#nameOf(scene, dice, moment);
    const calls = scenes[name].play(
      {
        dice,
        at: local.start + Math.min(latest, Math.floor(moment * local.length)),
        boundary: local.start + (name === "over-clock-change" ? local.change : local.length),
        outsiders: this.#outsiders,
        nextChannel: () => channel++,
      },
      name,
    );
    return unanswered ? calls : calls.map(({ truth, legs }) => ({ truth, legs: withoutUnanswered(legs) }));
  }

  get #outsiders(): number {
    const { size } = this.#plan;
    return Math.min(1_900_000, Math.max(40, "rows" in size ? size.rows : 2 * size.calls));
  }

  #nameOf(scene: number, dice: Dice, moment: number): SceneName {
    const { local, confined, size } = this.#plan;
    const many = ("rows" in size ? size.rows / 2 : size.calls) >= fewCalls;
    if (this.#plain.has(scene)) return "outbound";
    if (scene === 0 && many && !confined) return "over-midnight";
    if (scene === 1 && many && local.change < local.length) return "over-clock-change";
    return pickScene(dice, this.#hours.isOpen(moment) ? "open" : "closed");
  }
}

/** Rows of a day while it is made, in the order of their scenes. */
class Rows {
  readonly scenes: number[] = [];
  readonly legs: number[] = [];
  readonly starts: number[] = [];
  readonly #written: number[] = [];
  readonly #dayStart: number;

  constructor(dayStart: number) {
    this.#dayStart = dayStart;
  }

  add(legs: readonly Leg[], scene: number, firstLeg: number): void {
    for (const [at, leg] of legs.entries()) {
      this.scenes.push(scene);
      this.legs.push(firstLeg + at);
      this.starts.push(leg.start);
      this.#written.push(writtenAt(leg, legs));
    }
  }

  /** In the order in which the PBX writes them. */
  order(): Uint32Array {
    const { length } = this.scenes;
    if (length >= mostRows) throw new RangeError(`a day has fewer than ${mostRows} rows`);
    const keys = Float64Array.from(
      this.#written,
      (written, at) => (written - this.#dayStart) * mostRows + at,
    ).sort();
    return Uint32Array.from(keys, (key) => key % mostRows);
  }
}

/** Asterisk writes the legs of a channel together, when that channel has ended (documented). */
const writtenAt = ({ channel, end }: Leg, legs: readonly Leg[]): number => {
  let written = end;
  for (const other of legs) if (other.end > written && other.channel === channel) written = other.end;
  return written;
};

/** A channel keeps what was answered, else its last leg; the first that it keeps begins when the channel did. */
export const withoutUnanswered = (legs: readonly Leg[]): Leg[] => {
  const kept: Leg[] = [];
  for (const channel of new Set(legs.map((leg) => leg.channel))) {
    const own = legs.filter((leg) => leg.channel === channel);
    const answered = own.filter(({ disposition }) => disposition === "ANSWERED");
    const [first, ...others] = answered.length > 0 ? answered : own.slice(-1);
    if (first) kept.push({ ...first, start: own[0]?.start ?? first.start }, ...others);
  }
  return kept;
};
