import { expect, it } from "vitest";
import { createEventsSeen, spokeLately } from "../../lib/callbacks/events-seen.ts";
import { watchedState } from "../support/watched-state.ts";

const minute = 60_000;
const key = { partition: "callbacks/cursor/milan", id: "events" };

it("a PBX sends events if the last one was noted in the 15 minutes before", async () => {
  const { state, clock } = watchedState(1_000_000_000_000);
  expect(await spokeLately(state, "milan")).toBe(false);
  await createEventsSeen(state, clock)("milan");
  expect((await state.read(key))?.value).toBe(1_000_000_000_000);
  expect(await spokeLately(state, "rome")).toBe(false);
  clock.at += 15 * minute - 1;
  expect(await spokeLately(state, "milan")).toBe(true);
  clock.at += 1;
  expect(await spokeLately(state, "milan")).toBe(false);
});

it("events are noted at most every 5 minutes", async () => {
  const { state, clock, taken } = watchedState(1_000_000_000_000);
  const note = createEventsSeen(state, clock);
  await note("milan");
  taken();
  clock.at += 5 * minute - 1;
  await note("milan");
  expect(taken()).toEqual([]);
  await note("rome");
  expect(taken()).toEqual(["read callbacks/cursor/rome", "write callbacks/cursor/rome"]);
  clock.at += 1;
  await note("milan");
  expect(taken()).toEqual(["read callbacks/cursor/milan", "write callbacks/cursor/milan"]);
  clock.at += 15 * minute - 1;
  expect(await spokeLately(state, "milan")).toBe(true);
});
