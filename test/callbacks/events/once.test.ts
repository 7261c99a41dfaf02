import { describe, expect, it } from "vitest";
import { createOnce } from "../../../lib/callbacks/events/once.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import type { StateStore } from "../../../lib/state.ts";
import { fakeClock } from "../../support/scripted.ts";

const setUp = (change: Partial<StateStore> = {}) => {
  const clock = fakeClock(1_772_100_000_000);
  const state = memoryState(clock);
  let ids = 0;
  const ports = { state: { ...state, ...change }, clock, newId: () => `id${++ids}` };
  const once = createOnce(ports);
  const act = (pbx = "milan", name = ["call:end", "x"]) => once(pbx, name, async () => "acted");
  /** A process that began to act, and goes on until `end` or `fail` is called. */
  const begin = async () => {
    const began = Promise.withResolvers<void>();
    const result = Promise.withResolvers<string>();
    const ended = once("milan", ["call:end", "x"], () => {
      began.resolve();
      return result.promise;
    });
    await Promise.race([began.promise, ended]);
    return { ended, end: () => result.resolve("late"), fail: () => result.reject(new Error("failed")) };
  };
  return { clock, state, ports, once, act, begin };
};
describe("an act that must happen once", () => {
  it("gives its result the first time, and is repeated after that", async () => {
    const { act } = setUp();
    expect(await act()).toEqual({ done: "acted" });
    expect(await act()).toBe("repeated");
  });
  it("is another one at another PBX, and with another name", async () => {
    const { act } = setUp();
    expect(await act()).toEqual({ done: "acted" });
    expect(await act("rome")).toEqual({ done: "acted" });
    expect(await act("milan", ["call:end", "y"])).toEqual({ done: "acted" });
    expect(await act("milan", ["call:endx"])).toEqual({ done: "acted" });
  });
  it("is busy while another process is at it, because that one may fail", async () => {
    const { act, begin } = setUp();
    const other = await begin();
    expect(await act()).toBe("busy");
    other.fail();
    await expect(other.ended).rejects.toThrow("failed");
    expect(await act()).toEqual({ done: "acted" });
  });
  it("begins again 90 seconds after a process began it and died", async () => {
    const { clock, act, begin } = setUp();
    await begin();
    clock.at += 89_999;
    expect(await act()).toBe("busy");
    clock.at += 1;
    expect(await act()).toEqual({ done: "acted" });
    expect(await act()).toBe("repeated");
  });
  it("is busy for others while the process that took it over acts", async () => {
    const { clock, act, begin } = setUp();
    await begin();
    clock.at += 90_000;
    const second = await begin();
    expect(await act()).toBe("busy");
    clock.at += 89_999;
    expect(await act()).toBe("busy");
    second.end();
    expect(await second.ended).toEqual({ done: "late" });
    expect(await act()).toBe("repeated");
  });
  it("is taken over by one process only", async () => {
    const { clock, act, begin } = setUp();
    await begin();
    clock.at += 90_000;
    const all = await Promise.all(Array.from({ length: 5 }, () => act()));
    expect(all.filter((each) => typeof each === "object")).toEqual([{ done: "acted" }]);
    expect(all.filter((each) => each === "busy")).toHaveLength(4);
  });
  it("begins if the record of an earlier failure is removed at the moment when it is asked for", async () => {
    const { state, ports, act } = setUp();
    const { write } = state;
    let refused = 0;
    ports.state.write = async (key, value, expect_, expiresAt) =>
      key.partition === "events/milan" && refused++ === 0 ? undefined : write(key, value, expect_, expiresAt);
    expect(await act()).toEqual({ done: "acted" });
  });
  it("fails with its own error even if the record of it cannot be removed, and is then busy for 90 seconds", async () => {
    const { clock, once, act } = setUp({ remove: () => Promise.reject(new Error("state is down")) });
    const failed = once("milan", ["call:end", "x"], () => Promise.reject(new Error("failed")));
    await expect(failed).rejects.toThrow("failed");
    expect(await act()).toBe("busy");
    clock.at += 90_000;
    expect(await act()).toEqual({ done: "acted" });
  });
  it("is remembered for seven days", async () => {
    const { clock, act } = setUp();
    await act();
    clock.at += 7 * 86_400_000 - 1;
    expect(await act()).toBe("repeated");
    clock.at += 1;
    expect(await act()).toEqual({ done: "acted" });
  });
});
