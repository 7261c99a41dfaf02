import { describe, expect, it } from "vitest";
import { type CallbackSettings, callbackDefaults, callbackHours } from "../../lib/pbxs/callback-settings.ts";

/** The openings from an instant on, in UTC. */
const openings = (
  from: string,
  country: string,
  count: number,
  callbacks: CallbackSettings = {},
  beside: { timezone?: string; calling_hours?: CallbackSettings["hours"] } = { timezone: "Europe/Rome" },
): string[] => {
  const hours = callbackHours(callbacks, beside);
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    const next = hours.next(at, country);
    if (next === undefined) return [...found, "never"];
    const text = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
    found.push(`${text(next.from)} ${text(next.to)}`);
    at = next.to;
  }
  return found;
};

describe("the hours of callbacks", () => {
  it("are Monday to Friday 09:00 to 18:00 without the last five minutes", () =>
    expect(openings("2026-11-27T00:00:00Z", "IT", 2)).toEqual([
      "2026-11-27T08:00 2026-11-27T16:55",
      "2026-11-30T08:00 2026-11-30T16:55",
    ]));
  it("are those of the PBX if it has any, and both if it has both", () => {
    const calling_hours = { sat: ["10:00-12:00", "14:00-16:00"] };
    const beside = { timezone: "Europe/Rome", calling_hours };
    expect(openings("2026-11-27T00:00:00Z", "IT", 2, {}, beside)).toEqual([
      "2026-11-28T09:00 2026-11-28T10:55",
      "2026-11-28T13:00 2026-11-28T14:55",
    ]);
    const hours = { sat: ["11:00-15:00"], sun: ["11:00-15:00"] };
    expect(openings("2026-11-27T00:00:00Z", "IT", 2, { hours }, beside)).toEqual([
      "2026-11-28T10:00 2026-11-28T10:55",
      "2026-11-28T13:00 2026-11-28T13:55",
    ]);
  });
  it("leave out holidays of every year and of one, by the PBX's calendar", () =>
    expect(
      openings("2026-12-24T00:00:00Z", "IT", 2, { holidays: ["12-25", "2026-12-24", "2027-12-28"] }),
    ).toEqual(["2026-12-28T08:00 2026-12-28T16:55", "2026-12-29T08:00 2026-12-29T16:55"]));
  it("suit every zone of the country that is called", () => {
    expect(openings("2026-11-24T00:00:00Z", "US", 2, {}, { timezone: "America/New_York" })).toEqual([
      // 09:00 in Adak and Honolulu
      "2026-11-24T19:00 2026-11-24T22:55",
      "2026-11-25T19:00 2026-11-25T22:55",
    ]);
    expect(openings("2026-11-24T00:00:00Z", "JP", 2)).toEqual([
      // until 20:00 in Tokyo
      "2026-11-24T08:00 2026-11-24T11:00",
      "2026-11-25T08:00 2026-11-25T11:00",
    ]);
    expect(openings("2026-11-24T00:00:00Z", "RU", 1)).toEqual(["never"]);
  });
  it("follow a clock that changes", () => {
    const hours = { sat: ["09:00-18:00"], sun: ["09:00-18:00"] };
    const rome = openings("2026-10-24T00:00:00Z", "IT", 2, { hours });
    expect(rome).toEqual(["2026-10-24T07:00 2026-10-24T15:55", "2026-10-25T08:00 2026-10-25T16:55"]);
    const sydney = openings("2027-04-03T00:00:00Z", "AU", 1, { hours }, { timezone: "Australia/Sydney" });
    // until 18:00 in Sydney, from 09:00 in Perth
    expect(sydney).toEqual(["2027-04-03T01:00 2027-04-03T06:55"]);
  });
  it("go on over midnight where the other side's day allows it", () => {
    const hours = { mon: ["18:00-24:00"], tue: ["00:00-06:00"] };
    expect(openings("2026-11-23T00:00:00Z", "US", 1, { hours })).toEqual([
      "2026-11-23T19:00 2026-11-23T23:00",
    ]);
    expect(openings("2026-11-23T20:00:00Z", "US", 1, { hours })).toEqual([
      "2026-11-23T19:00 2026-11-23T23:00",
    ]);
    expect(openings("2026-11-23T23:00:00Z", "US", 1, { hours })).toEqual([
      "2026-11-23T23:00 2026-11-24T01:00",
    ]);
  });
  it("shrink by an hour that the clock skips, and use the first of two", () => {
    const hours = { sun: ["09:00-18:00"] };
    // Lord Howe changes by half an hour; here it only must not fail
    expect(
      openings("2026-10-04T00:00:00Z", "AU", 1, { hours }, { timezone: "Australia/Lord_Howe" }),
    ).toHaveLength(1);
    expect(callbackDefaults.theirs).toEqual({ from: 9, to: 20 });
  });
});
