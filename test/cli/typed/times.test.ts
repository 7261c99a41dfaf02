import { describe, expect, it } from "vitest";
import { readDays, readInstant, readMoment } from "../../../cli/typed/times.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../../support/cli.ts";

const now = Date.parse("2026-11-24T10:00:00Z");

describe("a day or time of an option", () => {
  it.each([
    ["2026-11-01", { day: "2026-11-01", seconds: undefined }],
    ["today", { day: "2026-11-24", seconds: undefined }],
    ["yesterday", { day: "2026-11-23", seconds: undefined }],
    ["-7d", { day: "2026-11-17", seconds: undefined }],
    ["\u22127d", { day: "2026-11-17", seconds: undefined }],
    ["Yesterday", { day: "2026-11-23", seconds: undefined }],
    ["+30d", { day: "2026-12-24", seconds: undefined }],
    ["2026-11-13 09:00", { day: "2026-11-13", seconds: 32_400 }],
    ["2026-11-13T23:59:58", { day: "2026-11-13", seconds: 86_398 }],
  ])("%s", (text, moment) => expect(readMoment(text, "--from")("2026-11-24")).toEqual(moment));
  it.each([
    ["01.11.2026", "`--from` must be a day such as 2026-11-01; got 01.11.2026."],
    ["2026-02-30", "`--from` must be a day of the calendar; got 2026-02-30."],
    ["2026-02-31 99:99:99", "`--from` must be a day of the calendar; got 2026-02-31 99:99:99."],
    ["0202-11-24", "`--from` must be a day from 1970-01-01 on; got 0202-11-24."],
    ["2026-02-28 24:00", "`--from` must be a time from 00:00:00 to 23:59:59; got 2026-02-28 24:00."],
    ["7d", "`--from` must be a day such as 2026-11-01; got 7d."],
    ["", "`--from` must be a day such as 2026-11-01; got an empty string."],
  ])("%j is refused", (text, message) => expect(() => readMoment(text, "--from")).toThrow(message));
  it.each([
    ["2027-01-31", "2027-01-31T00:00:00Z"],
    ["2027-01-31 18:00", "2027-01-31T18:00:00Z"],
    ["2027-01-31T18:00:00+02:00", "2027-01-31T16:00:00Z"],
    ["yesterday", "2026-11-23T00:00:00Z"],
    ["+7d", "2026-12-01T00:00:00Z"],
  ])("as an instant: %s", (text, instant) =>
    expect(readInstant(text, "--at", now)).toBe(Date.parse(instant)),
  );
  it.each(["2027-02-30T00:00:00Z", "2027-02-30", "2099-02-31T00:00:00Zx", "EST", "2027-01-31T25:00:00Z"])(
    "as an instant, %s is refused",
    (text) => expect(() => readInstant(text, "--at", now)).toThrow(/^`--at` must be .*; got /),
  );
  it("is meant by the clock of each zone", () => {
    const late = Date.parse("2026-11-24T23:30:00Z");
    const days = readDays({ from: "-1d", to: "yesterday" }, late);
    expect([days("UTC"), days("Europe/Rome")]).toEqual([["2026-11-23"], ["2026-11-24"]]);
  });
});

describe("every command that takes days", () => {
  it("exports from -3d to yesterday, and skips what is exported", async () => {
    const { env } = await startPbx();
    const out = await newDirectory();
    const told = await wildix(["export", "--from", "-3d", "--to", "yesterday", "--out", out], env);
    expect([told.code, told.out.match(/✓/g)?.length]).toEqual([0, 3]);
    const day = daysAgo(3);
    const again = await wildix(["export", "--from", day, "--to", day, "--out", out], env);
    expect([again.code, again.out]).toEqual([0, expect.stringContaining(`✓ ${day}`)]);
  });
  it.each([
    ["export", "--from", "2026-11-02 09:00", "--to", "2026-11-02", "--out", "x"],
    ["export", "--from", "2026-11-01", "--to", "2026-11-02T09:00:00", "--out", "x"],
    ["backfill", "--stage", "prod", "--from", "2026-11-02 09:00", "--to", "2026-11-02"],
    ["verify", "x", "--from", "2026-11-02 09:00"],
    ["verify", "x", "--to", "2026-11-02 09:00"],
    ["report", "x", "--from", "2026-11-02 09:00", "--to", "2026-11-02 10:00"],
    ["report", "x", "--to", "2026-11-02 09:00"],
  ])("refuses a time where only a whole day is possible: %s %s %s %s %s", async (...args) => {
    expect(await wildix(args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^✗ `--(?:from|to)` must be a whole day, without a time; got 2026-11-02[ T]09:00(?::00)?\. Give only the day: 2026-11-02\. \(USAGE\)$/,
      ),
    });
  });
  it("shows the history of a part of a day", async () => {
    const { env } = await startPbx();
    const legs = async (from: string, to: string): Promise<{ start: string }[]> => {
      const { code, out } = await wildix(
        ["history", "--from", from, "--to", to, "--json", "--limit", "999"],
        env,
      );
      expect(code).toBe(0);
      return JSON.parse(out);
    };
    const [day, part] = [await legs("-3d", "-3d"), await legs(`${daysAgo(3)} 09:00`, `${daysAgo(3)} 12:00`)];
    expect(part).toEqual(
      day.filter(({ start }) => start.slice(11) >= "09:00:00" && start.slice(11) < "12:00:00"),
    );
    expect(part.length).toBeGreaterThan(0);
    expect(part.length).toBeLessThan(day.length);
  });
  it.each([
    ["history", "--from", "2026-02-30", "--to", "2026-03-01"],
    ["history", "--from", "2026-02-01", "--to", "2026-02-31 99:99:99"],
    ["history", "--from", "2026-11-02", "--to", "2026-11-01"],
    ["export", "--from", "2026-11-02", "--to", "2026-11-01 09:00", "--out", "x"],
    ["backfill", "--stage", "prod", "--from", "2026-11-31", "--to", "2026-12-01"],
    ["export", "--from", "2026-11-02", "--to", "9999-12-31", "--out", "x"],
    ["backfill", "--stage", "prod", "--from", "2026-11-02", "--to", "+367d"],
    ["sign", "{}", "--at", "2026-02-30"],
  ])("wrong days are exit code 2: %s %s %s %s %s", async (...args) => {
    const told = await wildix(args);
    expect([told.code, told.err]).toEqual([2, expect.stringMatching(/^✗ `--\w+` must .*; got .*\(USAGE\)$/)]);
  });
});
