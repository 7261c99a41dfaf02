import { afterEach } from "vitest";
import { readConfig } from "../../lib/config.ts";
import type { BusEvent } from "../../lib/event-bus.ts";
import { createDayLedger, dayKey } from "../../lib/history/days/day-ledger.ts";
import { readMessage } from "../../lib/history/days/export-message.ts";
import type { StoredDay } from "../../lib/history/days/pbx-day.ts";
import { queueDays } from "../../lib/history/days/queue-days.ts";
import { type Manifest, manifestKey } from "../../lib/history/publication/manifest.ts";
import { workOn } from "../../lib/history/work/export-worker.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { memoryQueue } from "../../lib/local/memory-queue.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { silentLog } from "../../lib/log.ts";
import { createPbxs, type Pbx } from "../../lib/pbxs/pbxs.ts";
import type { HistoryPorts, PlannerPorts } from "../../lib/ports.ts";
import { readText } from "../../lib/store/store.ts";
import { nodeTransport } from "../../lib/wms/sending/node-transport.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import { simulatorDefaults } from "../../simulator/defaults.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../simulator/server.ts";
import { clientOf } from "./pbx.ts";
import { plainStore } from "./plain-store.ts";

/** Yesterday, as these worlds have it. */
export const day = "2026-11-23";
const start = Date.parse("2026-11-24T10:00:00Z");
const open: Simulator[] = [];
afterEach(async () => {
  for (const pbx of open.splice(0)) await pbx.close();
});

/** A deployment that exports one PBX, at ten o'clock. Its simulator ends with the test. */
export const exportWorld = async (options: SimulatorOptions = {}, env: Record<string, string> = {}) => {
  let now = start;
  const clock = { ...systemClock, now: () => now };
  const simulator = await startSimulator({ days: 3, calls: 50, now: () => start, ...options });
  open.push(simulator);
  const store = plainStore();
  const dead = memoryQueue({ clock, visibilitySeconds: 30, maxReceives: Number.POSITIVE_INFINITY });
  const queue = memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3, deadLetters: dead });
  const metrics: Record<string, number> = {};
  const { appId, appName, secret } = simulatorDefaults;
  const registry = {
    list: async () => [{ id: "milan", timezone: "Europe/Rome", exported: true, registeredAt: start }],
    readText: async () =>
      JSON.stringify({ host: simulator.url, app_id: appId, app_name: appName, secret_key: secret }),
  };
  const pbxs = createPbxs({
    registry,
    transport: nodeTransport(),
    clock,
    random: () => 0,
    requestsPerSecond: () => 10_000,
  });
  const fast: Pbx = {
    id: "milan",
    client: clientOf(simulator.url, { clock: { ...clock, sleep: async () => undefined } }),
    settings: {},
    pseudonym: (text) => text,
  };
  const events: BusEvent[] = [];
  const ports: HistoryPorts & PlannerPorts & { store: ReturnType<typeof plainStore> } = {
    config: readConfig(env),
    registry,
    pbxs: { get: async (id) => (id === "milan" ? fast : pbxs.get(id)) },
    keys: memoryKeys(),
    transport: nodeTransport(),
    clock,
    random: Math.random,
    log: silentLog,
    metrics: {
      put: (values) => {
        for (const [name, value] of Object.entries(values)) metrics[name] = (metrics[name] ?? 0) + value;
      },
    },
    store,
    state: memoryState(clock),
    queue,
    bus: {
      put: async (event) => {
        events.push(event);
        return true;
      },
    },
    deadLetters: dead,
    alarms: { notify: async () => undefined },
  };
  const record = async () => (await ports.state.read<StoredDay>(dayKey(day, "milan")))?.value;
  const order = async () => {
    const seen = await createDayLedger(ports).read({ pbx: "milan", day });
    await queueDays(ports, [{ pbx: "milan", zone: "Europe/Rome", day, round: "2026-11-24", seen }]);
  };
  return {
    ports,
    simulator,
    queue,
    dead,
    events,
    metrics,
    order,
    record,
    later: (ms: number) => {
      now += ms;
    },
    /** Takes the message that waits, if there is one. */
    take: async () => (await queue.receive(1))[0],
    manifest: async (): Promise<Manifest> =>
      JSON.parse((await readText(store, manifestKey(day, "milan"))) ?? "null"),
  };
};

export type ExportWorld = Awaited<ReturnType<typeof exportWorld>>;

/** The time of a function that has just begun, ms. */
export const plenty = (): number => 900_000;

/** Works on everything that waits. */
export const workAll = async (
  { ports, take, queue }: ExportWorld,
  timeLeft: () => number = plenty,
): Promise<string[]> => {
  const kinds: string[] = [];
  for (let message = await take(); message; message = await take()) {
    const outcome = await workOn(ports, readMessage(message.body), timeLeft);
    kinds.push(outcome.kind);
    await queue.remove(message.receipt);
  }
  return kinds;
};
