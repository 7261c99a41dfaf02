import { describe, expect, it } from "vitest";
import { orders, scenarios } from "../simulation/callbacks/scenarios.ts";

describe("callbacks", () => {
  it.each(scenarios)("$name", ({ run }) => run());
  it("end alike for all 24 orders of missed, answered, row and sweep", async () => {
    const { ends, orders: count } = await orders();
    expect([...ends]).toHaveLength(1);
    expect([...ends][0]).toContain("got_through");
    expect(count).toBe(24);
  });
});
