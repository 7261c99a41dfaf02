import { describe, expect, it } from "vitest";
import { planNight } from "../../../lib/history/export/night-plan.ts";

const now = Date.parse("2026-11-24T11:30:00Z");

describe("a night's plan", () => {
  const known = { exported: true, registeredAt: undefined };
  const entries = [
    { id: "moon", timezone: "Moon/Base", ...known },
    { id: "auckland", timezone: "Pacific/Auckland", ...known },
    { id: "paused", timezone: "UTC", ...known, exported: false },
    { id: "nowhere", timezone: undefined, ...known },
    { id: "rome", timezone: "Europe/Rome", ...known },
  ];
  it("has yesterday of each PBX, and lists a PBX with a wrong time zone", () => {
    const { days, refused } = planNight(entries, undefined, now);
    expect(days).toEqual([
      { pbx: "auckland", zone: "Pacific/Auckland", day: "2026-11-24" },
      { pbx: "rome", zone: "Europe/Rome", day: "2026-11-23" },
    ]);
    expect(refused).toMatchObject([
      { pbx: "moon", error: { code: "INPUT_INVALID", field: "timezone of moon" } },
    ]);
  });
  it("has the PBX of a customer, and refuses a customer whose name cannot be part of a key", () => {
    const of = (id: string, customer: string) => ({ id, timezone: "Europe/Rome", ...known, customer });
    const { days, refused } = planNight([of("milan", "acme"), of("rome", "../acme")], undefined, now);
    expect(days).toEqual([{ pbx: "milan", zone: "Europe/Rome", day: "2026-11-23" }]);
    expect(refused).toMatchObject([
      { pbx: "rome", error: { code: "INPUT_INVALID", field: "customer of rome" } },
    ]);
  });
  it("for a day has the PBXs in whose time zone it is over", () => {
    const { days, refused } = planNight(entries, "2026-11-24", now);
    expect(days).toEqual([{ pbx: "auckland", zone: "Pacific/Auckland", day: "2026-11-24" }]);
    expect(refused).toMatchObject([{ pbx: "moon" }, { pbx: "rome", error: { field: "day" } }]);
  });
});
