import { afterEach, expect, it, vi } from "vitest";
import { Fifo } from "../../../lib/history/grouping/fifo.ts";

it("a queue gives its items in their order, whenever they are taken", () => {
  const fifo = new Fifo<number>();
  expect([fifo.first, fifo.shift(), fifo.size]).toEqual([undefined, undefined, 0]);
  let [next, wanted] = [0, 0];
  for (const [pushes, shifts] of [
    [5, 2],
    [1, 3],
    [0, 2],
    [100, 60],
    [7, 47],
  ] as const) {
    for (let n = 0; n < pushes; n++) fifo.push(next++);
    for (let n = 0; n < shifts && fifo.size > 0; n++) {
      expect(fifo.first).toBe(wanted);
      expect(fifo.shift()).toBe(wanted++);
    }
    expect([...fifo]).toEqual(Array.from({ length: next - wanted }, (_, n) => wanted + n));
    expect(fifo.size).toBe(next - wanted);
  }
});

afterEach(() => vi.restoreAllMocks());

it("a queue lets go of what was taken, and copies fewer items than were taken", () => {
  const copies = vi.spyOn(Array.prototype, "slice");
  const fifo = new Fifo<number>();
  for (let n = 0; n < 1_000; n++) fifo.push(n);
  for (let n = 0; n < 1_000; n++) fifo.shift();
  const copied = copies.mock.results.map(({ value }) => (Array.isArray(value) ? value.length : 0));
  copies.mockRestore();
  expect(copied[0]).toBeGreaterThan(490);
  expect(copied.at(-1)).toBe(0);
  expect(copied.reduce((sum, items) => sum + items, 0)).toBeLessThanOrEqual(1_000);
});
