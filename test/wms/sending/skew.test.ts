import { describe, expect, it } from "vitest";
import { createSkew } from "../../../lib/wms/sending/skew.ts";

const now = 1_700_000_000_000;
const date = (ms: number): string => new Date(now + ms).toUTCString();

describe("the PBX's clock, from the Date of a 401", () => {
  it.each([
    [1_000, true],
    [-1_000, true],
    [0, false],
    [2 * 86_400_000, true],
    [2 * 86_400_000 + 1_000, false],
    [-2 * 86_400_000 - 1_000, false],
  ])("%i ms from ours: learnt %s", (ms, learnt) => {
    const skew = createSkew();
    expect(skew.learn(date(ms), now, 0)).toBe(learnt);
    expect(skew.offset()).toBe(learnt ? ms : 0);
  });
  it.each([undefined, "yesterday, about noon"])("is not learnt from %s", (header) =>
    expect(createSkew().learn(header, now, 0)).toBe(false),
  );
  it("is learnt once for requests that were signed before", () => {
    const skew = createSkew();
    skew.learn(date(60_000), now, 0);
    expect(skew.learn(date(90_000), now, 0)).toBe(true);
    expect(skew.offset()).toBe(60_000);
    expect(skew.learn(date(60_500), now, 60_000)).toBe(false);
    expect(skew.learn(date(90_000), now, 60_000)).toBe(true);
    expect(skew.offset()).toBe(90_000);
  });
});
