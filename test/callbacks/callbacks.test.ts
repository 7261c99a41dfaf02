import { expect, it } from "vitest";
import { createCallbacks } from "../../lib/callbacks/callbacks.ts";
import { spokeLately } from "../../lib/callbacks/events-seen.ts";
import { callbackWorld, rome } from "../support/callbacks.ts";
import { callingMilan } from "../support/milan.ts";

it("a PBX that sends events is noted only if it has callbacks", async () => {
  const world = callbackWorld({ others: { rome: callingMilan } });
  await world.callbacks.takeFact(world.fact());
  expect(await world.callbacks.takeFact(world.fact({ pbx: "rome" }))).toBe("ignored");
  expect(await spokeLately(world.state, "milan")).toBe(true);
  expect(await spokeLately(world.state, "rome")).toBe(false);
});

it("a sweep visits what is due, even if history cannot be polled", async () => {
  const world = callbackWorld({ start: rome("10:00:30") });
  await world.callbacks.takeFact(world.fact());
  world.clock.at = rome("10:03");
  const list = () => Promise.reject(new TypeError("refused"));
  const callbacks = createCallbacks({ ...world.ports, registry: { list } });
  expect(await callbacks.sweep(rome("10:03:50"))).toMatchObject({ due: 1, visited: 1, rang: 1 });
  expect(world.logged).toContainEqual(
    expect.objectContaining({ message: "call history could not be polled", name: "TypeError" }),
  );
});
