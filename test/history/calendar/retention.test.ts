import { describe, expect, it } from "vitest";
import { oldestKept, oldestKeptAnywhere } from "../../../lib/history/calendar/retention.ts";

describe("the oldest day that is kept", () => {
  it("is so many days before today", () => expect(oldestKept("2026-03-01", 30)).toBe("2026-01-30"));
  it("does not exist if days are kept for ever", () => expect(oldestKept("2026-03-01", 0)).toBeUndefined());
  it("counts from the first zone in which a day begins", () => {
    expect(oldestKeptAnywhere(Date.parse("2026-03-01T09:59:59Z"), 1)).toBe("2026-02-28");
    expect(oldestKeptAnywhere(Date.parse("2026-03-01T10:00:00Z"), 1)).toBe("2026-03-01");
  });
});
