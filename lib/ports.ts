import type { Alarms } from "./alarms.ts";
import type { CallbackPorts as CallbackNeeds } from "./callbacks/callbacks.ts";
import type { EventQueue } from "./callbacks/events/event-queue.ts";
import type { CallerKeys } from "./callers/keys.ts";
import type { AuditLog } from "./calls/guard/audit.ts";
import type { Config } from "./config.ts";
import type { EventBus } from "./event-bus.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Pbxs } from "./pbxs/pbxs.ts";
import type { PbxRegistry } from "./pbxs/registry.ts";
import type { WorkQueue } from "./queue.ts";
import type { StateStore } from "./state.ts";
import type { ExportStore } from "./store/store.ts";
import type { Clock, Random } from "./wms/clock.ts";
import type { Transport } from "./wms/sending/transport.ts";

/** What every function works with; lib/aws and lib/local make them. */
export interface BasePorts {
  readonly config: Config;
  readonly registry: PbxRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** What a function works with that asks PBXs. */
export interface Ports extends BasePorts {
  readonly pbxs: Pbxs;
  readonly keys: CallerKeys;
  readonly transport: Transport;
}

export interface StorePorts extends Ports {
  readonly store: ExportStore;
}

export interface StatePorts extends Ports {
  readonly state: StateStore;
}

/** What placing calls works with. */
export interface CallsPorts extends StatePorts {
  readonly audit: AuditLog;
  /** The monotonic clock, ms. */
  readonly monotonic: () => number;
  /** A new id: text that was never used before. */
  readonly newId: () => string;
}

/** What calling back works with. */
export interface CallbackPorts extends CallsPorts, Pick<CallbackNeeds, "alarms" | "announce"> {
  readonly bus: EventBus;
}

/** What taking events of PBXs works with. */
export interface EventPorts extends CallbackPorts {
  /** Where events are kept; undefined: nowhere. */
  readonly archive: ExportStore | undefined;
}

/** What receiving webhooks works with: no state and no PBX. */
export interface WebhookPorts extends BasePorts {
  readonly events: EventQueue;
}

/** What exporting call history works with. */
export interface HistoryPorts extends StorePorts, StatePorts {
  /** PBX days to export. */
  readonly queue: WorkQueue;
  /** Hears of exported PBX days. */
  readonly bus: EventBus;
}

/** What planning exports works with: no secret and no PBX. */
export interface PlannerPorts extends BasePorts, Pick<HistoryPorts, "store" | "state" | "queue" | "bus"> {
  /** PBX days that were tried too often. */
  readonly deadLetters: WorkQueue;
  readonly alarms: Alarms;
}

/** What checking PBXs works with. */
export interface CheckPorts extends StatePorts {
  readonly alarms: Alarms;
}

export type AllPorts = HistoryPorts & PlannerPorts & EventPorts & WebhookPorts;
