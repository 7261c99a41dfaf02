import { describe, expect, it } from "vitest";
import { createIndex } from "../../../lib/callbacks/controller/index.ts";
import { createTargets } from "../../../lib/callbacks/controller/targets.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { waitingCallback } from "../../support/milan.ts";
import { watchedState } from "../../support/watched-state.ts";

const holder = (callback: string, key = `key of ${callback}`) => ({ callback, key });

const setUp = async () => {
  const watched = watchedState(60_000);
  const index = createIndex(watched.state);
  const targets = createTargets(watched.state, watched.clock, index);
  /** Writes a callback, by itself ringing with its key. */
  const put = async (id: string, change: Partial<CallbackRecord> = {}): Promise<void> => {
    const dial = { key: `key of ${id}`, at: 0, target: "201" };
    const record = waitingCallback({ id, due: 0, misses: [], state: "ringing", reason: "ringing", dial });
    await index.put(await index.read("milan", id), { ...record, ...change }, 0);
  };
  for (const id of ["a", "b", "c"]) await put(id);
  const places = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of watched.inner.list("callbacks/target/milan")) ids.push(id);
    return ids;
  };
  return { ...watched, targets, put, places };
};

describe("the places of a target", () => {
  it("are as many as callbacks may ring it at a time", async () => {
    const { targets, places } = await setUp();
    expect(await targets.isFree("milan", "201", 2)).toBe(true);
    expect(await targets.take("milan", "201", 2, holder("a"))).toBe(true);
    expect(await targets.isFree("milan", "201", 2)).toBe(true);
    expect(await targets.isFree("milan", "201", 1)).toBe(false);
    expect(await targets.take("milan", "201", 2, holder("b"))).toBe(true);
    expect(await targets.isFree("milan", "201", 2)).toBe(false);
    expect(await targets.take("milan", "201", 2, holder("c"))).toBe(false);
    expect(await places()).toEqual(["201", "201~1"]);
  });
  it("are not those of another target or PBX", async () => {
    const { targets } = await setUp();
    await targets.take("milan", "201", 1, holder("a"));
    expect(await targets.isFree("milan", "202", 1)).toBe(true);
    expect(await targets.isFree("rome", "201", 1)).toBe(true);
  });
  it("are free again when their ring is over", async () => {
    const { targets, places } = await setUp();
    await targets.take("milan", "201", 2, holder("a"));
    await targets.take("milan", "201", 2, holder("b"));
    await targets.release("milan", "201", 2, "key of c");
    expect(await places()).toEqual(["201", "201~1"]);
    await targets.release("milan", "201", 2, "key of b");
    expect(await places()).toEqual(["201"]);
    await targets.release("milan", "201", 2, "key of a");
    expect(await places()).toEqual([]);
  });
  it("are read only as far as the setting says", async () => {
    const { targets, taken, places } = await setUp();
    await targets.take("milan", "201", 2, holder("a"));
    await targets.take("milan", "201", 2, holder("b"));
    taken();
    await targets.release("milan", "201", 1, "key of b");
    expect(taken()).toEqual(["read callbacks/target/milan"]);
    expect(await places()).toEqual(["201", "201~1"]);
  });
  it.each<[string, Partial<CallbackRecord> & { readonly dial?: CallbackRecord["dial"] }]>([
    ["waits again", { state: "waiting", reason: "retry" }],
    ["is closed", { state: "closed", reason: "talked" }],
    ["rings with another key", { dial: { key: "a later key", at: 1, target: "201" } }],
  ])("can be taken over if their callback %s", async (_name, change) => {
    const { targets, put, places } = await setUp();
    await targets.take("milan", "201", 1, holder("a"));
    expect(await targets.take("milan", "201", 1, holder("b"))).toBe(false);
    await put("a", change);
    expect(await targets.isFree("milan", "201", 1)).toBe(true);
    expect(await targets.take("milan", "201", 1, holder("b"))).toBe(true);
    expect(await places()).toEqual(["201"]);
    expect(await targets.isFree("milan", "201", 1)).toBe(false);
  });
  it("can be taken over if their callback does not exist any more, or has no ring", async () => {
    const { targets, put, inner } = await setUp();
    await targets.take("milan", "201", 1, holder("gone"));
    expect(await targets.isFree("milan", "201", 1)).toBe(true);
    const { dial: _dial, ...without } = waitingCallback({ due: 0, misses: [], state: "ringing" });
    await inner.write({ partition: "callbacks/milan", id: "none" }, without, { absent: true });
    expect(await targets.take("milan", "201", 1, holder("none"))).toBe(true);
    expect(await targets.isFree("milan", "201", 1)).toBe(true);
    await put("b");
    expect(await targets.take("milan", "201", 1, holder("b"))).toBe(true);
  });
  it("are not taken if another process takes them at the same moment", async () => {
    const { targets, inner, before } = await setUp();
    before.write = async () => {
      const key = { partition: "callbacks/target/milan", id: "201" };
      await inner.write(key, holder("b"), { absent: true });
    };
    expect(await targets.take("milan", "201", 1, holder("a"))).toBe(false);
    expect(await targets.take("milan", "201", 2, holder("a"))).toBe(true);
  });
});

describe("a paused target", () => {
  it("has no free place for one hour", async () => {
    const { targets, clock, places } = await setUp();
    expect(await targets.pause("milan", "201")).toBe(true);
    expect(await targets.pause("milan", "201")).toBe(false);
    expect(await places()).toEqual(["201~pause"]);
    clock.at += 3_599_999;
    expect(await targets.isFree("milan", "201", 2)).toBe(false);
    expect(await targets.isFree("milan", "202", 1)).toBe(true);
    clock.at += 1;
    expect(await targets.isFree("milan", "201", 2)).toBe(true);
    expect(await targets.pause("milan", "201")).toBe(true);
  });
});
