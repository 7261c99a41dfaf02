import { expect, it } from "vitest";
import { forgetNumber } from "../../lib/callbacks/callbacks.ts";
import type { StateStore } from "../../lib/state.ts";
import { callbackWorld, rome } from "../support/callbacks.ts";
import { customer } from "../support/milan.ts";

const newId = (): string => "an-id";

it("a number's callbacks are removed, and nothing is dialled or listed any more", async () => {
  const world = callbackWorld();
  await world.callbacks.takeFact(world.fact());
  const { state } = world;
  expect(await forgetNumber({ state, newId }, "milan", customer, true)).toEqual({ removed: 1, ringing: 0 });
  expect((await world.callbacks.list("milan", {})).callbacks).toHaveLength(1);
  expect(await forgetNumber({ state, newId }, "milan", customer, false)).toEqual({ removed: 1, ringing: 0 });
  expect((await world.callbacks.list("milan", {})).callbacks).toEqual([]);
  await world.until(world.clock.at + 3_600_000);
  expect(world.dials).toEqual([]);
  expect(await forgetNumber({ state, newId }, "milan", customer, false)).toEqual({ removed: 0, ringing: 0 });
});

it("a callback of another number stays, and so does the do-not-call list", async () => {
  const world = callbackWorld();
  await world.callbacks.takeFact(world.fact());
  await world.callbacks.doNotCall.block("all", "+393337654321", { by: "test" });
  const gone = await forgetNumber({ state: world.state, newId }, "milan", "+393337654321", false);
  expect(gone).toEqual({ removed: 0, ringing: 0 });
  expect((await world.callbacks.list("milan", {})).callbacks).toHaveLength(1);
  expect(await world.callbacks.doNotCall.list("all")).toHaveLength(1);
});

/** What the state has of the callbacks of a PBX: how many records, entries and numbers. */
const kept = async (state: StateStore): Promise<Record<string, number>> => {
  const count = async (partition: string): Promise<number> => {
    let found = 0;
    for await (const _ of state.list(partition)) found++;
    return found;
  };
  const entries = await Promise.all([0, 1, 2, 3].map((shard) => count(`callbacks/due/${shard}`)));
  return {
    records: await count("callbacks/milan"),
    entries: entries.reduce((sum, one) => sum + one),
    numbers: await count("callbacks/number/milan"),
  };
};

it("a dry run changes no record, and the removal leaves none", async () => {
  const world = callbackWorld();
  await world.callbacks.takeFact(world.fact());
  const { state } = world;
  await forgetNumber({ state, newId }, "milan", customer, true);
  expect(await kept(state)).toEqual({ records: 1, entries: 1, numbers: 1 });
  await forgetNumber({ state, newId }, "milan", customer, false);
  expect(await kept(state)).toEqual({ records: 0, entries: 0, numbers: 0 });
});

it("a callback that rings is kept, and so is what is known of its number", async () => {
  const world = callbackWorld({ start: rome("10:00:30") });
  await world.callbacks.takeFact(world.fact());
  await world.callbacks.request(world.pbx.asPbx(), {
    to: customer,
    queue: "Sales",
    notBefore: rome("12:00"),
  });
  await world.until(rome("10:03"));
  const { state } = world;
  expect((await world.records()).map((record) => record.state).toSorted()).toEqual(["ringing", "waiting"]);
  for (const dryRun of [true, false])
    expect(await forgetNumber({ state, newId }, "milan", customer, dryRun)).toEqual({
      removed: 1,
      ringing: 1,
    });
  expect(await world.records()).toMatchObject([{ state: "ringing" }]);
  expect(await kept(state)).toEqual({ records: 1, entries: 1, numbers: 1 });
});

it("a callback that begins to ring at the same moment is kept with its entry", async () => {
  const world = callbackWorld();
  await world.callbacks.takeFact(world.fact());
  const state: StateStore = { ...world.state, remove: () => Promise.resolve(false) };
  expect(await forgetNumber({ state, newId }, "milan", customer, false)).toEqual({ removed: 0, ringing: 1 });
  expect(await kept(world.state)).toEqual({ records: 1, entries: 1, numbers: 1 });
});

it("the callbacks of more queues than the number knows are removed too", async () => {
  const world = callbackWorld();
  for (let queue = 0; queue < 25; queue++)
    await world.callbacks.request(world.pbx.asPbx(), { to: customer, queue: `queue ${queue}` });
  const { state } = world;
  expect(await forgetNumber({ state, newId }, "milan", customer, false)).toEqual({ removed: 25, ringing: 0 });
  expect(await kept(state)).toEqual({ records: 0, entries: 0, numbers: 0 });
});

it("a closed callback is removed; no entry is looked for", async () => {
  const world = callbackWorld();
  const { view } = await world.callbacks.request(world.pbx.asPbx(), { to: customer });
  await world.callbacks.cancel("milan", view.id);
  const read: string[] = [];
  const state: StateStore = {
    ...world.state,
    read: (key) => {
      read.push(key.partition);
      return world.state.read(key);
    },
  };
  expect(await forgetNumber({ state, newId }, "milan", customer, false)).toEqual({ removed: 1, ringing: 0 });
  expect(read).toEqual(["pseudonyms", "callbacks/number/milan"]);
  expect(await kept(world.state)).toEqual({ records: 0, entries: 0, numbers: 0 });
});

it("a callback that has expired is not counted", async () => {
  const world = callbackWorld();
  const { view } = await world.callbacks.request(world.pbx.asPbx(), { to: customer });
  await world.callbacks.cancel("milan", view.id);
  world.clock.at += 31 * 86_400_000;
  const { state } = world;
  expect(await kept(state)).toEqual({ records: 0, entries: 0, numbers: 1 });
  expect(await forgetNumber({ state, newId }, "milan", customer, false)).toEqual({ removed: 0, ringing: 0 });
  expect(await kept(state)).toEqual({ records: 0, entries: 0, numbers: 0 });
});
