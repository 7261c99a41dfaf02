import { describe, expect, it } from "vitest";
import { changeFinder } from "../../../lib/history/calendar/clock-change.ts";
import { legTimes } from "../../../lib/history/rows/leg-times.ts";

interface Zone {
  readonly zone: string;
  /** The last second before the change. */
  readonly change: string;
  readonly before: string;
  readonly after: string;
}

/** Both changes of several zones: an hour, half an hour, two hours, on both sides of the equator, and over midnight. */
const changes: readonly Zone[] = [
  { zone: "Europe/Rome", change: "2026-03-29T00:59:59Z", before: "+0100", after: "+0200" },
  { zone: "Europe/Rome", change: "2026-10-25T00:59:59Z", before: "+0200", after: "+0100" },
  { zone: "America/New_York", change: "2026-03-08T06:59:59Z", before: "-0500", after: "-0400" },
  { zone: "America/New_York", change: "2026-11-01T05:59:59Z", before: "-0400", after: "-0500" },
  { zone: "Australia/Lord_Howe", change: "2026-10-03T15:29:59Z", before: "+1030", after: "+1100" },
  { zone: "Australia/Lord_Howe", change: "2026-04-04T14:59:59Z", before: "+1100", after: "+1030" },
  { zone: "Antarctica/Troll", change: "2026-03-29T00:59:59Z", before: "+0000", after: "+0200" },
  { zone: "Antarctica/Troll", change: "2026-10-25T00:59:59Z", before: "+0200", after: "+0000" },
  { zone: "Atlantic/Azores", change: "2026-10-25T00:59:59Z", before: "+0000", after: "-0100" },
];

const isoOf = (ms: number): string => new Date(ms).toISOString().replace(".000", "");
/** What the zone's wall clock shows. */
const wall = (zone: string, ms: number): string => new Date(ms).toLocaleString("sv-SE", { timeZone: zone });
const msOf = (offset: string): number =>
  (offset.startsWith("-") ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3))) * 60_000;

const read = (
  zone: string,
  written: Partial<Parameters<ReturnType<typeof legTimes>>[0]> & { readonly start: string },
) => {
  let mismatches = 0;
  const times = legTimes(zone, () => mismatches++);
  return {
    ...times({ answer: "", end: "", offset: "", talk: null, total: null, ...written }),
    mismatches,
  };
};

describe.each(changes)("a leg of $zone over the change after $change", ({ zone, change, before, after }) => {
  const last = Date.parse(change);
  /** A leg that begins before the change, is answered before or after it, and ends after it. */
  const legOf = (from: number, answered: number, to: number) => {
    const [start, answer, end] = [from, answered, to].map((seconds) => last + seconds * 1000);
    if (start === undefined || answer === undefined || end === undefined) throw new RangeError();
    return {
      written: {
        start: wall(zone, start),
        answer: wall(zone, answer),
        end: wall(zone, end),
        total: (end - start) / 1000,
        talk: (end - answer) / 1000,
      },
      utc: { start_utc: isoOf(start), answer_utc: isoOf(answer), end_utc: isoOf(end), mismatches: 0 },
    };
  };
  const legs = [
    legOf(-600, -590, 600),
    legOf(-600, 10, 1_500),
    legOf(-1, 1, 2),
    legOf(-7_000, -6_990, 9_000),
    legOf(-600, -590, -10),
    legOf(10, 20, 600),
  ];

  it.each(legs.slice(0, 4))("has the times of $utc", ({ written, utc }) =>
    expect(read(zone, { ...written, offset: before })).toEqual(utc),
  );
  it("has the right times also if it ends before, or begins after it", () => {
    expect(read(zone, { ...legs[4]?.written, start: legs[4]?.written.start ?? "", offset: before })).toEqual(
      legs[4]?.utc,
    );
    expect(read(zone, { ...legs[5]?.written, start: legs[5]?.written.start ?? "", offset: after })).toEqual(
      legs[5]?.utc,
    );
  });
  it.each(legs.slice(0, 4))("is right without an offset: $utc", ({ written, utc }) =>
    expect(read(zone, written)).toEqual(utc),
  );
  it("is right without its seconds if it is short", () => {
    const { written, utc } = legOf(-60, -50, 60);
    expect(read(zone, { ...written, talk: null, total: null, offset: before })).toEqual(utc);
  });
  it("is right if the PBX writes all times with the offset of the start", () => {
    const { written, utc } = legOf(-600, 10, 1_500);
    const fixed = (text: string): string =>
      isoOf(Date.parse(text) + msOf(before))
        .replace("T", " ")
        .replace("Z", "");
    const [answer, end] = [fixed(utc.answer_utc), fixed(utc.end_utc)];
    expect(read(zone, { ...written, answer, end, offset: before })).toEqual(utc);
  });
  it("is right if the PBX writes the offset of the end", () => {
    const { written, utc } = legOf(-60, 10, 600);
    // in an hour that occurs twice, both offsets fit
    const mismatches = msOf(after) > msOf(before) ? 1 : 0;
    expect(read(zone, { ...written, offset: after })).toEqual({ ...utc, mismatches });
    // seconds are rounded; those that differ by more prove nothing
    expect(read(zone, { ...written, total: 661, offset: after })).toEqual({ ...utc, mismatches });
    const start_utc = isoOf(Date.parse(utc.start_utc) - msOf(after) + msOf(before));
    expect(read(zone, { ...written, total: 662, offset: after })).toMatchObject({ start_utc });
  });
  it("keeps an end that its seconds miss by a little", () => {
    const { written, utc } = legOf(-600, -590, 600);
    expect(read(zone, { ...written, total: 1_190, talk: 1_195, offset: before })).toEqual(utc);
  });
});

