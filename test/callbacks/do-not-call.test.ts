import { describe, expect, it } from "vitest";
import { createDoNotCall } from "../../lib/callbacks/do-not-call.ts";
import { createNames } from "../../lib/callbacks/names.ts";
import { memoryState } from "../../lib/local/memory-state.ts";
import { customer } from "../support/milan.ts";
import { fakeClock } from "../support/scripted.ts";

const setUp = () => {
  const clock = fakeClock(1000);
  const state = memoryState(clock);
  return {
    clock,
    state,
    list: createDoNotCall(
      state,
      clock,
      createNames(state, () => "key"),
    ),
  };
};
const by = { by: "command" };

describe("the do-not-call list", () => {
  it.each([
    ["one PBX", { pbx: "milan" }, "dnc/milan", false],
    ["all PBXs", "all", "dnc/all", true],
  ] as const)(
    "of %s has a partition of its own, and no number",
    async (_name, scope, partition, elsewhere) => {
      const { state, list } = setUp();
      expect(await list.block(scope, customer, by)).toBe(true);
      expect(await list.block(scope, customer, { by: "again" })).toBe(false);
      const items: unknown[] = [];
      for await (const item of state.list(partition)) items.push(item);
      expect(items).toMatchObject([{ value: { shown: "+39333…67", at: 1000, by: "command" } }]);
      expect(JSON.stringify(items)).not.toContain(customer.slice(-7));
      expect(await list.has("milan", customer)).toBe(true);
      expect(await list.has("rome", customer)).toBe(elsewhere);
      expect(await list.has("milan", "+393337654321")).toBe(false);
    },
  );
  it("has the note of a number, if one was given", async () => {
    const { list } = setUp();
    await list.block("all", customer, { ...by, note: "asked by phone" });
    await list.block({ pbx: "milan" }, customer, by);
    expect(await list.list("all")).toStrictEqual([
      { shown: "+39333…67", at: 1000, by: "command", note: "asked by phone" },
    ]);
    expect((await list.list({ pbx: "milan" }))[0]).not.toHaveProperty("note");
  });
  it("has an entry until it is removed", async () => {
    const { list } = setUp();
    await list.block("all", customer, by);
    expect(await list.unblock({ pbx: "milan" }, customer)).toBe(false);
    expect(await list.unblock("all", customer)).toBe(true);
    expect(await list.unblock("all", customer)).toBe(false);
    expect(await list.has("milan", customer)).toBe(false);
    expect(await list.block("all", customer, by)).toBe(true);
  });
  it("is in the order in which numbers were listed", async () => {
    const { clock, list } = setUp();
    const expected: number[] = [];
    for (let n = 10; n < 40; n++) {
      clock.at += 1000;
      expected.push(clock.at);
      await list.block("all", `+3933312345${n}`, by);
    }
    expect((await list.list("all")).map(({ at }) => at)).toEqual(expected);
  });
});
