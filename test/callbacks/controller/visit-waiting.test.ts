import { describe, expect, it } from "vitest";
import { dueEntry, entryKey, recordKey } from "../../../lib/callbacks/controller/entries.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { talkLeg } from "../../support/callback-pbx.ts";
import { rome } from "../../support/callbacks.ts";
import { customer, milan, waitingCallback } from "../../support/milan.ts";
import { visitWorld } from "../../support/visits.ts";

type World = ReturnType<typeof visitWorld>;
const second = 1_000;
const hour = 3_600_000;
const withCallbacks = (change: object) => ({ ...milan, callbacks: { ...milan.callbacks, ...change } });
const { callbacks: _off, ...callbacksOff } = milan;
const now = rome("10:03");
const list = ({ desk }: World) => desk.doNotCall.block({ pbx: "milan" }, customer, { by: "test" });
const stop = ({ inner, clock }: World) => stopCalls(inner, clock, { pbx: "milan" });
/** 201 is rung by another callback. */
const occupy = async ({ desk, add }: World): Promise<void> => {
  const dial = { key: "other", at: rome("10:02:30"), target: "201" };
  await add({ id: "other", state: "ringing", reason: "ringing", dial });
  await desk.targets.take("milan", "201", 1, { callback: "other", key: "other" });
};

describe("a visit of a waiting callback that is not dialled", () => {
  it.each<[string, object, (world: World) => Promise<unknown>, string, Partial<CallbackRecord>]>([
    ["is observed", withCallbacks({ mode: "observe" }), async () => 0, "done", { reason: "observed" }],
    [
      "is of no PBX with callbacks",
      callbacksOff,
      async () => 0,
      "done",
      { state: "closed", reason: "expired" },
    ],
    ["is listed", milan, list, "done", { state: "closed", reason: "do_not_call" }],
    [
      "is of a country that is not called any more",
      withCallbacks({ countries: ["CH"] }),
      async () => 0,
      "done",
      { state: "closed", reason: "forbidden" },
    ],
    ["is stopped", milan, stop, "stopped", { state: "waiting", reason: "stopped", due: now + 45 * second }],
    ["has a target that rings", milan, occupy, "busy", { state: "waiting", reason: "target_busy" }],
  ])("because it %s asks no history", async (_name, settings, prepare, visited, expected) => {
    const world = visitWorld({ settings });
    await world.add();
    await prepare(world);
    expect(await world.visitDue()).toBe(visited);
    expect(await world.read()).toMatchObject(expected);
    expect([world.questions, world.placed]).toEqual([[], []]);
    const closed = expected.state === "closed" ? 1 : 0;
    expect(world.counted).toEqual(closed === 1 ? { callbacks_closed: 1 } : {});
    expect(world.events.map(({ event, callback }) => [event, callback.id])).toEqual(
      closed === 1 ? [["closed", "c"]] : [],
    );
  });
  it("has the target of the current settings", async () => {
    const world = visitWorld({ settings: withCallbacks({ mode: "observe", targets: { "*": "209" } }) });
    await world.add();
    await world.visitDue();
    expect((await world.read())?.target).toBe("209");
  });
  it("has no target if the settings have none any more", async () => {
    const world = visitWorld({ settings: withCallbacks({ targets: { Sales: "209" } }) });
    await world.add();
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).not.toHaveProperty("target");
  });
  it("is written once, so that its place in the order stays", async () => {
    const world = visitWorld();
    await world.add();
    await occupy(world);
    await world.visitDue();
    const held = await world.desk.index.read("milan", "c");
    world.clock.at += 20 * second;
    await world.visitDue();
    expect(await world.desk.index.read("milan", "c")).toEqual(held);
  });
  it("is not announced as closed if another process wrote it first", async () => {
    const world = visitWorld();
    await world.add();
    await list(world);
    world.overtaken();
    expect(await world.visitDue()).toBe("done");
    expect((await world.read())?.state).toBe("waiting");
    expect([world.counted, world.events]).toEqual([{}, []]);
  });
  it("stays as it is if the kill switch cannot be read", async () => {
    const world = visitWorld();
    const record = await world.add();
    world.unreadable.add("switches");
    await expect(world.visitDue()).rejects.toThrow("switches cannot be read");
    expect(await world.read()).toEqual(record);
  });
});

