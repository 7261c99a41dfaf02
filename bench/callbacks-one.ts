/**
 * A process that fills a state with callbacks, or sweeps it: `callbacks-one sqlite|dynamo WHERE fill|sweep OPEN DUE PBXS`. The PBXs
 * answer at once, in this process; their clock shows a Tuesday morning.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { atOnce } from "../lib/at-once.ts";
import { dynamoState } from "../lib/aws/dynamo-state.ts";
import { createCallbacks } from "../lib/callbacks/callbacks.ts";
import { createIndex } from "../lib/callbacks/controller/index.ts";
import type { CallbackRecord } from "../lib/callbacks/controller/record.ts";
import { sqliteState } from "../lib/local/sqlite-state.ts";
import { silentLog } from "../lib/log.ts";
import { noMetrics } from "../lib/metrics.ts";
import type { Pbx } from "../lib/pbxs/pbxs.ts";
import type { PbxSettings } from "../lib/pbxs/secret.ts";
import type { StateStore } from "../lib/state.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { measure } from "./measure.ts";

const [, , where, place = "", task, openText = "0", dueText = "0", pbxsText = "1"] = process.argv;
const [open, due, pbxs] = [Number(openText), Number(dueText), Number(pbxsText)];
const start = Date.parse("2026-11-24T09:30:00Z");
const began = performance.now();
const clock = { now: () => Math.floor(start + performance.now() - began), sleep: systemClock.sleep };

const settings: PbxSettings = {
  country: "IT",
  timezone: "Europe/Rome",
  contexts: ["users"],
  extension_pattern: "[1-9][0-9]{2}",
  allowed_countries: ["IT"],
  callbacks: { mode: "call", targets: { "*": "201" } },
};
const real: StateStore =
  where === "sqlite"
    ? sqliteState(place, clock)
    : dynamoState(
        new DynamoDBClient({
          endpoint: place,
          region: "eu-central-1",
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
        }),
        "wildix-state",
        clock,
      );

let requests = 0;
let questions = 0;
let rang = 0;
const counted =
  <Args extends unknown[], T>(act: (...args: Args) => T) =>
  (...args: Args): T => {
    requests++;
    return act(...args);
  };
const state: StateStore = {
  read: counted(real.read) as StateStore["read"],
  write: counted(real.write) as StateStore["write"],
  remove: counted(real.remove),
  count: counted(real.count),
  counted: counted(real.counted),
  list: counted(real.list) as StateStore["list"],
};

const missing = (): never => {
  throw new Error("nobody asks for this");
};
const pbx = (id: string): Pbx => ({
  id,
  settings,
  pseudonym: missing,
  client: {
    historyPage: async () => {
      questions++;
      return { total: 0, records: [] };
    },
    originate: async (_params, options) => {
      options?.beforeFirstByte?.();
      rang++;
    },
    request: missing,
    callQueues: { list: missing, one: missing },
    colleagues: { list: missing, byEmail: missing },
    sounds: { list: missing, create: missing, exists: missing },
    version: missing,
  },
});

/** Callbacks that wait: the first `due` since a minute, one for each PBX in turn; the others until tomorrow. */
const fill = async (): Promise<object> => {
  const index = createIndex(real);
  await atOnce(
    32,
    Array.from({ length: open }, (_, n) => n),
    async (n) => {
      const id = `bench-${String(n).padStart(6, "0")}`;
      const record: CallbackRecord = {
        id,
        pbx: `pbx-${n % pbxs}`,
        number: `+39333${String(1_000_000 + n)}`,
        country: "IT",
        target: "201",
        state: "waiting",
        reason: "delay",
        due: n < due ? start - 60_000 : start + 86_400_000,
        misses: [{ start: start - 600_000, end: start - 580_000 }],
        since: 0,
        round: 1,
        n: 0,
        attempts: 0,
        failures: 0,
        agentMisses: 0,
        outcomes: [],
      };
      await index.put(undefined, record, start);
    },
  );
  return {};
};

const sweep = async (): Promise<object> => {
  const callbacks = createCallbacks({
    state,
    clock,
    monotonic: () => performance.now(),
    newId: () => crypto.randomUUID(),
    audit: { write: async () => undefined },
    log: silentLog,
    metrics: noMetrics,
    pbxs: { get: async (id) => pbx(id) },
    registry: { list: async () => [] },
    alarms: { notify: async () => undefined },
    announce: async () => undefined,
  });
  await callbacks.sweep(start + 3_600_000);
  return { requests, questions, rang };
};

await measure(task === "fill" ? fill : sweep);
