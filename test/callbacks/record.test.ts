import { describe, expect, it } from "vitest";
import { noNumber, withoutMoved } from "../../lib/callbacks/record.ts";
import { missedAtTen, rome } from "../support/callbacks.ts";

describe("a missed call that the number counts in another callback", () => {
  const [miss] = missedAtTen().misses;
  const counted = (callback: string) => ({ start: rome("10:00"), end: rome("10:00:25"), callback });
  const moved = (...callbacks: string[]) =>
    withoutMoved(missedAtTen(), { ...noNumber, misses: callbacks.map(counted) }).misses;
  it("is moved out of this one", () => expect(moved("other")).toEqual([{ ...miss, moved: true }]));
  it("stays if the number counts it here too, or nowhere", () => {
    expect(moved("other", "c")).toEqual([miss]);
    expect(moved()).toEqual([miss]);
  });
  it("stays in a callback that has rung", () => {
    const rung = missedAtTen({ n: 1 });
    expect(withoutMoved(rung, { ...noNumber, misses: [counted("other")] })).toBe(rung);
  });
});
