import { ProductError } from "../../../lib/errors.ts";
import type { StateStore } from "../../../lib/state.ts";
import type { Clock } from "../../../lib/wms/clock.ts";
import { stateOver } from "../../support/state-over.ts";
import type { World } from "../world.ts";

/** What can happen to a machine where it waits. `pause`: its monotonic clock stands still with it. */
export type Fault = "crash" | "freeze" | "pause" | "state away" | "state answer lost";
const faults: readonly Fault[] = ["crash", "freeze", "pause", "state away", "state answer lost"];

/** Faults by the step at which they strike. */
export type FaultPlan = ReadonlyMap<number, Fault>;

/** None for most machines, otherwise one or two within the steps that a machine takes. */
export const planFaults = (world: World, share: number): FaultPlan => {
  const plan = new Map<number, Fault>();
  if (!world.chance.happens(share)) return plan;
  for (let n = world.chance.whole(1, 2); n > 0; n--)
    plan.set(world.chance.whole(0, world.chance.pick([10, 40, 120])), world.chance.pick(faults));
  return plan;
};

/** One invocation of a function: its clocks, the places where it waits, and what happens there. */
export class Machine {
  readonly world: World;
  readonly #plan: FaultPlan;
  readonly #freezeMs: number | undefined;
  #step = 0;
  #stood = 0;
  #dead = false;
  /** Faults that struck. */
  struck = 0;
  /** When its sweep began. */
  begun: number | undefined;
  readonly clock: Clock;
  readonly monotonic: () => number;

  constructor(world: World, plan: FaultPlan, freezeMs?: number) {
    this.world = world;
    this.#plan = plan;
    this.#freezeMs = freezeMs;
    this.clock = { now: () => world.now, sleep: (ms) => world.sleep(ms) };
    this.monotonic = () => world.now - this.#stood;
  }

  /** The function returned: the platform runs nothing of it any more. */
  end(): void {
    this.#dead = true;
  }

  get steps(): number {
    return this.#step;
  }

  /** A place where the process waits. What a dead one waits for never comes. */
  async step(ms = 1): Promise<Fault | undefined> {
    if (this.#dead) return new Promise(() => undefined);
    const fault = this.#plan.get(this.#step++);
    if (fault !== undefined) {
      this.struck++;
      const long = this.#freezeMs ?? this.world.chance.pick([5_000, 9_000, 12_000, 30_000, 90_000, 900_000]);
      if (fault === "crash") {
        this.#dead = true;
        return new Promise(() => undefined);
      }
      if (fault === "pause") this.#stood += long;
      if (fault === "freeze" || fault === "pause") await this.world.sleep(long);
    }
    await this.world.sleep(ms);
    return fault;
  }

  /** The state over a network that fails. */
  state(inner: StateStore): StateStore {
    return stateOver(inner, async (act) => {
      const fault = await this.step();
      if (fault === "state away") throw away();
      const answer = await act();
      if (fault === "state answer lost") throw away();
      return answer;
    });
  }
}

const away = (): ProductError =>
  new ProductError("STATE_UNAVAILABLE", { detail: "the state did not answer" });
