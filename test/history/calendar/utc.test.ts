import { Temporal } from "temporal-polyfill";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseOffset, possibleLocal, utcConverter } from "../../../lib/history/calendar/utc.ts";

/** Gives each time with its offset, and how many do not fit the zone. */
const convert = (zone: string, times: readonly (readonly [string, string])[]) => {
  let mismatches = 0;
  const toUtc = utcConverter(zone)(() => mismatches++);
  return { utc: times.map(([time, offset]) => toUtc(time, offset)), mismatches };
};

describe("a wall-clock time in UTC", () => {
  it.each([
    "10:60:00",
    "10:00:60",
    "10:5/:00",
    "10:5::00",
    "10:00:0/",
    "10:/0:00",
    "10:00 00",
    "10:00:0",
    "10:00:000",
  ])("is null if the time is %j", (time) =>
    expect(convert("Europe/Rome", [[`2026-07-20 ${time}`, "+0200"]])).toEqual({ utc: [null], mismatches: 0 }),
  );
  it.each([
    ["+0200", "2026-07-20T08:00:00Z"],
    ["+02:00", "2026-07-20T08:00:00Z"],
    ["-0330", "2026-07-20T13:30:00Z"],
    ["+0000", "2026-07-20T10:00:00Z"],
    ["+0545", "2026-07-20T04:15:00Z"],
    // no offset: the zone's counts
    ["", "2026-07-20T08:00:00Z"],
    ["0500", "2026-07-20T08:00:00Z"],
    ["+500", "2026-07-20T08:00:00Z"],
    ["+05000", "2026-07-20T08:00:00Z"],
    ["x+0500", "2026-07-20T08:00:00Z"],
  ])("with offset %j is %s", (offset, utc) => {
    const found = convert("Europe/Rome", [["2026-07-20 10:00:00", offset]]);
    expect(found.utc).toEqual([utc]);
    expect(found.mismatches).toBe(/^[+-]\d\d:?\d\d$/.test(offset) && !utc.includes("08:00") ? 1 : 0);
  });

  it("is right in every minute and second of an hour, in any order", () => {
    const minutes = Array.from({ length: 60 }, (_, at) => String((at * 37 + 50) % 60).padStart(2, "0"));
    const { utc, mismatches } = convert(
      "Asia/Kathmandu",
      minutes.map((minute) => [`2026-07-20 10:${minute}:${minute}`, "+0545"] as const),
    );
    expect(utc).toEqual(
      minutes.map((minute) =>
        new Date(Date.parse(`2026-07-20T10:${minute}:${minute}+05:45`)).toISOString().replace(".000", ""),
      ),
    );
    expect(mismatches).toBe(0);
  });

  it("is right on the next day, in the next hour and with another offset, after a similar time", () => {
    const { utc, mismatches } = convert("UTC", [
      ["2026-07-20 10:05:00", "+0000"],
      ["2026-07-21 10:05:00", "+0000"],
      ["2026-07-21 11:05:00", "+0000"],
      ["2026-07-21 11:20:00", "+0000"],
      ["2026-07-21 11:20:00", "+0100"],
      ["2026-07-21 11:20:00", ""],
      ["2026-07-20 10:05:00", "+0000"],
    ]);
    expect(utc).toEqual([
      "2026-07-20T10:05:00Z",
      "2026-07-21T10:05:00Z",
      "2026-07-21T11:05:00Z",
      "2026-07-21T11:20:00Z",
      "2026-07-21T10:20:00Z",
      "2026-07-21T11:20:00Z",
      "2026-07-20T10:05:00Z",
    ]);
    expect(mismatches).toBe(1);
  });

  it("calls `onMismatch` for each time whose offset does not fit the zone, in one column only", () => {
    const rome = utcConverter("Europe/Rome");
    let mismatches = 0;
    const [watched, other] = [rome(() => mismatches++), rome()];
    for (const time of ["2026-07-20 10:00:00", "2026-07-20 10:14:59", "2026-07-20 10:15:00"]) {
      watched(time, "+0100");
      other(time, "+0100");
    }
    expect(mismatches).toBe(3);
  });

  it("has the minute and second of the leg's time, from 00 to 59", () =>
    expect(
      convert("UTC", [
        ["2026-07-20 10:59:59", "+0000"],
        ["2026-07-20 10:00:09", "+0000"],
        ["2026-07-20 10:09:50", "+0000"],
      ]).utc,
    ).toEqual(["2026-07-20T10:59:59Z", "2026-07-20T10:00:09Z", "2026-07-20T10:09:50Z"]));

  it.each([
    "",
    "soon",
    "2026-07-20",
    "2026-07-20 10:00",
    "2026-07-20 10:00:0",
    "2026-07-20 10:60:00",
    "2026-07-20 10:00:60",
    "2026-07-20 10:00:00.5",
    "2026-07-20 10:00x00",
    "2026-07-20 10:00:000",
    // the characters before 0 and after 9
    ...["/0", ":0", "0/", "0:"].flatMap((two) => [`2026-07-20 10:${two}:00`, `2026-07-20 10:00:${two}`]),
    "2026-07-20 10:x00:00",
    "2026-07-20 10:1000:00",
    "2026-07-20 1x:00:00",
  ])("%j has no UTC time", (time) => {
    const { utc, mismatches } = convert("UTC", [
      [time, "+0200"],
      ["2026-07-20 10:00:00", "+0000"],
      [time, "+0200"],
    ]);
    expect(utc).toEqual([null, "2026-07-20T10:00:00Z", null]);
    expect(mismatches).toBe(0);
  });
});

