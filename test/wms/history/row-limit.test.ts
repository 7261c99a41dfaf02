import { describe, expect, it } from "vitest";
import { lookForLimit, readWhole, type Span } from "../../../lib/wms/history/row-limit.ts";
import { fc } from "../../support/fast-check.ts";

/** A PBX with calls at these seconds, whose questions have inclusive or exclusive ends and show `limit` rows at most. */
const pbxOf = (starts: readonly number[], limit: number, exclusive: boolean) => {
  const unit = 1;
  const shown = ({ from, to }: Span): number[] => {
    const [low, high] = [from - unit + (exclusive ? 1 : 0), to - (exclusive ? 1 : 0)];
    return [...starts.keys()]
      .filter((at) => (starts[at] ?? -1) >= low && (starts[at] ?? -1) <= high)
      .slice(0, limit);
  };
  return {
    unit,
    shown,
    count: async (span: Span) => shown(span).length,
    read: async (span: Span) => new Map(shown(span).map((at) => [String(at), at] as const)),
  };
};

/** Calls all over the day, or all in one corner of it. */
const corner = fc.constantFrom([0, 599], [0, 30], [565, 599], [299, 320]);
/** At most three calls start in one second: what more of them do is another matter (WMS_HISTORY_INCOMPLETE). */
const calls = corner
  .chain(([min = 0, max = 0]) =>
    fc.array(fc.integer({ min, max }), { minLength: 20, maxLength: 300, size: "max" }),
  )
  .map((starts) =>
    starts.filter((start, at) => starts.slice(0, at).filter((each) => each === start).length < 3),
  );
const day: Span = { from: 0, to: 600 };

describe("a limit on rows", () => {
  it("is seen in the counts, wherever it cuts, and nowhere else", () =>
    fc.assert(
      fc.asyncProperty(
        calls,
        fc.integer({ min: 12, max: 200 }),
        fc.boolean(),
        async (starts, limit, exclusive) => {
          const pbx = pbxOf(starts, limit, exclusive);
          const total = await pbx.count(day);
          const hidden = pbxOf(starts, Number.POSITIVE_INFINITY, exclusive).shown(day).length > total;
          expect((await lookForLimit(day, total, pbx.unit, pbx.count)) === "cut off").toBe(hidden);
        },
      ),
    ));
  it("hides no row from one who reads, also where the PBX does not count", () =>
    fc.assert(
      fc.asyncProperty(
        calls,
        fc.integer({ min: 12, max: 200 }),
        fc.boolean(),
        async (starts, limit, exclusive) => {
          const pbx = pbxOf(starts, limit, exclusive);
          const all = pbxOf(starts, Number.POSITIVE_INFINITY, exclusive).shown(day);
          expect([...(await readWhole(day, pbx.unit, pbx.read)).values()].sort((a, b) => a - b)).toEqual(all);
        },
      ),
    ));
  it("costs a PBX without one three counts a piece", async () => {
    const pbx = pbxOf([...Array(500).keys()], Number.POSITIVE_INFINITY, false);
    let asked = 0;
    const count = (span: Span): Promise<number> => {
      asked++;
      return pbx.count(span);
    };
    expect([await lookForLimit(day, 500, 1, count), asked]).toEqual(["none", 3]);
  });
  it.each<[number[], string]>([
    [[], "none"],
    [[7, 7, 7], "one unit"],
    [[7, 7, 300], "none"],
  ])("starts %j of a PBX without a limit: %s", async (starts, expected) => {
    const pbx = pbxOf(starts, Number.POSITIVE_INFINITY, false);
    expect(await lookForLimit({ from: 0, to: 512 }, starts.length, 1, pbx.count)).toBe(expected);
  });
});
