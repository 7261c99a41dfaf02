import type { Config } from "./config.ts";
import type { ExportStore } from "./history/store.ts";
import type { CallerKeys } from "./http/keys.ts";
import type { Log } from "./log.ts";
import type { Pbxs } from "./pbxs/pbxs.ts";
import type { PbxRegistry } from "./pbxs/registry.ts";
import type { StateStore } from "./state.ts";
import type { Clock } from "./wms/clock.ts";

/** What every function works with; lib/aws and lib/local make them. */
export interface Ports {
  readonly config: Config;
  readonly registry: PbxRegistry;
  readonly pbxs: Pbxs;
  readonly keys: CallerKeys;
  readonly clock: Clock;
  readonly log: Log;
}

export interface StorePorts extends Ports {
  readonly store: ExportStore;
}

export interface StatePorts extends Ports {
  readonly state: StateStore;
}

export type AllPorts = StorePorts & StatePorts;

/** What a function is told about the invocation. */
export interface Invocation {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Handler<Event, Result> = (event: Event, invocation: Invocation) => Promise<Result>;
