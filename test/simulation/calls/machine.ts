import { ProductError } from "../../../lib/errors.ts";
import type { StateStore } from "../../../lib/state.ts";
import type { Clock } from "../../../lib/wms/clock.ts";
import { stateOver } from "../../support/state-over.ts";
import type { World } from "../world.ts";

/** What can happen to a machine at a step, and how often over all seeds. */
export type Fault =
  | "crash"
  | "freeze"
  | "pause"
  | "clock ahead"
  | "clock back"
  | "state away"
  | "state answer lost";

const faults: readonly Fault[] = [
  "crash",
  "freeze",
  "pause",
  "clock ahead",
  "clock back",
  "state away",
  "state answer lost",
];

export interface FaultPlan {
  /** Faults by the number of the step at which they strike. */
  readonly at: ReadonlyMap<number, Fault>;
  readonly struck: Map<string, number>;
}

/** A step is a place where a process waits: a machine takes some thirty for a call. */
const steps = 45;

/** Two faults at most for a machine, at any of its steps. A clock is not set back while it stands still: nobody could notice. */
export const planFaults = (world: World, struck: Map<string, number>): FaultPlan => {
  const at = new Map<number, Fault>();
  const count = world.chance.pick([0, 0, 1, 1, 1, 2]);
  for (let n = 0; n < count; n++) at.set(world.chance.whole(0, steps), world.chance.pick(faults));
  const planned = new Set(at.values());
  if (planned.has("pause") && planned.has("clock back"))
    for (const [step, fault] of at) if (fault === "clock back") at.set(step, "freeze");
  return { at, struck };
};

/** One invocation of a function: its clocks, its steps, and what befalls it. */
export class Machine {
  readonly world: World;
  readonly #plan: FaultPlan;
  #step = 0;
  /** How far its wall clock is from the truth, ms. */
  #skew = 0;
  /** How long its other clock stood still with it, ms. */
  #stood = 0;
  #dead = false;
  readonly clock: Clock;
  /** Runs a synchronous piece of work by this machine's clock. */
  readonly #byMyClock: (clock: Pick<Clock, "now">) => void;

  constructor(world: World, plan: FaultPlan, byMyClock: (clock: Pick<Clock, "now">) => void) {
    this.world = world;
    this.#plan = plan;
    this.#byMyClock = byMyClock;
    this.clock = { now: () => this.world.now + this.#skew, sleep: (ms) => this.world.sleep(ms) };
  }

  readonly monotonic = (): number => this.world.now - this.#stood;

  note(fault: string): void {
    this.#plan.struck.set(fault, (this.#plan.struck.get(fault) ?? 0) + 1);
  }

  /** A place where the process waits. What a dead one waits for never comes. */
  async step(ms = this.world.chance.whole(1, 12)): Promise<Fault | undefined> {
    if (this.#dead) return new Promise(() => undefined);
    const fault = this.#plan.at.get(this.#step++);
    if (fault !== undefined) await this.#strike(fault);
    await this.world.sleep(ms);
    return fault;
  }

  async #strike(fault: Fault): Promise<void> {
    this.note(fault);
    const { chance } = this.world;
    switch (fault) {
      case "crash":
        this.#dead = true;
        return new Promise(() => undefined);
      case "freeze":
        return this.world.sleep(chance.pick([4_000, 6_000, 9_000, 9_800, 12_000, 30_000, 60_000]));
      case "pause": {
        const ms = chance.pick([6_000, 11_000, 60_000]);
        this.#stood += ms;
        return this.world.sleep(ms);
      }
      case "clock ahead":
        this.#skew += chance.whole(1_000, 120_000);
        return;
      case "clock back":
        this.#skew -= chance.whole(1_000, 120_000);
        return;
      case "state away":
      case "state answer lost":
        // the caller's own matter: see `state`
        return;
    }
  }

  /** The state as this machine sees it: by its own clock, over a network that fails. */
  state(inner: StateStore): StateStore {
    return stateOver(inner, async (act) => {
      if ((await this.step()) === "state away") throw away("before");
      this.#byMyClock(this.clock);
      const answer = await act();
      if ((await this.step()) === "state answer lost") throw away("after");
      return answer;
    });
  }
}

const away = (when: string): ProductError =>
  new ProductError("STATE_UNAVAILABLE", { detail: `the state did not answer (${when} it acted)` });
