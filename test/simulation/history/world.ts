import { ProductError } from "../../../lib/errors.ts";
import { plannedPbxs } from "../../../lib/history/days/due-days.ts";
import { type ExportMessage, readMessage } from "../../../lib/history/days/export-message.ts";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import type { ExportPorts } from "../../../lib/history/export/export-job.ts";
import { reportFleet } from "../../../lib/history/planning/fleet-report.ts";
import { planExports } from "../../../lib/history/planning/plan-exports.ts";
import { type Delivery, workOff } from "../../../lib/history/work/work-off.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import type { Pbx } from "../../../lib/pbxs/pbxs.ts";
import type { PbxEntry } from "../../../lib/pbxs/registry.ts";
import type { QueueMessage, WorkQueue } from "../../../lib/queue.ts";
import type { StateStore } from "../../../lib/state.ts";
import type { ExportStore, Staged } from "../../../lib/store/store.ts";
import type { WmsClient } from "../../../lib/wms/client.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import { noEventBus } from "../../support/no-event-bus.ts";
import { plainStore } from "../../support/plain-store.ts";
import type { Dice } from "../random.ts";
import { Checks } from "./checks.ts";
import type { PbxLife } from "./pbx-life.ts";
import { type Actor, Scheduler } from "./scheduler.ts";

export interface WorldOptions {
  readonly start: number;
  readonly pbxs: readonly PbxLife[];
  readonly rowsPerPart: number;
  /** The time of an export function, ms. */
  readonly workerMs: number;
  /** What a PBX takes for a page, ms; default: as long as any other step. */
  readonly pageMs?: (pbx: string) => number;
}

/** Days of history before the start. None is exported. */
export const historyDays = 2;

const planSettings = { lookbackDays: 3, catchUpDays: 6, startDate: undefined };

/** Planner, queue, workers, store and state of a fleet; every call of a port is a step. */
export class World {
  readonly scheduler: Scheduler;
  readonly store = plainStore();
  readonly state: StateStore;
  readonly queue: WorkQueue;
  readonly deadLetters: WorkQueue;
  readonly checks: Checks;
  readonly options: WorldOptions;
  /** How likely a message is handed to two workers, comes again long after, or somebody exports its day by hand. */
  duplicateChance = 0;
  storeTroubleChance = 0;
  notifications = 0;
  invocations = 0;
  readonly #entries: PbxEntry[];
  readonly #old: Delivery[] = [];
  /** When the export that a message goes on with began, by token. */
  readonly #began = new Map<string, number>();
  #freezeChance = 0;

