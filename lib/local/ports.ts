import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { announceOn } from "../callbacks/announce.ts";
import type { CallerKeys } from "../callers/keys.ts";
import { readConfig } from "../config.ts";
import { createLog, errorFields, type Log } from "../log.ts";
import { noMetrics } from "../metrics.ts";
import { createPbxs } from "../pbxs/pbxs.ts";
import type { PbxRegistry } from "../pbxs/registry.ts";
import type { AllPorts } from "../ports.ts";
import type { StateStore } from "../state.ts";
import { type ClientOptions, clientDefaults } from "../wms/client.ts";
import type { Clock } from "../wms/clock.ts";
import { nodeTransport } from "../wms/sending/node-transport.ts";
import { systemClock, systemMonotonic } from "../wms/system-clock.ts";
import { fileAudit } from "./audit-file.ts";
import { fileKeys } from "./caller-keys.ts";
import { directoryStore } from "./directory-store.ts";
import { eventFile } from "./event-file.ts";
import { type LocalEventQueue, localEventQueue, memoryEvents } from "./event-queue.ts";
import { withKillSwitch } from "./kill-switch.ts";
import { memoryQueue } from "./memory-queue.ts";
import { environmentPbx, environmentRegistry, fileRegistry, isLoopback } from "./pbx-file.ts";
import { sqliteState } from "./sqlite-state.ts";

export interface LocalOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory of the exports, and of the state unless WILDIX_STATE names another file. */
  readonly directory: string;
  /** File of PBXs; default WILDIX_PBXS, then ./pbxs.json, then the environment. */
  readonly pbxFile?: string | undefined;
  readonly log?: Log;
  /** @default the machine's clock */
  readonly clock?: Clock;
  readonly transport?: ClientOptions["transport"];
}

/** The file of PBXs that is read; undefined: the environment describes the PBX. */
export const pbxFileOf = (env: LocalOptions["env"], pbxFile?: string): string | undefined => {
  const named = pbxFile ?? env["WILDIX_PBXS"];
  if (named !== undefined && named !== "") return named;
  return !env["WILDIX_HOST"] && existsSync("pbxs.json") ? "pbxs.json" : undefined;
};

/** Whether a file or the environment describes PBXs. */
export const hasLocalPbxs = (env: LocalOptions["env"], pbxFile?: string): boolean =>
  pbxFileOf(env, pbxFile) !== undefined || Boolean(env["WILDIX_HOST"]);

/** The PBXs of a laptop: from a file if there is one, otherwise from the environment. */
export const localRegistry = (env: LocalOptions["env"], pbxFile?: string): PbxRegistry => {
  const file = pbxFileOf(env, pbxFile);
  return file === undefined ? environmentRegistry(env) : fileRegistry(file);
};

/** The file of API keys that is read. */
export const keysFileOf = (env: LocalOptions["env"], file?: string): string =>
  file ?? (env["WILDIX_KEYS"] || "keys.json");

/** The callers' keys of a laptop. */
export const localKeys = (env: LocalOptions["env"], file?: string): CallerKeys =>
  fileKeys(keysFileOf(env, file));

export const requestsPerSecond = (host: string): number =>
  isLoopback(host) ? 1000 : clientDefaults.requestsPerSecond;

/** Queues that live as long as the process; times as in serverless/queues.yml. */
const localQueues = (clock: Clock) => {
  const deadLetters = memoryQueue({
    clock,
    visibilitySeconds: 30,
    maxReceives: Number.POSITIVE_INFINITY,
  });
  return {
    queue: memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3, deadLetters }),
    deadLetters,
  };
};

const stateFileOf = (env: LocalOptions["env"], directory: string): string =>
  env["WILDIX_STATE"] || join(directory, ".wildix-state.sqlite");

/** Whether there is a state already: reading it would make its file. */
export const hasLocalState = (env: LocalOptions["env"], directory: string): boolean =>
  existsSync(stateFileOf(env, directory));

/** The state of a laptop; its file is hidden, because it is not a part of the export in the same directory. */
export const localState = (env: LocalOptions["env"], directory: string, clock: Clock): StateStore =>
  withKillSwitch(sqliteState(stateFileOf(env, directory), clock, fixOf(env)), env, clock);

const fixOf = (env: LocalOptions["env"]): string =>
  env["WILDIX_STATE"]
    ? "Set `WILDIX_STATE` to a file of the state, or to a new file."
    : "Check the permissions of this user, or use another directory.";

export type LocalPorts = AllPorts & { readonly events: LocalEventQueue };

/** If no PBX is configured, the first request to it says so. The do-not-call list of all PBXs needs no PBX. */
const onlyPbxOf = async (registry: PbxRegistry, hasPbxs: boolean): Promise<string | undefined> => {
  if (!hasPbxs) return environmentPbx;
  const entries = await registry.list();
  return entries.length === 1 ? entries[0]?.id : undefined;
};

/** The same ports as on AWS, over a directory and a file or the environment. */
export const localPorts = async (options: LocalOptions): Promise<LocalPorts> => {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog("wildix-functions");
  const registry = localRegistry(options.env, options.pbxFile);
  const config = readConfig(options.env);
  const only = await onlyPbxOf(registry, hasLocalPbxs(options.env, options.pbxFile));
  const shared = {
    registry,
    transport: options.transport ?? nodeTransport(),
    clock,
    random: Math.random,
  };
  const bus = eventFile(join(options.directory, ".wildix-events.ndjson"));
  const store = await directoryStore(options.directory);
  return {
    ...shared,
    config: { ...config, defaultPbx: config.defaultPbx ?? only, eventQueueArn: localEventQueue },
    pbxs: createPbxs({
      ...shared,
      requestsPerSecond,
      onFailure: (pbx, error, attempt) =>
        log.warn("request to the PBX failed", { pbx, attempt, ...errorFields(error) }),
    }),
    keys: localKeys(options.env),
    log,
    metrics: noMetrics,
    store,
    archive: config.archiveEvents ? store : undefined,
    state: localState(options.env, options.directory, clock),
    audit: fileAudit(join(options.directory, ".wildix-audit.ndjson")),
    monotonic: systemMonotonic,
    newId: randomUUID,
    ...localQueues(clock),
    bus,
    announce: announceOn(bus, clock),
    events: memoryEvents(clock),
    alarms: { notify: async (subject, text) => log.warn(subject, { text }) },
  };
};
