import { type Caller, scopes } from "../../../lib/callers/caller.ts";
import { createCalls } from "../../../lib/calls/calls.ts";
import { readCall } from "../../../lib/calls/dial/dial.ts";
import { createLedger } from "../../../lib/calls/ledger/ledger.ts";
import { createReconcile } from "../../../lib/calls/ledger/reconcile.ts";
import { callTimes, type LedgerCall } from "../../../lib/calls/ledger/record.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { noMetrics } from "../../../lib/metrics.ts";
import type { StateStore } from "../../../lib/state.ts";
import type { Clock } from "../../../lib/wms/clock.ts";
import { CodedError } from "../../../lib/wms/errors.ts";
import type { Report } from "../main.ts";
import { World } from "../world.ts";
import { Machine, planFaults } from "./machine.ts";
import { person, type Seen, seenOf } from "./people.ts";
import { PhoneSystem } from "./phones.ts";
import { unfenced, watched } from "./watch.ts";

/** A safeguard taken out, to see that the simulation would notice. */
export type Mutation = "fencing" | "age check";

const caller: Caller = { id: "crm", scopes: new Set(scopes), pbxs: "all", extensions: "all" };
const people = 5;

/** A few people press buttons on machines that fail in every way, for ten minutes; then everything is looked after. */
export const simulateCalls = async (seed: number, without?: Mutation): Promise<Report> => {
  const world = new World(seed);
  const phones = new PhoneSystem(world);
  const struck = new Map<string, number>();
  const illegal: string[] = [];
  const failures: string[] = [];
  /** The clock of the machine whose request the state is working on. */
  let acting: Pick<Clock, "now"> = { now: () => world.now };
  const records = memoryState({ now: () => acting.now() });
  const state = watched(without === "fencing" ? unfenced(records) : records, illegal);
  const byMyClock = (clock: Pick<Clock, "now">): void => {
    acting = clock;
  };
  const machine = (): Machine => new Machine(world, planFaults(world, struck), byMyClock);
  const young = callTimes.oldestMs;
  if (without === "age check") callTimes.oldestMs = 1e9;
  try {
    const wishes = Array.from({ length: people }, async (_, n) => {
      const extension = String(201 + n);
      await world.sleep(world.chance.whole(0, 30_000));
      const press = (key: string | undefined): Promise<Seen> =>
        pressOn(machine(), phones, state, extension, key).then(seenOf);
      return { extension, seen: await person(world, phones, { extension, press }) };
    });
    const sweep = (): void => {
      const one = machine();
      const seen = one.state(state);
      const pbxs = { get: async () => phones.seenBy(one) };
      const ports = { state: seen, clock: one.clock, log: silentLog, metrics: noMetrics, pbxs };
      createReconcile(ports, createLedger(seen, one.clock))
        .sweep(one.clock.now() + 50_000)
        .catch((error: unknown) => noteUnexpected(failures, error));
    };
    for (let minute = 1; minute <= 10; minute++) world.at(world.now + minute * 60_000, sweep);
    await world.run(world.now + 10 * 60_000);
    // ten minutes are more than the most patient person needs
    for (const { extension, seen } of await Promise.all(wishes)) {
      if (seen.some(({ status }) => status === 201) && phones.rang(extension) === 0)
        failures.push(`phone ${extension}: 201, and it never rang`);
    }
  } catch (error) {
    noteUnexpected(failures, error);
  } finally {
    callTimes.oldestMs = young;
  }
  const double = doubleRings(phones);
  failures.push(...double.map((extension) => `phone ${extension} rang more than once`));
  if (without === undefined) {
    failures.push(...illegal.map((transition) => `illegal transition ${transition}`));
    failures.push(...(await settleAll(world, phones, records)));
  }
  const faults = [...struck.values()].reduce((sum, count) => sum + count, 0);
  return {
    faults,
    counts: {
      "double rings": double.length,
      "illegal transitions": illegal.length,
      rings: phones.rings.length,
    },
    failures,
  };
};

const pressOn = async (
  machine: Machine,
  phones: PhoneSystem,
  state: StateStore,
  extension: string,
  key: string | undefined,
) => {
  const pbx = phones.seenBy(machine);
  const receivedAt = machine.clock.now();
  const random = machine.world.chance;
  await machine.step();
  const calls = createCalls({
    state: machine.state(state),
    clock: machine.clock,
    monotonic: machine.monotonic,
    newId: () => String(random.whole(0, 2 ** 48)),
    audit: { write: async () => void (await machine.step()) },
    log: silentLog,
    metrics: noMetrics,
    pbxs: { get: async () => pbx },
  });
  const wanted = readCall({ extension, to: "+16144841500" });
  try {
    return await calls.place({ wanted, caller, pbx, key, requestId: "r", receivedAt, timeLeft: 13_000 });
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
};

const doubleRings = (phones: PhoneSystem): string[] => {
  const extensions = phones.rings.map(({ extension }) => extension);
  return [...new Set(extensions.filter((extension, at) => extensions.indexOf(extension) !== at))];
};

/** After all is over, a machine that does not fail looks after what is left: nothing stays in between. */
const settleAll = async (world: World, phones: PhoneSystem, state: StateStore): Promise<string[]> => {
  const failures: string[] = [];
  const steady = new Machine(world, { at: new Map(), struck: new Map() }, () => undefined);
  const pbxs = { get: async () => phones.seenBy(steady) };
  const clock = { now: () => world.now + 120_000 + later, sleep: (ms: number) => world.sleep(ms) };
  let later = 0;
  const ledger = createLedger(state, clock);
  const reconcile = createReconcile({ state, clock, log: silentLog, metrics: noMetrics, pbxs }, ledger);
  for (const wait of [0, 20_000, 40_000, callTimes.askForMs + 60_000]) {
    later = wait;
    const swept = reconcile.sweep(Number.POSITIVE_INFINITY);
    await world.run(world.now + 60_000);
    await swept;
  }
  for await (const { id } of ledger.listOpen()) {
    const call: LedgerCall | undefined = (await ledger.read(id))?.value;
    if (call !== undefined && call.state !== "RESERVED") failures.push(`a call stays open as ${call.state}`);
  }
  return failures;
};

const noteUnexpected = (failures: string[], error: unknown): void => {
  if (error instanceof CodedError && error.code === "STATE_UNAVAILABLE") return;
  failures.push(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
};
