/**
 * A process that fills a state with callbacks, or sweeps it: `callbacks-one sqlite|dynamo WHERE fill|sweep OPEN DUE PBXS`. The PBXs
 * answer at once, in this process; their clock shows a Tuesday morning.
 */
import { DatabaseSync } from "node:sqlite";
import { BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { atOnce } from "../lib/at-once.ts";
import { dynamoState } from "../lib/aws/dynamo-state.ts";
import { createCallbacks } from "../lib/callbacks/callbacks.ts";
import { createIndex } from "../lib/callbacks/controller/index.ts";
import { memoryState } from "../lib/local/memory-state.ts";
import { sqliteState } from "../lib/local/sqlite-state.ts";
import { silentLog } from "../lib/log.ts";
import { noMetrics } from "../lib/metrics.ts";
import type { Pbx } from "../lib/pbxs/pbxs.ts";
import type { StateStore } from "../lib/state.ts";
import { systemClock } from "../lib/wms/system-clock.ts";
import { milan, waitingCallback } from "../test/support/milan.ts";
import { pbxClient } from "../test/support/pbx-client.ts";
import { measure } from "./measure.ts";

const [, , where, place = "", task, openText = "0", dueText = "0", pbxsText = "1"] = process.argv;
const [open, due, pbxs] = [Number(openText), Number(dueText), Number(pbxsText)];
const start = Date.parse("2026-11-24T09:30:00Z");
const began = performance.now();
const clock = { now: () => Math.floor(start + performance.now() - began), sleep: systemClock.sleep };

const table = "wildix-state";
const dynamo = new DynamoDBClient({
  endpoint: where === "dynamo" ? place : "http://localhost",
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const real: StateStore = where === "sqlite" ? sqliteState(place, clock) : dynamoState(dynamo, table, clock);

let requests = 0;
let questions = 0;
let rang = 0;
const one = <T>(answer: T): T => {
  requests++;
  return answer;
};
const state: StateStore = {
  read: (key) => one(real.read(key)),
  write: (key, value, expect, expiresAt) => one(real.write(key, value, expect, expiresAt)),
  remove: (key, expect) => one(real.remove(key, expect)),
  count: (key, count) => one(real.count(key, count)),
  counted: (key) => one(real.counted(key)),
  list: (partition, after, before) => one(real.list(partition, after, before)),
};

const missing = (): never => {
  throw new Error("nobody asks for this");
};
const pbx = (id: string): Pbx => ({
  id,
  settings: milan,
  pseudonym: missing,
  client: pbxClient({
    historyPage: async () => {
      questions++;
      return { total: 0, records: [] };
    },
    originate: async (_params, options) => {
      options?.beforeFirstByte?.();
      rang++;
    },
  }),
});

interface Row {
  readonly partition: string;
  readonly id: string;
  readonly value: string;
  readonly version: string;
}

/** Callbacks that wait: the first `due` since a minute, one for each PBX in turn; the others until tomorrow. */
const rowsOf = async (): Promise<Row[]> => {
  const memory = memoryState(clock);
  const index = createIndex(memory);
  for (let n = 0; n < open; n++) {
    const record = waitingCallback({
      id: `bench-${String(n).padStart(6, "0")}`,
      pbx: `pbx-${n % pbxs}`,
      number: `+39333${String(1_000_000 + n)}`,
      due: n < due ? start - 60_000 : start + 86_400_000,
      misses: [{ start: start - 600_000, end: start - 580_000 }],
    });
    await index.put(undefined, record, start);
  }
  const partitions = [
    ...[0, 1, 2, 3].map((shard) => `callbacks/due/${shard}`),
    ...Array.from({ length: pbxs }, (_, n) => `callbacks/pbx-${n}`),
  ];
  const rows: Row[] = [];
  for (const partition of partitions)
    for await (const { id, value, version } of memory.list(partition))
      rows.push({ partition, id, value: JSON.stringify(value), version });
  return rows;
};

/** Past the adapters, which write one record at a time. */
const fill = async (): Promise<object> => {
  const rows = await rowsOf();
  if (where === "sqlite") {
    await real.read({ partition: "none", id: "none" });
    const file = new DatabaseSync(place);
    file.exec("BEGIN");
    const insert = file.prepare("INSERT INTO records (partition, id, value, version) VALUES (?, ?, ?, ?)");
    for (const { partition, id, value, version } of rows) insert.run(partition, id, value, version);
    file.exec("COMMIT");
    file.close();
    return {};
  }
  const batches = Array.from({ length: Math.ceil(rows.length / 25) }, (_, n) =>
    rows.slice(25 * n, 25 * n + 25),
  );
  await atOnce(16, batches, async (batch) => {
    const puts = batch.map(({ partition, id, value, version }) => ({
      PutRequest: {
        Item: { partition: { S: partition }, id: { S: id }, value: { S: value }, version: { S: version } },
      },
    }));
    await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }));
  });
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
