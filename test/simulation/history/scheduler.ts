import { setImmediate as immediate } from "node:timers/promises";
import type { Clock } from "../../../lib/wms/clock.ts";
import type { Dice } from "../random.ts";

/** One running invocation. A killed one never goes on: what it waits for never comes. */
export interface Actor {
  readonly name: string;
  readonly until: number;
  killed: boolean;
  done: boolean;
  /** Steps at which it waits for its turn. */
  waiting: number;
}

interface Step {
  readonly actor: Actor | undefined;
  readonly at: number;
  readonly order: number;
  readonly go: () => void;
}

/**
 * Runs invocations side by side on a virtual clock. Each call of a port is a step that takes a random time; the step that is
 * due next goes on alone, so that a seed always gives the same course.
 */
export class Scheduler {
  now: number;
  /** Rises with every step; orders events within a millisecond. */
  tick = 0;
  kills = 0;
  /** The probability that an invocation is killed at a step, before or after it took effect. */
  killChance = 0;
  readonly dice: Dice;
  readonly actors = new Set<Actor>();
  readonly #steps: Step[] = [];
  #order = 0;

  constructor(dice: Dice, start: number) {
    this.dice = dice;
    this.now = start;
  }

  /** The clock of an invocation; its sleep is a step. */
  clockOf(actor: Actor): Clock {
    return {
      now: () => this.now,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          const stop = (): void => reject(signal?.reason);
          if (signal?.aborted) return stop();
          signal?.addEventListener("abort", stop, { once: true });
          // a timer is no work: the invocation may do something else meanwhile
          this.#push(undefined, ms, () => {
            signal?.removeEventListener("abort", stop);
            if (!actor.killed) resolve();
          });
        }),
    };
  }

  /** A step of an invocation: waits for its turn, acts at once, and may be killed on either side. */
  async step<T>(actor: Actor, ms: number, act: () => T | Promise<T>): Promise<T> {
    await this.#turn(actor, ms);
    this.#maybeKill(actor);
    if (actor.killed) return new Promise<never>(() => undefined);
    this.tick++;
    const result = await act();
    this.#maybeKill(actor);
    return actor.killed ? new Promise<never>(() => undefined) : result;
  }

  #maybeKill(actor: Actor): void {
    if (actor.killed || (this.now < actor.until && !this.dice.chance(this.killChance))) return;
    actor.killed = true;
    this.actors.delete(actor);
    this.kills++;
  }

  #turn(actor: Actor, ms: number): Promise<void> {
    actor.waiting++;
    return new Promise((resolve) =>
      this.#push(actor, ms, () => {
        actor.waiting--;
        resolve();
      }),
    );
  }

  #push(actor: Actor | undefined, ms: number, go: () => void): void {
    this.#steps.push({ actor, at: this.now + ms, order: this.#order++, go });
  }

  /** Begins an invocation that has so much time. */
  start(name: string, ms: number, act: (actor: Actor) => Promise<void>): Actor {
    const actor: Actor = { name, until: this.now + ms, killed: false, done: false, waiting: 0 };
    this.actors.add(actor);
    void act(actor).finally(() => {
      actor.done = true;
      this.actors.delete(actor);
    });
    return actor;
  }

  /** Lets time pass, and everything happen that is due until then. */
  async passTo(time: number): Promise<void> {
    for (;;) {
      await this.#settle();
      const next = this.#take(time);
      if (next === undefined) break;
      this.now = Math.max(this.now, next.at);
      next.go();
    }
    this.now = Math.max(this.now, time);
  }

  /** Waits until every invocation waits for its turn, and what else each has begun has come as far as it can. */
  async #settle(): Promise<void> {
    do await immediate();
    while ([...this.actors].some((actor) => actor.waiting === 0));
    await immediate();
  }

  #take(time: number): Step | undefined {
    let found = -1;
    for (const [at, step] of this.#steps.entries()) {
      const best = this.#steps[found];
      if (
        step.at <= time &&
        (best === undefined || step.at < best.at || (step.at === best.at && step.order < best.order))
      )
        found = at;
    }
    return found < 0 ? undefined : this.#steps.splice(found, 1)[0];
  }
}
