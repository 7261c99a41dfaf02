import { describe, expect, it } from "vitest";
import { createDesk } from "../../../lib/callbacks/controller/desk.ts";
import { entryKey } from "../../../lib/callbacks/controller/entries.ts";
import type { CallbackRecord, NumberRecord } from "../../../lib/callbacks/record.ts";
import { ProductError } from "../../../lib/errors.ts";
import { callbackWorld, missedAtTen, rome } from "../../support/callbacks.ts";

/** A callback of a PBX that was removed, and the sweep of a moment. */
const removed = async (change: Partial<CallbackRecord> = {}) => {
  const world = callbackWorld({ start: rome("10:01") });
  const { index } = createDesk(world.ports);
  await index.put(undefined, missedAtTen(change), world.clock.at);
  world.pbxs.delete("milan");
  return {
    ...world,
    index,
    sweepAt: async (time: string): Promise<CallbackRecord | undefined> => {
      world.clock.at = rome(time);
      await world.sweep();
      return (await world.records())[0];
    },
  };
};
const afterThreeDays = "2026-11-27 10:02:25";
const dial = { key: "cb/a/1/0", at: rome("10:01"), target: "201" };

describe("a callback of a PBX that is not registered", () => {
  it("stays as it is for 72 hours after it was due, and a PBX that is registered again continues it", async () => {
    const world = await removed();
    expect(await world.sweepAt("2026-11-27 10:02:24")).toEqual(missedAtTen());
    world.pbxs.set("milan", world.pbx);
    await world.callbacks.takeFact(
      world.fact({ startedAt: rome("2026-11-27 10:01"), endedAt: rome("2026-11-27 10:01:10") }),
    );
    expect(await world.sweepAt("2026-11-27 10:04")).toMatchObject({ state: "ringing" });
  });
  it("then expires: it is announced and counted, its entry is gone, and it is kept for 30 days", async () => {
    const { sweepAt, events, counted, index, inner, clock } = await removed();
    expect(await sweepAt(afterThreeDays)).toMatchObject({ state: "closed", reason: "expired", n: 0 });
    expect(events.map(({ event, callback }) => [event, callback.reason])).toEqual([["closed", "expired"]]);
    expect(counted).toMatchObject({ callbacks_closed: 1, callback_pbxs_failed: 1 });
    expect(await index.due(clock.at)).toEqual([]);
    clock.at += 31 * 86_400_000;
    expect(await Array.fromAsync(inner.list("callbacks/milan"))).toEqual([]);
  });
  it.each<[string, Partial<NumberRecord>, string]>([
    ["was settled by a talk", { bridged: { end: rome("10:05"), way: "inbound" } }, "got_through"],
    ["was not settled", {}, "expired"],
  ])("that %s says so", async (_name, known, reason) => {
    const { ports, sweepAt } = await removed();
    await createDesk(ports).numbers.change("milan", missedAtTen().number, (number) => ({
      ...number,
      ...known,
    }));
    expect(await sweepAt(afterThreeDays)).toMatchObject({ reason });
  });
  it.each([
    ["is unknown", {}, "outcome_unknown"],
    ["was cancelled", { cancelled: rome("10:02") }, "cancelled"],
  ])("and that rings closes without a dial: its outcome %s", async (_name, change, reason) => {
    const { sweepAt, times } = await removed({ state: "ringing", reason: "ringing", dial, ...change });
    const closed = await sweepAt(afterThreeDays);
    expect(closed).toMatchObject({ state: "closed", reason });
    expect(closed?.dial).toBeUndefined();
    expect(times()).toEqual([]);
  });
  it("leaves no entry without a record, and none that is not the record's own", async () => {
    const { index, inner, sweepAt, clock } = await removed();
    const other = missedAtTen({ id: "b" });
    await index.ensure(other);
    await index.ensure(missedAtTen({ due: rome("10:01:25") }));
    await sweepAt(afterThreeDays);
    await sweepAt("2026-11-27 10:04");
    expect(await index.due(clock.at)).toEqual([]);
    expect(await inner.read(entryKey(other))).toBeUndefined();
  });
  it("is left to the process that wrote it first", async () => {
    const world = await removed();
    const [held] = await Array.fromAsync(world.inner.list<CallbackRecord>("callbacks/milan"));
    const write = world.inner.write.bind(world.inner);
    let first = true;
    world.inner.write = async (key, value, ...rest) => {
      if (first && key.partition === "callbacks/milan") {
        first = false;
        await write(key, held?.value, { version: held?.version ?? "" });
      }
      return write(key, value, ...rest);
    };
    expect(await world.sweepAt(afterThreeDays)).toMatchObject({ state: "waiting" });
    expect(world.events).toEqual([]);
  });
  it("counts as failed once, even if its callbacks cannot be read", async () => {
    const world = await removed();
    const { index } = createDesk(world.ports);
    const read = world.inner.read.bind(world.inner);
    world.inner.read = async (key) => {
      if (key.partition === "callbacks/milan")
        throw new ProductError("STATE_UNAVAILABLE", { detail: "down" });
      return read(key);
    };
    world.clock.at = rome(afterThreeDays);
    expect(await world.sweep()).toMatchObject({ due: 1, failed: 1 });
    world.inner.read = read;
    expect(await index.due(world.clock.at)).toHaveLength(1);
  });
});