it.each([
  ["+0000", 0],
  ["+1400", 50_400],
  ["-1400", -50_400],
  ["+1430", 52_200],
  ["+1500", undefined],
  ["+0259", 10_740],
  ["+0260", undefined],
  ["+1560", undefined],
])("the offset %s is %j seconds: no zone is 15 hours from UTC", (text, seconds) =>
  expect(parseOffset(text)).toBe(seconds),
);

it.each([
  ["1969-12-31 23:59:59", undefined],
  ["1970-01-01 00:00:00", 0],
  ["9998-12-31 23:59:59", Date.UTC(9999, 0) / 1000 - 1],
  ["9999-01-01 00:00:00", undefined],
  ["2026-02-30 10:00:00", undefined],
])("the time %s is %j seconds: no PBX existed before 1970, or has a year of five digits", (text, seconds) =>
  expect(possibleLocal(text)).toBe(seconds),
);

describe("a zone is asked", () => {
  afterEach(() => vi.restoreAllMocks());
  const asked = (times: readonly string[], offset: string): number => {
    const look = vi.spyOn(Temporal.Instant, "fromEpochMilliseconds").mockClear();
    convert(
      "Europe/Rome",
      times.map((time) => [time, offset] as const),
    );
    return look.mock.calls.length;
  };
  /** Every minute of so many days, from midnight. */
  const minutes = (days: number): string[] =>
    Array.from({ length: days * 1_440 }, (_, at) =>
      new Date(Date.UTC(2026, 6, 1) + at * 60_000).toISOString().slice(0, 19).replace("T", " "),
    );

  it.each(["+0200", ""])("once for each quarter of an hour of a day, with offset %j", (offset) => {
    const day = minutes(1);
    expect(asked([...day, ...day.toReversed(), ...day], offset)).toBe(96);
  });
  it("again after many other quarters, because the memory is bounded", () => {
    // thirty days have 2,880 quarters; those of the last day are kept
    const month = minutes(30);
    const last = month.slice(-1_440);
    expect(asked([...month, ...last, ...last], "+0200")).toBe(30 * 96);
    expect(asked([...month, ...month.slice(0, 1_440)], "+0200")).toBeGreaterThan(30 * 96);
  });
});
