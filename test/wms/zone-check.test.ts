import { describe, expect, it } from "vitest";
import { zoneMismatch } from "../../lib/wms/zone-check.ts";

const winter = { start: "2026-01-15 09:00:00", timezone: "+0100" };

describe("the offset of a row and the zone of its PBX", () => {
  it.each([
    ["in winter", winter, "Europe/Rome"],
    ["in summer", { start: "2026-07-15 09:00:00", timezone: "+0200" }, "Europe/Rome"],
    ["with a colon", { start: "2026-07-15 09:00:00", timezone: "+05:30" }, "Asia/Kolkata"],
    ["west of Greenwich", { start: "2026-01-15 09:00:00", timezone: "-0500" }, "America/New_York"],
    ["at no offset", { start: "2026-01-15 09:00:00", timezone: "+0000" }, "Europe/London"],
    [
      "in the hour before the clocks change",
      { start: "2026-03-29 01:59:59", timezone: "+0100" },
      "Europe/Rome",
    ],
    ["in the hour after they changed", { start: "2026-03-29 03:00:00", timezone: "+0200" }, "Europe/Rome"],
  ])("agree %s", (_name, row, zone) => expect(zoneMismatch([row], { zone })).toBeUndefined());

  it("differ: both are named, and the country's zones come first", () => {
    const found = zoneMismatch([winter], { zone: "Europe/London", country: "IT" });
    expect(found?.detail).toBe(
      "the newest leg (2026-01-15 09:00:00) has the UTC offset +01:00, but Europe/London had +00:00",
    );
    expect(found?.fix).toMatch(/Zones that fit: Europe\/Rome, /);
  });
  it("differ in a country with several zones: only those that fit are named", () => {
    const row = { start: "2026-01-15 09:00:00", timezone: "-0800" };
    const found = zoneMismatch([row], { zone: "America/New_York", country: "US" });
    expect(found?.fix).toContain("America/Los_Angeles");
    expect(found?.fix).not.toContain("America/Chicago");
  });
  it("agree if one of several rows fits: a PBX can have legs of other zones too", () => {
    const other = { start: "2026-01-15 10:00:00", timezone: "+0900" };
    expect(zoneMismatch([other, winter], { zone: "Europe/Rome" })).toBeUndefined();
    expect(zoneMismatch([{}, other, winter], { zone: "Europe/London" })?.detail).toContain(
      "(2026-01-15 10:00:00) has the UTC offset +09:00",
    );
    // a row without an offset fits nothing
    expect(zoneMismatch([{}, winter], { zone: "Europe/London" })).toBeDefined();
    expect(zoneMismatch([], { zone: "Europe/London" })).toBeUndefined();
  });
  it("differ by an offset that no zone has", () =>
    expect(zoneMismatch([{ ...winter, timezone: "+0107" }], { zone: "Europe/Rome" })?.fix).toBe(
      "Check the zone of the PBX in WMS: no known zone has this offset.",
    ));
  it.each([
    {},
    { start: "soon", timezone: "+0100" },
    { ...winter, timezone: "CET" },
    { ...winter, timezone: null },
  ])("are not compared if the row is %j", (row) =>
    expect(zoneMismatch([row], { zone: "Europe/London" })).toBeUndefined(),
  );
});
