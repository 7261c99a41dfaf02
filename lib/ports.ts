import type { Config } from "./config.ts";
import type { ExportStore } from "./history/store.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Pbxs } from "./pbxs/pbxs.ts";
import type { PbxRegistry } from "./pbxs/registry.ts";
import type { Clock, Random } from "./wms/clock.ts";
import type { Transport } from "./wms/transport.ts";

/** What every function works with; lib/aws and lib/local make them. */
export interface Ports {
  readonly config: Config;
  readonly registry: PbxRegistry;
  readonly pbxs: Pbxs;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface StorePorts extends Ports {
  readonly store: ExportStore;
}

/** What a function is told about the invocation. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Handler<Event, Result> = (event: Event, invocation: Invocation) => Promise<Result>;