describe("history before a dial", () => {
  const at = (text: string) => `2026-11-24 ${text}`;
  it.each([
    ["the five minutes before, and one more", "10:00", "09:57:00"],
    ["a minute before the first missed call", "09:30", "09:29:00"],
  ])("is asked from %s", async (_name, first, from) => {
    const { add, visitDue, questions } = visitWorld();
    await add({ misses: [{ start: rome(first), end: rome(first) + 20 * second }] });
    expect(await visitDue()).toBe("rang");
    expect(questions).toMatchObject([
      { search: customer.slice(-9), filter: { start: { from: at(from), to: at("10:04:00") } } },
    ]);
  });
  it("says that the caller got through more than a day ago", async () => {
    const world = visitWorld();
    const start = rome("2026-11-22 11:00");
    await world.add({ misses: [{ start, end: start + 20 * second }] });
    await world.setNumber({ callbacks: ["c"] });
    const talk = { start: start + hour, answer: start + hour + 5 * second, end: start + hour + 65 * second };
    world.pbx.show([talkLeg(customer, "201", talk)]);
    expect(await world.visitDue()).toBe("done");
    expect(await world.read()).toMatchObject({ state: "closed", reason: "got_through" });
    expect(world.placed).toEqual([]);
  });
  it("that does not answer keeps the callback for the next sweep, which is logged", async () => {
    const world = visitWorld();
    await world.add();
    world.pbx.down = true;
    world.clock.at = rome("10:03") + 500;
    expect(await world.visitDue()).toBe("failed");
    expect(await world.read()).toMatchObject({ state: "waiting", reason: "delay", due: rome("10:03:46") });
    expect(world.logged).toEqual([
      {
        message: "call history could not be read before a callback",
        pbx: "milan",
        code: "WMS_UNREACHABLE",
        detail: "down",
        sent: "no",
      },
    ]);
  });
  it("that fails for another reason fails the visit", async () => {
    const world = visitWorld();
    const record = await world.add();
    world.history.onQuestion = () => Promise.reject(new Error("broken"));
    await expect(world.visitDue()).rejects.toThrow("broken");
    expect([await world.read(), world.logged]).toEqual([record, []]);
  });
});

describe("what changes while history is asked", () => {
  const during = async (act: (world: World) => Promise<unknown>) => {
    const world = visitWorld();
    await world.add();
    world.history.onQuestion = () => act(world);
    const visited = await world.visitDue();
    expect(world.placed).toEqual([]);
    return { visited, record: await world.read(), counted: world.counted };
  };
  it.each<[string, (world: World) => Promise<unknown>, string, Partial<CallbackRecord>]>([
    ["stopped", stop, "stopped", { state: "waiting", reason: "stopped", due: now + 45 * second }],
    ["listed", list, "done", { state: "closed", reason: "do_not_call" }],
    [
      "called by hand",
      ({ setNumber }) => setNumber({ hand: rome("10:02") }),
      "done",
      { state: "waiting", reason: "retry", due: rome("10:07") },
    ],
    [
      "cancelled",
      async ({ desk }) => {
        const held = await desk.index.read("milan", "c");
        if (held !== undefined)
          await desk.index.put(held, { ...held.value, state: "closed", reason: "cancelled" }, now);
      },
      "done",
      { state: "closed", reason: "cancelled" },
    ],
  ])("holds before the dial: %s", async (_name, act, visited, expected) => {
    const found = await during(act);
    expect(found.visited).toBe(visited);
    expect(found.record).toMatchObject(expected);
  });
  it("holds before the dial: a record that was removed", async () => {
    const found = await during(async ({ inner }) => {
      const held = await inner.read(recordKey("milan", "c"));
      if (held !== undefined) await inner.remove(recordKey("milan", "c"), { version: held.version });
    });
    expect(found).toEqual({ visited: "done", record: undefined, counted: {} });
  });
});

describe("an entry of the index", () => {
  const entryOf = async (
    { inner }: World,
    record: CallbackRecord,
    hint: object = { first: rome("10:00") },
  ) => {
    const key = entryKey(record);
    await inner.write(key, hint, { absent: true });
    const item = await inner.read<{ first: number }>(key);
    if (item === undefined) throw new Error("the entry was not written");
    return dueEntry(key.partition, item);
  };
  const missing = waitingCallback({ id: "gone", due: rome("10:02:25"), misses: [] });

  it.each([
    ["stays for an hour", rome("11:02:25"), true],
    ["is dropped after an hour", rome("11:02:25") + 1, false],
  ])("without a record %s", async (_name, at, stays) => {
    const world = visitWorld();
    const entry = await entryOf(world, missing);
    world.clock.at = at;
    expect(await world.visit(entry)).toBe("done");
    expect((await world.inner.read(entry.key)) !== undefined).toBe(stays);
  });
  it.each([
    ["of an earlier due", {}, true],
    ["of a closed callback", { state: "closed", reason: "talked" } as const, false],
  ])("%s is dropped, and only that", async (_name, change, hasOwn) => {
    const world = visitWorld();
    const record = await world.add(change);
    const entry = await entryOf(world, { ...record, due: rome("10:01") });
    expect(await world.visit(entry)).toBe("done");
    expect(await world.inner.read(entry.key)).toBeUndefined();
    expect((await world.inner.read(entryKey(record))) !== undefined).toBe(hasOwn);
    expect([world.placed, world.questions, await world.read()]).toEqual([[], [], record]);
  });
  it("that says another first missed call is written again, and visited by the next sweep", async () => {
    const world = visitWorld();
    const record = await world.add();
    const key = entryKey(record);
    const held = await world.inner.read(key);
    if (held !== undefined) await world.inner.write(key, { first: 5 }, { version: held.version });
    expect(await world.visitDue()).toBe("done");
    expect((await world.inner.read(key))?.value).toEqual({ first: rome("10:00") });
    expect(world.placed).toEqual([]);
    expect(await world.visitDue()).toBe("rang");
  });
});