  constructor(dice: Dice, options: WorldOptions) {
    this.options = options;
    this.scheduler = new Scheduler(dice, options.start);
    const clock = { now: () => this.scheduler.now };
    this.state = memoryState(clock);
    this.deadLetters = memoryQueue({ clock, visibilitySeconds: 30, maxReceives: Number.POSITIVE_INFINITY });
    this.queue = memoryQueue({
      clock,
      visibilitySeconds: 1_800,
      maxReceives: 3,
      deadLetters: this.deadLetters,
    });
    this.checks = new Checks(this.store, options.pbxs);
    this.#entries = options.pbxs.map(({ id, zone }) => ({
      id,
      timezone: zone,
      exported: true,
      registeredAt: options.start - historyDays * 86_400_000,
    }));
  }

  /** Sets how often kills, freezes, duplicates and errors occur; 0: never. */
  chaos(strength: number): void {
    this.scheduler.killChance = strength * 0.01;
    this.#freezeChance = strength * 0.003;
    this.duplicateChance = strength * 0.2;
    this.storeTroubleChance = strength * 0.01;
    for (const pbx of this.options.pbxs) {
      pbx.troubleChance = strength * 0.05;
      pbx.moveChance = strength * 0.05;
      if (strength === 0) pbx.model.faults = {};
    }
  }

  get dice(): Dice {
    return this.scheduler.dice;
  }

  /** The time of a step, ms: short, or minutes in a frozen process. */
  #latency(): number {
    return this.dice.chance(this.#freezeChance) ? this.dice.whole(20 * 60_000) : 1 + this.dice.whole(40);
  }

  #step<T>(actor: Actor, act: () => T | Promise<T>): Promise<T> {
    return this.scheduler.step(actor, this.#latency(), act);
  }

  plan(): void {
    this.invocations++;
    this.scheduler.start("plan", 5 * 60_000, async (actor) => {
      const ports = this.#portsOf(actor);
      const pbxs = plannedPbxs(this.#entries, planSettings, ports);
      try {
        await planExports(ports, pbxs);
        await reportFleet(ports, pbxs);
      } catch (error) {
        this.checks.expected(error);
      }
    });
  }

  /** Gives waiting messages to workers, up to the number that runs at the same time. */
  async poll(workers: number): Promise<void> {
    while ([...this.scheduler.actors].filter(({ name }) => name === "work").length < workers) {
      const [delivery] = await this.queue.receive(1);
      if (delivery === undefined) break;
      this.work(delivery);
      if (this.dice.chance(this.duplicateChance)) this.work(delivery);
      if (this.dice.chance(this.duplicateChance)) this.#old.push(delivery);
      for (let others = 0; others < 2; others++)
        if (this.dice.chance(this.duplicateChance)) this.#byHand(readMessage(delivery.body));
    }
    if (this.#old.length > 0 && this.dice.chance(0.3)) {
      const [late] = this.#old.splice(this.dice.whole(this.#old.length), 1);
      if (late) this.work(late);
    }
  }

  work(delivery: Delivery): void {
    this.invocations++;
    this.scheduler.start("work", this.options.workerMs, async (actor) => {
      const { token } = readMessage(delivery.body);
      const began = this.#began.get(token) ?? this.scheduler.tick;
      const ports = this.#portsOf(actor, began);
      const done = await workOff(ports, delivery, () => actor.until - this.scheduler.now);
      if (done) await this.queue.remove(delivery.receipt);
    });
  }

  /** Exports a day by hand, without planner, queue and record, and without a limit of time. */
  #byHand({ pbx: id, day, zone }: ExportMessage): void {
    this.invocations++;
    const { rowsPerPart } = this.options;
    this.scheduler.start("by hand", Number.POSITIVE_INFINITY, async (actor) => {
      // a little later, and to other rows, so that the two meet in every part of their work and do not agree
      await this.scheduler.step(actor, this.dice.whole(800), () =>
        this.#life(id).lateOn(day, this.scheduler.tick),
      );
      const ports = { ...this.#portsOf(actor), client: this.#pbx(actor, id).client };
      await exportDay(ports, { pbx: id, zone, day, rowsPerPart, force: true }).catch(() => undefined);
    });
  }

  #portsOf(actor: Actor, began = this.scheduler.tick) {
    const clock = this.scheduler.clockOf(actor);
    const { rowsPerPart } = this.options;
    return {
      config: { rowsPerPart, format: "ndjson" as const, columns: undefined, stage: undefined },
      clock,
      random: this.dice.next,
      log: silentLog,
      metrics: noMetrics,
      pbxs: { get: async (id: string) => this.#pbx(actor, id) },
      store: this.#storeOf(actor, began),
      state: this.#stateOf(actor),
      bus: noEventBus,
      queue: this.#queueOf(actor, began),
      deadLetters: this.#queueOf(actor, began, this.deadLetters),
      alarms: {
        notify: () =>
          this.#step(actor, () => {
            this.notifications++;
          }),
      },
    };
  }

  #life(id: string): PbxLife {
    const life = this.options.pbxs.find((pbx) => pbx.id === id);
    if (life === undefined) throw new RangeError(`no PBX ${id}`);
    return life;
  }

  #pbx(actor: Actor, id: string): Pick<Pbx, "id" | "client" | "settings"> {
    const life = this.#life(id);
    // a name is a step: it can fail, or be where a run is killed
    const named = <T>(answer: T): Promise<T> =>
      this.scheduler.step(actor, this.#latency(), () => {
        if (this.dice.chance(life.troubleChance))
          throw new WmsError("WMS_FORBIDDEN", { detail: "403", sent: "yes" });
        return answer;
      });
    const [raw, byEmail] = [{ members: [{ stateInterface: "SIP/101" }] }, async () => undefined];
    const client: ExportPorts["client"] = {
      callQueues: {
        list: () => named([{ id: "1", name: "Support", raw }]),
        one: () => named({ id: "1", name: "Support", raw }),
      },
      colleagues: {
        list: () => named([{ extension: "101", email: "", name: "Ada", raw: {} }]),
        byEmail,
      },
      historyPage: (query) =>
        this.scheduler.step(actor, this.options.pageMs?.(id) ?? this.#latency(), () =>
          // small pages, so that there are many between which something can happen
          life.answer(
            { ...query, count: Math.min(query.count ?? 8, 8) },
            this.scheduler.now,
            this.scheduler.tick,
          ),
        ),
    };
    // the export uses nothing else of a client
    return { id, client: client as WmsClient, settings: {} };
  }

  #storeOf(actor: Actor, began: number): ExportStore {
    const { store } = this;
    const step = <T>(act: () => Promise<T>): Promise<T> => this.#step(actor, act);
    const changed = async <T>(key: string, act: () => Promise<T>): Promise<T> => {
      const result = await act();
      await this.checks.afterChange(key, began, this.scheduler.tick);
      return result;
    };
    return {
      stage: async (key, bytes): Promise<Staged> => {
        const staged = await store.stage(key, bytes);
        await step(async () => undefined);
        return {
          size: staged.size,
          commit: (expect) =>
            step(async () => {
              this.#storeTrouble(key);
              const object = await changed(key, () => staged.commit(expect));
              // the answer may be lost although the store acted
              this.#storeTrouble(key);
              return object;
            }),
          abort: () => step(() => staged.abort()),
        };
      },
      head: (key) => step(() => store.head(key)),
      read: (key) => step(() => store.read(key)),
      list: (prefix) => listed(step(() => Array.fromAsync(store.list(prefix)))),
      remove: (key, etag) => step(() => changed(key, () => store.remove(key, etag))),
    };
  }

  #storeTrouble(key: string): void {
    if (!this.dice.chance(this.storeTroubleChance)) return;
    throw new ProductError("STORE_UNAVAILABLE", { detail: `${key}: 503` });
  }

  #stateOf(actor: Actor): StateStore {
    const { state } = this;
    const step = <T>(act: () => Promise<T>): Promise<T> => this.#step(actor, act);
    return {
      read: (key) => step(() => state.read(key)),
      write: (...args) => step(() => state.write(...args)),
      remove: (...args) => step(() => state.remove(...args)),
      count: (...args) => step(() => state.count(...args)),
      counted: (key) => step(() => state.counted(key)),
      list: (partition, after) => listed(step(() => Array.fromAsync(state.list(partition, after)))),
    };
  }

  #queueOf(actor: Actor, began: number, queue = this.queue): WorkQueue {
    const step = <T>(act: () => Promise<T>): Promise<T> => this.#step(actor, act);
    return {
      send: (messages) =>
        step(async () => {
          for (const message of messages) this.#note(actor, message, began);
          await queue.send(messages);
        }),
      receive: (most) => step(() => queue.receive(most)),
      remove: (receipt) => step(() => queue.remove(receipt)),
      postpone: (receipt, seconds) => step(() => queue.postpone(receipt, seconds)),
    };
  }

  #note(actor: Actor, { body }: QueueMessage, began: number): void {
    const message = readMessage(body);
    this.checks.sent(message, actor.name);
    if (message.part > 1) this.#began.set(message.token, began);
  }
}

async function* listed<T>(items: Promise<T[]>): AsyncIterable<T> {
  yield* await items;
}
