import { describe, expect, it } from "vitest";
import { readConfig } from "../../../lib/config.ts";
import { ProductError } from "../../../lib/errors.ts";
import { createDayLedger, dayKey, isOpen } from "../../../lib/history/days/day-ledger.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { queueDays } from "../../../lib/history/days/queue-days.ts";
import type { WorkerPorts } from "../../../lib/history/work/export-worker.ts";
import { workOff } from "../../../lib/history/work/work-off.ts";
import { memoryQueue } from "../../../lib/local/memory-queue.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import type { QueueMessage } from "../../../lib/queue.ts";
import { stateSeconds } from "../../../lib/state.ts";
import { WmsError } from "../../../lib/wms/errors.ts";
import { noEventBus } from "../../support/no-event-bus.ts";
import { plainStore } from "../../support/plain-store.ts";

const day = "2026-11-23";
const key = dayKey(day, "milan");
const wanted = { pbx: "milan", zone: "Europe/Rome", day, round: "2026-11-24", seen: undefined };

/** A worker whose PBX fails as it is told. */
const world = (failure: unknown = new Error("the PBX fails")) => {
  let now = Date.parse("2026-11-24T10:00:00Z");
  const clock = { now: () => now, sleep: async () => undefined };
  const lines: (readonly [string, unknown])[] = [];
  const note = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
    void lines.push([message, fields?.["detail"]]);
  const postponed: (readonly [string, number])[] = [];
  const counts: object[] = [];
  const queue = memoryQueue({ clock, visibilitySeconds: 5400, maxReceives: 3 });
  const ports: WorkerPorts = {
    config: readConfig({}),
    pbxs: { get: () => Promise.reject(failure) },
    store: plainStore(),
    state: memoryState(clock),
    bus: noEventBus,
    queue: {
      ...queue,
      postpone: async (receipt, seconds) => void postponed.push([receipt, seconds]),
    },
    clock,
    random: Math.random,
    metrics: { put: (values) => counts.push(values) },
    log: { info: () => undefined, warn: note, error: note },
  };
  return {
    ports,
    lines,
    counts,
    postponed,
    later: (ms: number) => {
      now += ms;
    },
    order: async () => {
      await queueDays(ports, [wanted]);
      return (await queue.receive())[0]?.body ?? "";
    },
    record: () => ports.state.read<StoredDay>(key),
  };
};

describe("a message that fails comes again", () => {
  it.each([
    [1, 60],
    [2, 300],
    [3, 300],
    [9, 300],
  ])("after its failure number %i in %i s", async (receives, seconds) => {
    const { ports, postponed, order, lines, counts } = world();
    expect(await workOff(ports, { body: await order(), receipt: "r", receives }, () => 60_000)).toBe(false);
    expect(postponed).toEqual([["r", seconds]]);
    expect(lines).toEqual([["export failed", "the PBX fails"]]);
    expect(counts).toContainEqual({ export_heartbeats: 1 });
  });
  it.each([
    [400, 1, 400],
    [20, 1, 60],
    [301, 2, 301],
  ])("not before the %i s for which the PBX asks", async (retryAfter, receives, seconds) => {
    const busy = new WmsError("WMS_RATE_LIMITED", { detail: "slow down", sent: "yes", retryAfter });
    const { ports, postponed, order } = world(busy);
    await workOff(ports, { body: await order(), receipt: "r", receives }, () => 60_000);
    expect(postponed).toEqual([["r", seconds]]);
  });
  it("when the lease of the other worker is over", async () => {
    const { ports, postponed, order } = world();
    const body = await order();
    const ledger = createDayLedger(ports);
    const seen = await ledger.read({ pbx: "milan", day });
    if (seen === undefined || !isOpen(seen)) throw new Error("no open day");
    await ledger.start(seen, stateSeconds(ports.clock.now()) + 77);
    expect(await workOff(ports, { body, receipt: "r", receives: 1 }, () => 60_000)).toBe(false);
    expect(postponed).toEqual([["r", 77]]);
  });
  it("after 60 s if it cannot be read, which is logged", async () => {
    const { ports, postponed, lines } = world();
    expect(await workOff(ports, { body: "no message", receipt: "r", receives: 1 }, () => 60_000)).toBe(false);
    expect(postponed).toEqual([["r", 60]]);
    expect(lines).toEqual([["a message cannot be read", expect.any(String)]]);
  });
  it("and is not logged as unreadable after another error", async () => {
    const missing = new ProductError("NOT_FOUND", { detail: "no such PBX" });
    const { ports, lines, order } = world(missing);
    await workOff(ports, { body: await order(), receipt: "r", receives: 1 }, () => 60_000);
    expect(lines).toEqual([["export failed", "no such PBX"]]);
  });
  it("after the queue's own time-out if it cannot be postponed", async () => {
    const { ports, lines, order } = world();
    const queue = { ...ports.queue, postpone: () => Promise.reject(new Error("the queue is down")) };
    const delivery = { body: await order(), receipt: "r", receives: 1 };
    expect(await workOff({ ...ports, queue }, delivery, () => 60_000)).toBe(false);
    expect(lines.at(-1)).toEqual(["a message could not be postponed", "the queue is down"]);
  });
});

it("a message that does not count any more is done", async () => {
  const { ports, postponed, order, record } = world();
  const body = await order();
  const item = await record();
  if (item !== undefined) await ports.state.remove(key, item);
  expect(await workOff(ports, { body, receipt: "r", receives: 1 }, () => 60_000)).toBe(true);
  expect(postponed).toEqual([]);
});

describe("queueing days", () => {
  it("writes the record, sends the message of its token, and notes that it was sent", async () => {
    const { ports, later } = world();
    const sent: QueueMessage[] = [];
    const announced: unknown[] = [];
    const queue = {
      ...ports.queue,
      send: async (messages: readonly QueueMessage[]) => {
        sent.push(...messages);
        announced.push((await ports.state.read<StoredDay>(key))?.value);
      },
    };
    later(999);
    const now = Date.parse("2026-11-24T10:00:00Z") / 1000;
    const rome = { ...wanted, pbx: "rome" };
    expect(await queueDays({ ...ports, queue }, [wanted, rome])).toEqual([wanted, rome]);
    const item = await ports.state.read<StoredDay>(key);
    const token = item?.value.token ?? "";
    expect(sent.map(({ group }) => group)).toEqual(["milan", "rome"]);
    expect(sent[0]).toEqual({
      group: "milan",
      dedupe: token,
      body: JSON.stringify({ pbx: "milan", day, zone: "Europe/Rome", token, part: 1 }),
    });
    const record = {
      deaths: 0,
      token,
      round: "2026-11-24",
      done: false,
      messageUntil: now + 15 * 60,
      runUntil: 0,
      nextTry: 0,
      spent: 0,
    };
    expect(announced).toEqual([record]);
    expect(item?.value).toEqual({ ...record, messageUntil: now + 4 * 86_400 });
    expect(item?.expiresAt).toBe(now + 60 * 86_400);
  });
  it("sends nothing if the record was changed meanwhile", async () => {
    const { ports, order } = world();
    await order();
    const sent: QueueMessage[] = [];
    const queue = {
      ...ports.queue,
      send: async (messages: readonly QueueMessage[]) => void sent.push(...messages),
    };
    expect(await queueDays({ ...ports, queue }, [wanted])).toEqual([]);
    expect(sent).toEqual([]);
  });
});
