import { describe, expect, it } from "vitest";
import { atOnce } from "../lib/at-once.ts";

describe("acts at the same time", () => {
  it.each([1, 2, 3, 99])("are at most %i, on every item in order", async (limit) => {
    const items = ["a", "b", "c", "d", "e"];
    const begun: string[] = [];
    let running = 0;
    let most = 0;
    await atOnce(limit, items, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
    });
    expect([begun, most]).toEqual([items, Math.min(limit, items.length)]);
  });
  it("stop at the first failure, which is thrown", async () => {
    const begun: number[] = [];
    const acting = atOnce(2, [1, 2, 3, 4], async (item) => {
      begun.push(item);
      await new Promise(setImmediate);
      if (item === 1) throw new Error("the first");
    });
    await expect(acting).rejects.toThrow("the first");
    await new Promise(setImmediate);
    expect(begun).toEqual([1, 2]);
  });
  it("do nothing for no item", async () => {
    await expect(atOnce(2, [], () => Promise.reject(new Error("called")))).resolves.toBeUndefined();
  });
});
