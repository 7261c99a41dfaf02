import type { SQSEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { exportHistory } from "../../../functions/export-history.ts";
import { readConfig } from "../../../lib/config.ts";
import { listErased } from "../../../lib/erased-numbers.ts";
import { ProductError } from "../../../lib/errors.ts";
import { dayKey } from "../../../lib/history/days/day-ledger.ts";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { datasets, manifestKey, partKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import { workOn } from "../../../lib/history/work/export-worker.ts";
import { workOff } from "../../../lib/history/work/work-off.ts";
import { createPseudonyms } from "../../../lib/pseudonyms.ts";
import { writeText } from "../../../lib/store/store.ts";
import { day, type ExportWorld, exportWorld, plenty, workAll } from "../../support/export-world.ts";

const none = (): number => 0;
/** A world with one message at hand, and what its worker logs. */
const ordered = async (options?: Parameters<typeof exportWorld>[0]) => {
  const world = await exportWorld(options);
  await world.order();
  const message = readMessage((await world.take())?.body ?? "");
  const lines: unknown[] = [];
  const note = (...line: unknown[]): void => void lines.push(line);
  const ports = { ...world.ports, log: { info: note, warn: note, error: note } };
  return { ...world, ports, message, lines };
};
describe("the worker", () => {
  it("exports a PBX under its customer's prefix, and its event names the whole key", async () => {
    const world = await exportWorld();
    const placements = '{"version":1,"pbxs":{"milan":{"customer":"acme"}}}';
    await writeText(world.ports.store, "customers.json", placements, { absent: true });
    await world.order();
    expect(await workAll(world)).toEqual(["exported"]);
    const keys = [...world.ports.store.objects.keys()];
    expect(keys).toContain(`customers/acme/${manifestKey(day, "milan")}`);
    expect(keys.filter((key) => !key.startsWith("customers/acme/"))).toEqual(["customers.json"]);
    expect(world.events).toMatchObject([
      { detail: { manifest: `customers/acme/${manifestKey(day, "milan")}` } },
    ]);
  });
  it("leaves out numbers that were erased", async () => {
    const number = "2025550123";
    const world = await exportWorld();
    world.simulator.pbx.history.insert({ start: `${day} 12:00:00`, from_number: number, from_name: "Anna" });
    await world.order();
    const { state } = world.ports;
    await listErased(
      state,
      createPseudonyms(state, () => "key"),
      "all",
      `+1${number}`,
      0,
    );
    expect(await workAll(world)).toEqual(["exported"]);
    expect(await world.manifest()).toMatchObject({ erased: [{ legs: 1, calls: 1 }] });
  });
  it("exports the day of a message once, and records it", async () => {
    const world = await exportWorld();
    await world.order();
    expect(await workAll(world)).toEqual(["exported"]);
    const rows = world.simulator.pbx.history.countOf(day);
    expect(await world.manifest()).toMatchObject({ rows, changes: null, version: 2 });
    expect(await world.record()).toMatchObject({
      done: true,
      messageUntil: 0,
      runUntil: 0,
      result: { rows },
    });
    expect(world.metrics).toEqual({ days_exported: 1, rows_exported: rows, late_changed: 0 });
  });

  it("reads an exported day again, and counts rows that were added, changed or removed", async () => {
    const world = await exportWorld();
    const { history } = world.simulator.pbx;
    await world.order();
    await workAll(world);
    const first = await world.manifest();
    await world.order();
    await workAll(world);
    expect(await world.manifest()).toMatchObject({
      datasets: first.datasets,
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

  it("sends an event for the first export, and for a later one only if rows differ", async () => {
    const world = await exportWorld();
    const { history } = world.simulator.pbx;
    const eventsAfter = async (): Promise<number> => {
      await world.order();
      await workAll(world);
      return world.events.length;
    };
    expect(await eventsAfter()).toBe(1);
    expect(await eventsAfter(), "the same rows").toBe(1);
    history.insert({ start: `${day} 12:00:00` });
    expect(await eventsAfter(), "a row more").toBe(2);
    expect(await eventsAfter(), "the same rows again").toBe(2);
  });

  it("exports the day but sends no event if another worker has the day at the end", async () => {
    const world = await ordered();
    const get = async (id: string) => {
      await world.order();
      return world.ports.pbxs.get(id);
    };
    const result = await workOn({ ...world.ports, pbxs: { get } }, world.message, plenty);
    expect(result).toMatchObject({ kind: "exported" });
    expect([world.events, await world.record()]).toMatchObject([[], { done: false }]);
  });

  it.each([
    ["Parquet", { WILDIX_EXPORT_FORMAT: "parquet" }],
    ["some columns", { WILDIX_EXPORT_COLUMNS: "billsec,talk_seconds" }],
    ["Parquet of some columns", { WILDIX_EXPORT_FORMAT: "parquet", WILDIX_EXPORT_COLUMNS: "tags" }],
  ])("compares days in %s", async (_name, env) => {
    const world = await exportWorld({}, env);
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

  it("compares nothing after a change of the format, and removes the parts of the old format", async () => {
    const world = await exportWorld();
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
      ...datasets.map((dataset) => partKey(dataset, day, "milan", 1, "parquet")),
    ]);
  });

  it.each([
    ["a day that is done", async (world: ExportWorld) => void (await workAll(world))],
    ["a day that was planned again", (world: ExportWorld) => world.order()],
    [
      "a day without a record",
      async ({ ports }: ExportWorld) => {
        const item = await ports.state.read(dayKey(day, "milan"));
        if (item) await ports.state.remove(dayKey(day, "milan"), item);
      },
    ],
  ])("drops a message for %s", async (_name, happens) => {
    const world = await exportWorld();
    await world.order();
    const [message] = await world.queue.receive();
    await world.queue.postpone(message?.receipt ?? "", 0);
    await happens(world);
    const requests = world.simulator.seen.length;
    expect(await workOn(world.ports, readMessage(message?.body ?? ""), plenty)).toEqual({ kind: "dropped" });
    expect(world.simulator.seen.length).toBe(requests);
  });

  it("is busy for the others if three have one message", async () => {
    const world = await exportWorld();
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

  it("is busy while another worker has the lease, and exports the day after it", async () => {
    const world = await exportWorld();
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

  it("records why an attempt failed, until one succeeds", async () => {
    const world = await exportWorld({ faults: ["status=404"] });
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

  it("records and logs rows and seconds", async () => {
    const { ports, message, lines, later, record, simulator } = await ordered();
    const slow = {
      get: (id: string) => {
        later(2_600);
        return ports.pbxs.get(id);
      },
    };
    const rows = simulator.pbx.history.countOf(day);
    expect(await workOn({ ...ports, pbxs: slow }, message, plenty)).toEqual({ kind: "exported", rows });
    expect((await record())?.result).toEqual({ rows, seconds: 3, format: "ndjson" });
    const said = { pbx: "milan", day, rows, seconds: 3, paging: "id", restarts: [], late_changed: 0 };
    expect(lines).toEqual([["day exported", said]]);
  });

  it("records and logs the seconds of earlier invocations too", async () => {
    const { ports, message, lines, record } = await ordered();
    const key = dayKey(day, "milan");
    const item = await ports.state.read<StoredDay>(key);
    if (item === undefined) throw new Error("there is no record");
    await ports.state.write(key, { ...item.value, spent: 40 }, item);
    await workOn(ports, message, plenty);
    expect((await record())?.result).toMatchObject({ seconds: 40 });
    expect(lines).toEqual([["day exported", expect.objectContaining({ seconds: 40 })]]);
  });

  it("logs why an attempt failed, without a whole phone number", async () => {
    const { ports, message, lines, record } = await ordered();
    const detail = "nobody at +39040555123 answers";
    const away = { get: () => Promise.reject(new ProductError("PBX_UNKNOWN", { detail })) };
    await expect(workOn({ ...ports, pbxs: away }, message, plenty)).rejects.toThrow(detail);
    expect(lines).toEqual([["export failed", { pbx: "milan", day, part: 1, code: "PBX_UNKNOWN", detail }]]);
    expect((await record())?.reason).toEqual({ code: "PBX_UNKNOWN", detail: "nobody at …23 answers" });
  });

  it("records INTERNAL for an unexpected error, without its message", async () => {
    const world = await exportWorld();
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    const odd = { ...world.ports, pbxs: { get: () => Promise.reject(new TypeError("a secret")) } };
    await expect(workOn(odd, message, plenty)).rejects.toThrow("a secret");
    expect((await world.record())?.reason).toEqual({ code: "INTERNAL", detail: "TypeError" });
    const odder = { ...world.ports, pbxs: { get: () => Promise.reject("a secret") } };
    await expect(workOn(odder, message, plenty)).rejects.toBe("a secret");
    expect((await world.record())?.reason).toEqual({ code: "INTERNAL", detail: "an error" });
  });

  it.each([
    ["stops before its function does", 10_050],
    ["does not start without time", 0],
  ])("%s", async (_name, timeLeft) => {
    const { ports, message, record } = await ordered({ faults: ["slow=2000"] });
    const why = { code: "EXPORT_TIMEOUT", message: "the function reached its time limit in part 1" };
    const failure = workOn(ports, message, () => timeLeft);
    await expect(failure).rejects.toMatchObject({ ...why, cause: expect.any(Error) });
    expect((await record())?.reason).toEqual({ code: why.code, detail: why.message });
    expect([...ports.store.objects.keys()]).toEqual([]);
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

  it("answers that nothing failed", async () => {
    const world = await exportWorld();
    await world.order();
    const answer = await exportHistory(world.ports)(event(await world.take()), invocation);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await world.manifest()).toMatchObject({ day });
  });

  it("retries a failed message after 60 s, then 300 s, until it is a dead letter", async () => {
    const world = await exportWorld({ faults: ["status=404"] });
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
    const world = await exportWorld({ faults: ["rate-limit=400"] });
    await world.order();
    const message = await world.take();
    expect(await workOff(world.ports, message ?? { body: "", receipt: "", receives: 1 }, plenty)).toBe(false);
    world.later(399_999);
    expect(await world.take()).toBeUndefined();
    world.later(1);
    expect(await world.take()).toBeDefined();
  });

  it("logs a message that cannot be read or postponed", async () => {
    const world = await exportWorld();
    const lines: string[] = [];
    const note = (message: string): void => void lines.push(message);
    const queue = { ...world.queue, postpone: () => Promise.reject(new Error("down")) };
    const ports = { ...world.ports, queue, log: { info: note, warn: note, error: note } };
    expect(await workOff(ports, { body: "{}", receipt: "1", receives: 1 }, none)).toBe(false);
    expect(lines).toEqual(["a message cannot be read", "a message could not be postponed"]);
  });
});
