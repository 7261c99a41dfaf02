import { expect, it } from "vitest";
import { forgetNumber } from "../../lib/callbacks/callbacks.ts";
import { callbackWorld, customer } from "../support/callbacks.ts";

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
