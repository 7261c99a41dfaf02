import { describe, expect, it } from "vitest";
import {
  checkOver,
  checkZone,
  dayAt,
  dayInUtc,
  daysBetween,
  dayWindow,
  instantsOf,
  isDay,
  localAt,
  offsetFits,
  offsetOf,
  parseDay,
  shiftDay,
} from "../../../lib/history/calendar/local-days.ts";

const refusal = (field: string, message: string) =>
  expect.objectContaining({ code: "INPUT_INVALID", field, message });
const now = Date.parse("2026-11-24T11:30:00Z");

describe("days", () => {
  it.each([
    ["2026-1-1", "2026-1-1"],
    ["", "an empty string"],
    ["01.11.2026", "01.11.2026"],
    ["2026-11-01T", "2026-11-01T"],
    ["on 2026-11-01", "on 2026-11-01"],
    ["+39 040 555 123", "…23"],
    ["x".repeat(60), "x".repeat(60)],
    ["x".repeat(61), `${"x".repeat(60)}…`],
  ])("%j is refused", (text, got) => {
    expect(() => parseDay(text, "--from")).toThrowError(
      refusal("--from", `\`--from\` must be a day such as 2026-11-01; got ${got}. Write it as YYYY-MM-DD.`),
    );
  });
  it.each(["2026-02-29", "2026-11-31", "2026-13-01", "2026-00-10"])("%s is not in the calendar", (text) => {
    expect(() => parseDay(text, "to")).toThrowError(
      refusal("to", `\`to\` must be a day of the calendar; got ${text}. Check month and day.`),
    );
  });
  it("are returned as they are written", () => expect(parseDay("2028-02-29", "from")).toBe("2028-02-29"));
  it.each(["2026-11-23", "2028-02-29", "1969-12-31"])("are written so: %s", (text) =>
    expect(isDay(text)).toBe(true),
  );
  it.each(["", "2026-02-30", "2026-13-01", "2026-11", "20261123", "2026-11-23T10:00", "x2026-11-23", "day"])(
    "are not written so: %j",
    (text) => expect(isDay(text)).toBe(false),
  );
  it("are listed over month ends and leap years, both ends included", () => {
    expect(daysBetween("2028-02-28", "2028-03-01")).toEqual(["2028-02-28", "2028-02-29", "2028-03-01"]);
    expect(daysBetween("2026-11-01", "2026-11-01")).toEqual(["2026-11-01"]);
    expect([shiftDay("2026-01-01", -1), shiftDay("2026-02-28", 1)]).toEqual(["2025-12-31", "2026-03-01"]);
  });
  it("in the wrong order are refused", () => {
    expect(() => daysBetween("2026-03-01", "2026-02-28")).toThrowError(
      refusal("from", "`from` must not be after 2026-02-28; got 2026-03-01. Swap the two days."),
    );
  });
  it("depend on the time zone", () => {
    expect([
      dayAt("Pacific/Auckland", now),
      dayAt("America/Los_Angeles", now),
      dayAt("Pacific/Auckland", now, -1),
    ]).toEqual(["2026-11-25", "2026-11-24", "2026-11-24"]);
  });
  it("are refused for an export until they are over", () => {
    expect(checkOver("2026-11-24", "Pacific/Auckland", now, "day")).toBe("2026-11-24");
    expect(() => checkOver("2026-11-24", "Europe/Rome", now, "day")).toThrowError(
      refusal(
        "day",
        "`day` must be a day that is over in Europe/Rome; got 2026-11-24. Use 2026-11-23 or an earlier day.",
      ),
    );
  });
  it("have 24 hours on the wall clock, and 23 to 25 hours in UTC", () => {
    const { from, to } = dayWindow("2026-03-29");
    expect([from, to - from]).toEqual([Date.parse("2026-03-29T00:00:00Z") / 1000, 86_400]);
    expect(dayInUtc("2026-03-29", "Europe/Rome")).toEqual({
      from: "2026-03-28T23:00:00Z",
      to: "2026-03-29T22:00:00Z",
    });
    expect(dayInUtc("2026-10-25", "Europe/Rome")).toEqual({
      from: "2026-10-24T22:00:00Z",
      to: "2026-10-25T23:00:00Z",
    });
  });
});

describe("a zone", () => {
  it("is read by its IANA name, in upper or lower case", () => {
    expect(checkZone("europe/rome", "zone")).toBe("Europe/Rome");
    for (const zone of ["UTC", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+1"])
      expect(checkZone(zone, "zone")).toBe(zone);
  });
  it.each(["Rome", "Moon/Base", "", "+01:00", "EST", "CET", "GMT+1", "UTC+2", "EST5EDT"])(
    "%j is none",
    (zone) => {
      expect(() => checkZone(zone, "zone")).toThrowError(
        refusal(
          "zone",
          `\`zone\` must be an IANA time zone such as Europe/Rome, not an abbreviation or offset; got ${zone || "an empty string"}.`,
        ),
      );
    },
  );
  it("has the first offset in an hour that occurs twice, and both offsets fit", () => {
    const local = Date.parse("2026-10-25T02:30:00Z") / 1000;
    expect(offsetOf("Europe/Rome", local)).toBe(7200);
    expect([3600, 7200, 0].map((offset) => offsetFits("Europe/Rome", local, offset))).toEqual([
      true,
      true,
      false,
    ]);
  });
  it("has the earlier offset for a time that the clock skips", () => {
    expect(offsetOf("Europe/Rome", Date.parse("2026-03-29T02:30:00Z") / 1000)).toBe(3600);
  });
});

describe("instants of a wall-clock time", () => {
  const local = (text: string): number => Date.parse(`${text}Z`) / 1000;
  const instants = (zone: string, text: string): string[] =>
    instantsOf(zone, local(text)).map((seconds) => new Date(seconds * 1000).toISOString().slice(0, 19));
  it.each([
    ["2026-07-20T10:00:00", ["2026-07-20T08:00:00"]],
    // an hour that occurs twice
    ["2026-10-25T02:30:00", ["2026-10-25T00:30:00", "2026-10-25T01:30:00"]],
    // an hour that is skipped
    ["2026-03-29T02:30:00", ["2026-03-29T00:30:00", "2026-03-29T01:30:00"]],
  ])("%s in Rome are %j", (time, found) => expect(instants("Europe/Rome", time)).toEqual(found));
  it("give the time on the wall clock again", () => {
    expect(localAt("Europe/Rome", Date.parse("2026-07-20T08:00:00Z"))).toBe(local("2026-07-20T10:00:00"));
    expect(localAt("America/St_Johns", Date.parse("2026-07-20T08:00:00Z"))).toBe(
      local("2026-07-20T05:30:00"),
    );
  });
});