describe("a leg near a change of the clocks", () => {
  const rome = { zone: "Europe/Rome", before: "+0200" };
  it("in the second of two equal hours begins there, if the seconds until its end say so", () =>
    expect(
      read(rome.zone, { start: "2026-10-25 02:50:00", end: "2026-10-25 03:10:00", total: 1_200 }),
    ).toMatchObject({ start_utc: "2026-10-25T01:50:00Z", end_utc: "2026-10-25T02:10:00Z" }));
  it("in the first of two equal hours begins there, if nothing says more", () =>
    expect(read(rome.zone, { start: "2026-10-25 02:50:00", end: "2026-10-25 02:55:00" })).toMatchObject({
      start_utc: "2026-10-25T00:50:00Z",
      end_utc: "2026-10-25T00:55:00Z",
    }));
  it.each([
    [
      "in the second of them, if it would end before it begins",
      "02:50:00",
      "02:40:00",
      "00:50:00",
      "01:40:00",
    ],
    ["in the first of them, if it takes no time", "02:30:00", "02:30:00", "00:30:00", "00:30:00"],
    ["with the offset of the zone after them", "02:50:00", "03:10:00", "00:50:00", "02:10:00"],
    [
      "with its own offset, also if it would be short without",
      "02:59:59",
      "03:00:00",
      "00:59:59",
      "02:00:00",
    ],
  ])("of two equal hours and without seconds ends %s", (_where, start, end, startUtc, endUtc) => {
    const utc = { start_utc: `2026-10-25T${startUtc}Z`, end_utc: `2026-10-25T${endUtc}Z`, mismatches: 0 };
    const written = { start: `2026-10-25 ${start}`, end: `2026-10-25 ${end}` };
    expect(read(rome.zone, { ...written, offset: rome.before })).toMatchObject(utc);
  });
  it("without an offset and seconds does not end before it begins", () =>
    expect(read(rome.zone, { start: "2026-10-25 02:50:00", end: "2026-10-25 02:40:00" })).toMatchObject({
      start_utc: "2026-10-25T00:50:00Z",
      end_utc: "2026-10-25T01:40:00Z",
    }));
  it.each([
    ["its talk until its end, also after an hour in the queue", 4_800, 900, "2026-10-25T01:55:00Z"],
    ["its start, if the row does not say how long it was", 4_800, null, "2026-10-25T00:55:00Z"],
    ["its start, if nothing says more", null, null, "2026-10-25T00:55:00Z"],
  ])("is answered at the time that fits %s", (_what, total, talk, answer_utc) =>
    expect(
      read(rome.zone, {
        start: "2026-10-25 02:50:00",
        answer: "2026-10-25 02:55:00",
        end: "2026-10-25 03:10:00",
        offset: rome.before,
        total,
        talk,
      }),
    ).toMatchObject({ start_utc: "2026-10-25T00:50:00Z", answer_utc, end_utc: "2026-10-25T02:10:00Z" }),
  );
  it("that has no end is answered soon after it begins, whatever its talk is", () =>
    expect(
      read(rome.zone, {
        start: "2026-10-25 02:50:00",
        answer: "2026-10-25 02:55:00",
        offset: rome.before,
        talk: 60,
      }),
    ).toMatchObject({ answer_utc: "2026-10-25T00:55:00Z", end_utc: null }));
  describe("and whose row has another offset than the zone", () => {
    const find = changeFinder(rome.zone);
    const [before, after] = [find("2026-10-24 20:00:00")?.from, find("2026-10-25 07:00:00")?.to];
    const later = (text = "", seconds = 0): string =>
      isoOf(Date.parse(`${text.replace(" ", "T")}Z`) + seconds * 1000)
        .replace("T", " ")
        .replace("Z", "");
    const utcOf = (text: string, offset: string): number =>
      Date.parse(`${text.replace(" ", "T")}Z`) - msOf(offset);
    it.each([
      ["ends a second before that time", "2026-10-24 20:00:00", later(before, -1), "+0200", false],
      ["ends when that time begins", "2026-10-24 20:00:00", later(before), "+0200", true],
      ["begins when that time ends", later(after), "2026-10-25 07:00:00", "+0100", true],
      ["begins a second after that time", later(after, 1), "2026-10-25 07:00:00", "+0100", false],
    ])("has the start that its seconds say only near the change: %s", (_when, start, end, zone, isNear) => {
      const total = (utcOf(end, "-0500") - utcOf(start, zone)) / 1000;
      expect(read(rome.zone, { start, end, total, offset: "-0500" })).toMatchObject({
        start_utc: isoOf(utcOf(start, isNear ? zone : "-0500")),
        end_utc: isoOf(utcOf(end, "-0500")),
      });
    });
  });
  it("is right also after a leg without a start", () => {
    const times = legTimes(rome.zone, () => undefined);
    const leg = { answer: "", offset: rome.before, talk: null };
    expect(times({ ...leg, start: "", end: "2026-10-25 03:10:00", total: 1 }).start_utc).toBeNull();
    const written = { start: "2026-10-25 02:50:00", end: "2026-10-25 03:10:00", total: 4_800 };
    expect(times({ ...leg, ...written }).end_utc).toBe("2026-10-25T02:10:00Z");
  });
  it("that has no end has its other times", () => {
    expect(
      read(rome.zone, { start: "2026-10-25 02:59:00", answer: "2026-10-25 02:00:10", offset: rome.before }),
    ).toMatchObject({
      start_utc: "2026-10-25T00:59:00Z",
      answer_utc: "2026-10-25T01:00:10Z",
      end_utc: null,
    });
    expect(read(rome.zone, { start: "2026-10-25 02:59:00", end: "none", answer: "" })).toMatchObject({
      start_utc: "2026-10-25T00:59:00Z",
      answer_utc: null,
      end_utc: null,
    });
  });
  it("that was answered before it began keeps the times of its row", () =>
    expect(
      read(rome.zone, {
        start: "2026-03-29 01:30:00",
        answer: "2026-03-29 01:29:58",
        end: "2026-03-29 01:40:00",
        offset: "+0100",
        talk: 602,
        total: 600,
      }),
    ).toMatchObject({ answer_utc: "2026-03-29T00:29:58Z", end_utc: "2026-03-29T00:40:00Z" }));
  it("of a PBX whose zone is set wrong keeps the offset of its row", () => {
    const written = {
      start: "2026-10-25 02:40:00",
      answer: "2026-10-25 02:40:10",
      end: "2026-10-25 02:50:00",
      offset: "-0500",
    };
    const utc = {
      start_utc: "2026-10-25T07:40:00Z",
      answer_utc: "2026-10-25T07:40:10Z",
      end_utc: "2026-10-25T07:50:00Z",
      mismatches: 1,
    };
    expect(read(rome.zone, written)).toEqual(utc);
    expect(read(rome.zone, { ...written, talk: 590, total: 600 })).toEqual(utc);
  });
  it.each(["", "soon", "0000-00-00 00:00:00", "1970-01-01 00:10:00", "9998-12-31 23:59:00"])(
    "that begins at %j does not stop the others",
    (start) => expect(() => read(rome.zone, { start, end: "2026-10-25 02:55:00", total: 60 })).not.toThrow(),
  );
});
