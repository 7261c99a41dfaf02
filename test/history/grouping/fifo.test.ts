import { expect, it } from "vitest";
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
