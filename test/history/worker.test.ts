import type { SQSEvent } from "aws-lambda";
import { afterEach, describe, expect, it } from "vitest";
import { exportHistory } from "../../functions/export-history.ts";
import { readConfig } from "../../lib/config.ts";
import { type DayRecord, dayKey, planned } from "../../lib/history/day-record.ts";
import { readMessage } from "../../lib/history/export-message.ts";
import { workOn } from "../../lib/history/export-worker.ts";
import { type Manifest, manifestKey, partKey } from "../../lib/history/manifest.ts";
import { queueDays } from "../../lib/history/queue-days.ts";
import { readText, writeText } from "../../lib/history/store.ts";
import { verifyExport } from "../../lib/history/verify.ts";
import { workOff } from "../../lib/history/work-off.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { memoryQueue } from "../../lib/local/memory-queue.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { silentLog } from "../../lib/log.ts";
import { createPbxs, type Pbx } from "../../lib/pbxs/pbxs.ts";
import type { HistoryPorts, PlannerPorts } from "../../lib/ports.ts";
import { nodeTransport } from "../../lib/wms/node-transport.ts";
import { systemClock } from "../../lib/wms/system-clock.ts";
import {
  type Simulator,
  type SimulatorOptions,
  simulatorDefaults,
  startSimulator,
} from "../../simulator/server.ts";
import { clientOf } from "../support/pbx.ts";
import { plainStore } from "../support/plain-store.ts";

const day = "2026-11-23";
const start = Date.parse("2026-11-24T10:00:00Z");
const open: Simulator[] = [];
afterEach(async () => {
  for (const pbx of open.splice(0)) await pbx.close();
});

