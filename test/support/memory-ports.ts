import { readConfig } from "../../lib/config.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { memoryQueue } from "../../lib/local/memory-queue.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { silentLog } from "../../lib/log.ts";
import { noMetrics } from "../../lib/metrics.ts";
import type { AllPorts } from "../../lib/ports.ts";
import type { Clock } from "../../lib/wms/clock.ts";
import { plainStore } from "./plain-store.ts";

const notExpected = () => Promise.reject(new Error("no PBX is read or asked in this test"));

/** Every port in memory, without a caller key. Reading or asking a PBX fails. */
export const memoryPorts = (clock: Clock): AllPorts => {
  const queue = () => memoryQueue({ clock, visibilitySeconds: 30, maxReceives: 3 });
  return {
    config: readConfig({}),
    registry: { list: notExpected, readText: notExpected },
    pbxs: { get: notExpected },
    transport: notExpected,
    keys: memoryKeys(),
    clock,
    random: () => 0.5,
    log: silentLog,
    metrics: noMetrics,
    store: plainStore(),
    state: memoryState(clock),
    audit: { write: async () => undefined },
    monotonic: clock.now,
    newId: () => "id",
    queue: queue(),
    deadLetters: queue(),
    archive: undefined,
    bus: { put: async () => true },
    events: { send: async () => undefined },
    announce: async () => undefined,
    alarms: { notify: async () => undefined },
  };
};
