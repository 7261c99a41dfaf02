import { describe, expect, it } from "vitest";
import { createRate } from "../../../lib/wms/sending/rate.ts";
import { fakeClock } from "../../support/scripted.ts";

describe("the rate of requests to a PBX", () => {
  it("allows a burst of one second, then evenly; a 429 halves the rate and it recovers", async () => {
    const clock = fakeClock();
    const rate = createRate(10, clock);
    for (let n = 0; n < 31; n++) expect(await rate.turn(clock.at + 60_000)).toBe(true);
    expect(clock.at - 1_700_000_000_000).toBeGreaterThanOrEqual(1_900);
    rate.slowDown();
    expect(rate.perSecond()).toBe(5);
    clock.at += 3_000;
    await rate.turn(clock.at + 60_000);
    expect(rate.perSecond()).toBeCloseTo(8);
  });

  it("a turn that would come after the deadline is not waited for, and nothing was sent", async () => {
    const clock = fakeClock();
    const rate = createRate(1, clock);
    await rate.turn(clock.at + 10);
    await rate.turn(clock.at + 10);
    expect(await rate.turn(clock.at + 10)).toBe(false);
  });
});