const setUp = async (options: SimulatorOptions = {}, env: Record<string, string> = {}) => {
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
    deadLetters: dead,
    alarms: { tell: async () => undefined },
  };
  const record = async () => (await ports.state.read<DayRecord>(dayKey(day, "milan")))?.value;
  const order = async () => {
    const item = await ports.state.read<DayRecord>(dayKey(day, "milan"));
    await queueDays(ports, [{ pbx: "milan", zone: "Europe/Rome", day, round: "2026-11-24", item }]);
  };
  return {
    ports,
    simulator,
    queue,
    dead,
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

const plenty = (): number => 900_000;
const none = (): number => 0;
type World = Awaited<ReturnType<typeof setUp>>;
/** Works on everything that waits. */
const workAll = async ({ ports, take, queue }: World, timeLeft: () => number = plenty): Promise<string[]> => {
  const kinds: string[] = [];
  for (let message = await take(); message; message = await take()) {
    const outcome = await workOn(ports, readMessage(message.body), timeLeft);
    kinds.push(outcome.kind);
    await queue.remove(message.receipt);
  }
  return kinds;
};

describe("the worker", () => {
  it("exports the day that a message names, once, and says so", async () => {
    const world = await setUp();
    await world.order();
    expect(await workAll(world)).toEqual(["exported"]);
    const rows = world.simulator.pbx.history.countOf(day);
    expect(await world.manifest()).toMatchObject({ rows, changes: null, schema_version: 1 });
    expect(await world.record()).toMatchObject({
      done: true,
      messageUntil: 0,
      runUntil: 0,
      result: { rows },
    });
    expect(world.metrics).toEqual({ days_exported: 1, rows_exported: rows, late_changed: 0 });
  });

  it("reads a day that stands again, and counts what came late, changed or went", async () => {
    const world = await setUp();
    const { history } = world.simulator.pbx;
    await world.order();
    await workAll(world);
    const first = await world.manifest();
    await world.order();
    await workAll(world);
    expect(await world.manifest()).toMatchObject({
      parts: first.parts,
      changes: { added: 0, changed: 0, removed: 0 },
    });
    const [one, two, three] = history.rowsOf(day).map(({ id }) => Number(id));
    history.insert({ start: `${day} 12:00:00` });
    history.insert({ start: `${day} 12:00:00` });
    history.insert({ start: "2026-11-24 08:00:00" });
    history.change(one ?? 0, { tags: "late" });
    history.remove(two ?? 0);
    history.remove(three ?? 0);
    history.remove(three ?? 0);
    await world.order();
    await workAll(world);
    expect((await world.manifest()).changes).toEqual({ added: 2, changed: 1, removed: 2 });
    expect(world.metrics).toMatchObject({ days_exported: 3, late_changed: 5 });
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });

  it.each([
    ["Parquet", { WILDIX_EXPORT_FORMAT: "parquet" }],
    ["some columns", { WILDIX_EXPORT_COLUMNS: "billsec,talk_seconds" }],
    ["Parquet of some columns", { WILDIX_EXPORT_FORMAT: "parquet", WILDIX_EXPORT_COLUMNS: "tags" }],
  ])("compares days in %s", async (_name, env) => {
    const world = await setUp({}, env);
    await world.order();
    await workAll(world);
    const [one] = world.simulator.pbx.history.rowsOf(day);
    world.simulator.pbx.history.change(Number(one?.id), { tags: "new", billsec: "7777" });
    world.simulator.pbx.history.insert({ start: `${day} 12:00:00` });
    await world.order();
    await workAll(world);
    expect((await world.manifest()).changes).toEqual({ added: 1, changed: 1, removed: 0 });
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });

  it("has nothing to compare with where the format is another now, and leaves no part of the old one", async () => {
    const world = await setUp();
    await world.order();
    await workAll(world);
    await world.order();
    const parquet = {
      ...world,
      ports: { ...world.ports, config: readConfig({ WILDIX_EXPORT_FORMAT: "parquet" }) },
    };
    await workAll(parquet);
    expect(await world.manifest()).toMatchObject({ format: "parquet", changes: null });
    expect([...world.ports.store.objects.keys()]).toEqual([
      manifestKey(day, "milan"),
      partKey(day, "milan", 1, "parquet"),
    ]);
  });

  it.each([
    ["a day that is done", async (world: World) => void (await workAll(world))],
    ["a day that was planned anew", (world: World) => world.order()],
    [
      "a day without a record",
      async ({ ports }: World) => {
        const item = await ports.state.read(dayKey(day, "milan"));
        if (item) await ports.state.remove(dayKey(day, "milan"), item);
      },
    ],
  ])("drops a message for %s", async (_name, happens) => {
    const world = await setUp();
    await world.order();
    const [message] = await world.queue.receive();
    await world.queue.postpone(message?.receipt ?? "", 0);
    await happens(world);
    const requests = world.simulator.seen.length;
    expect(await workOn(world.ports, readMessage(message?.body ?? ""), plenty)).toEqual({ kind: "dropped" });
    expect(world.simulator.seen.length).toBe(requests);
  });

  it("of two that have one message, one works and the other comes again", async () => {
    const world = await setUp();
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    const outcomes = await Promise.all([
      workOn(world.ports, message, plenty),
      workOn(world.ports, message, plenty),
      workOn(world.ports, message, plenty),
    ]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(["busy", "busy", "exported"]);
    for (const outcome of outcomes) if (outcome.kind === "busy") expect(outcome.seconds).toBeGreaterThan(0);
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });

  it("waits while another owns the day, and takes over when its time is up", async () => {
    const world = await setUp();
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    const never = { ...world.ports, pbxs: { get: () => new Promise<never>(() => undefined) } };
    void workOn(never, message, () => 60_000);
    await new Promise(setImmediate);
    expect(await workOn(world.ports, message, plenty)).toEqual({ kind: "busy", seconds: 90 });
    world.later(89_000);
    expect(await workOn(world.ports, message, plenty)).toEqual({ kind: "busy", seconds: 1 });
    world.later(1_000);
    expect(await workOn(world.ports, message, plenty)).toMatchObject({ kind: "exported" });
  });

  it("writes down why it failed, and the next try forgets it", async () => {
    const world = await setUp({ faults: ["status=404"] });
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    await expect(workOn(world.ports, message, plenty)).rejects.toMatchObject({ code: "WMS_NOT_FOUND" });
    expect(await world.record()).toMatchObject({
      done: false,
      runUntil: 0,
      reason: { code: "WMS_NOT_FOUND" },
    });
    expect(world.metrics).toEqual({ export_failures: 1 });
    await world.simulator.clearFaults();
    await workOn(world.ports, message, plenty);
    expect(await world.record()).not.toHaveProperty("reason");
  });

  it("says INTERNAL of what it did not foresee, and keeps the words to itself", async () => {
    const world = await setUp();
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    const odd = { ...world.ports, pbxs: { get: () => Promise.reject(new TypeError("a secret")) } };
    await expect(workOn(odd, message, plenty)).rejects.toThrow("a secret");
    expect((await world.record())?.reason).toEqual({ code: "INTERNAL", detail: "TypeError" });
  });

  it("stops before its function does", async () => {
    const world = await setUp({ faults: ["slow=2000"] });
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    await expect(workOn(world.ports, message, () => 10_050)).rejects.toMatchObject({
      code: "EXPORT_TIMEOUT",
    });
    expect((await world.record())?.reason).toMatchObject({ code: "EXPORT_TIMEOUT" });
    expect([...world.ports.store.objects.keys()]).toEqual([]);
  });
});

describe("a day that does not fit into one invocation", () => {
  const options: SimulatorOptions = { callsOn: { [day]: 2_600 } };
  const env = { WILDIX_ROWS_PER_PART: "1000" };
  /** Time is up as soon as it is asked for. */
  const hurried = (): number => 10_000;
  const exported = async (faults: readonly string[], timeLeft: () => number, format = "ndjson") => {
    const world = await setUp({ ...options, faults }, { ...env, WILDIX_EXPORT_FORMAT: format });
    await world.order();
    // the signal of the worker must not fire: the time that is left is told after it was made
    let asked = 0;
    const kinds = await workAll(world, () => (asked++ % 3 < 2 ? plenty() : timeLeft()));
    return { world, kinds, manifest: await world.manifest() };
  };

  it.each([
    ["by id", [], "ndjson"],
    ["by id, in Parquet", [], "parquet"],
    ["by offset", ["sort-ignored"], "ndjson"],
    ["without the id filter", ["id-filter-ignored"], "ndjson"],
    ["with a cap", ["row-cap=100"], "ndjson"],
    ["with exclusive ends", ["exclusive-ends"], "ndjson"],
    ["with ids that began anew", ["ids-restarted"], "ndjson"],
    ["without counts", ["total-absent"], "ndjson"],
  ])("is handed over from part to part, to the same bytes, %s", async (_name, faults, format) => {
    const [whole, pieces] = [await exported(faults, plenty, format), await exported(faults, hurried, format)];
    expect(whole.kinds).toEqual(["exported"]);
    // where the way of paging has to be found, more
    expect(pieces.kinds.slice(0, 2)).toEqual(["handed over", "handed over"]);
    expect(pieces.kinds.at(-1)).toBe("exported");
    expect(pieces.manifest.parts.map(({ sha256, rows }) => [sha256, rows])).toEqual(
      whole.manifest.parts.map(({ sha256, rows }) => [sha256, rows]),
    );
    const { requests: _a, exported_at: _b, duplicates_dropped: _c, ...said } = pieces.manifest;
    expect(whole.manifest).toMatchObject({ ...said, parts: whole.manifest.parts });
    expect((await verifyExport(pieces.world.ports.store)).findings).toEqual([]);
    expect(await pieces.world.record()).toMatchObject({ done: true });
  });

  it("has no manifest and one live message while it is under way", async () => {
    const world = await setUp(options, env);
    await world.order();
    const first = await world.take();
    let asked = 0;
    await workOn(world.ports, readMessage(first?.body ?? ""), () => (asked++ % 3 < 2 ? plenty() : hurried()));
    expect((await verifyExport(world.ports.store)).findings).toMatchObject([
      { problem: "not finished" },
      { problem: "part without manifest" },
    ]);
    await world.queue.postpone(first?.receipt ?? "", 0);
    const again = await world.take();
    expect(again?.body).toBe(first?.body);
    expect(await workOn(world.ports, readMessage(again?.body ?? ""), plenty)).toEqual({ kind: "dropped" });
    await world.queue.remove(again?.receipt ?? "");
    expect(readMessage((await world.take())?.body ?? "")).toMatchObject({ part: 2, day, pbx: "milan" });
  });

  it("its record says how long all invocations took, and begins to count anew where the day does", async () => {
    const world = await setUp(options, env);
    await world.order();
    let asked = 0;
    const first = await world.take();
    await workOn(world.ports, readMessage(first?.body ?? ""), () => {
      world.later(4_000);
      return asked++ % 3 < 2 ? plenty() : hurried();
    });
    await world.queue.remove(first?.receipt ?? "");
    const handed = await world.record();
    expect(handed?.spent).toBeGreaterThanOrEqual(4);
    if (handed) expect(planned(handed, "t", day, 0).spent).toBe(0);
    // no time passes in the rest
    await workAll(world);
    expect(await world.record()).toMatchObject({ result: { rows: 2_600, seconds: handed?.spent } });
    expect(await world.record()).not.toHaveProperty("spent");
  });

  it("begins again where what was done has been touched since", async () => {
    const world = await setUp(options, env);
    await world.order();
    let asked = 0;
    const first = await world.take();
    await workOn(world.ports, readMessage(first?.body ?? ""), () => (asked++ % 3 < 2 ? plenty() : hurried()));
    await world.queue.remove(first?.receipt ?? "");
    const key = partKey(day, "milan", 1);
    const { etag = "" } = (await world.ports.store.head(key)) ?? {};
    await writeText(world.ports.store, key, "somebody else's", { etag });
    await workAll(world);
    expect(await world.manifest()).toMatchObject({ rows: 2_600, changes: null });
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });

  it("a count that does not add up at the end makes it begin anew, with the parts that were written", async () => {
    const world = await setUp(options, env);
    await world.order();
    let asked = 0;
    const first = await world.take();
    await workOn(world.ports, readMessage(first?.body ?? ""), () => (asked++ % 3 < 2 ? plenty() : hurried()));
    await world.queue.remove(first?.receipt ?? "");
    const { history } = world.simulator.pbx;
    for (const { id } of history.rowsOf(day).slice(100, 103)) history.remove(Number(id));
    await workAll(world);
    const { rows, pbx_count_before: before, pbx_count_after: after, restarts } = await world.manifest();
    expect([rows, before, after]).toEqual([2_597, 2_597, 2_597]);
    expect(restarts).toEqual(["the PBX counts 2600, then 2597 rows and handed out 2600"]);
    expect((await verifyExport(world.ports.store)).findings).toEqual([]);
  });
});

describe("the function behind the queue", () => {
  const event = (
    ...messages: ({ body: string; receipt: string; receives: number } | undefined)[]
  ): SQSEvent => ({
    Records: messages.map((message, at) => ({
      messageId: `m${at}`,
      receiptHandle: message?.receipt ?? "",
      body: message?.body ?? "",
      attributes: {
        ApproximateReceiveCount: String(message?.receives),
        SentTimestamp: "",
        SenderId: "",
        ApproximateFirstReceiveTimestamp: "",
      },
      messageAttributes: {},
      md5OfBody: "",
      eventSource: "aws:sqs",
      eventSourceARN: "",
      awsRegion: "",
    })),
  });
  const invocation = { awsRequestId: "x", getRemainingTimeInMillis: plenty };

  it("says that nothing failed", async () => {
    const world = await setUp();
    await world.order();
    const answer = await exportHistory(world.ports)(event(await world.take()), invocation);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await world.manifest()).toMatchObject({ day });
  });

  it("makes a failed message come again soon, later each time, and the queue buries it", async () => {
    const world = await setUp({ faults: ["status=404"] });
    await world.order();
    for (const wait of [60, 300, 300]) {
      const message = await world.take();
      const answer = await exportHistory(world.ports)(event(message, message), invocation);
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }, { itemIdentifier: "m1" }] });
      world.later(wait * 1000 - 1);
      expect(await world.take()).toBeUndefined();
      world.later(1);
    }
    expect(await world.take()).toBeUndefined();
    expect(await world.dead.receive()).toHaveLength(1);
  });

  it("waits as long as the PBX asks", async () => {
    const world = await setUp({ faults: ["rate-limit=400"] });
    await world.order();
    const message = await world.take();
    expect(await workOff(world.ports, message ?? { body: "", receipt: "", receives: 1 }, plenty)).toBe(false);
    world.later(399_999);
    expect(await world.take()).toBeUndefined();
    world.later(1);
    expect(await world.take()).toBeDefined();
  });

  it("lets a message that it cannot read die, and one that it cannot postpone come by itself", async () => {
    const world = await setUp();
    const lines: string[] = [];
    const note = (message: string): void => void lines.push(message);
    const queue = { ...world.queue, postpone: () => Promise.reject(new Error("down")) };
    const ports = { ...world.ports, queue, log: { info: note, warn: note, error: note } };
    expect(await workOff(ports, { body: "{}", receipt: "1", receives: 1 }, none)).toBe(false);
    expect(lines).toEqual(["a message cannot be read", "a message could not be postponed"]);
  });
});
