import { describe, expect, it } from "vitest";
import { isCountry } from "../../lib/numbering-plans.ts";
import {
  blockedCallbacks,
  type CallbackSettings,
  callbackDefaults,
  callbackFault,
  callbackHours,
  forbiddenCallbacks,
} from "../../lib/pbxs/callback-settings.ts";

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
  it("go on where one span follows another", () =>
    expect(
      openings("2026-11-23T00:00:00Z", "IT", 3, { hours: { mon: ["13:00-14:00", "09:00-13:00"] } }),
    ).toEqual([
      "2026-11-23T08:00 2026-11-23T12:00",
      "2026-11-23T12:00 2026-11-23T12:55",
      "2026-11-30T08:00 2026-11-30T12:00",
    ]));
  it("begin again after holidays of a month, and no later", () => {
    const holidays = (days: number): CallbackSettings => ({
      holidays: Array.from({ length: days }, (_, at) =>
        new Date(Date.UTC(2026, 7, 1 + at)).toISOString().slice(0, 10),
      ),
      hours: Object.fromEntries(
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((weekday) => [weekday, ["09:00-18:00"]]),
      ),
    });
    expect(openings("2026-08-01T10:00:00Z", "IT", 1, holidays(31))).toEqual([
      "2026-09-01T07:00 2026-09-01T15:55",
    ]);
    expect(openings("2026-08-01T10:00:00Z", "IT", 1, holidays(32))).toEqual(["never"]);
  });
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
  it("suit a zone of every country that can be called", () => {
    const always = ["00:00-24:00"];
    const hours = { mon: always, tue: always, wed: always, thu: always, fri: always };
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const countries = letters.flatMap((a) => letters.map((b) => a + b)).filter(isCountry);
    const opening = callbackHours({ hours }, { timezone: "Europe/Rome" });
    const rungAtNight = countries.filter((country) => {
      const { from = 0, to = 0 } = opening.next(Date.parse("2026-11-25T00:00:00Z"), country) ?? {};
      return to - from > 11 * 3_600_000;
    });
    expect([countries.length > 200, rungAtNight]).toEqual([true, []]);
    expect(openings("2026-11-25T00:00:00Z", "XK", 1, { hours })).toEqual([
      "2026-11-25T08:00 2026-11-25T19:00",
    ]);
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

describe("settings of calls that refuse every callback", () => {
  const calls = { country: "IT", contexts: ["users"], allowed_countries: ["IT"] };
  const call = { mode: "call" } as const;
  it.each<
    [string, CallbackSettings | undefined, Parameters<typeof forbiddenCallbacks>[1], object | undefined]
  >([
    ["none", call, calls, undefined],
    ["none without callbacks", undefined, {}, undefined],
    ["none in the mode observe", { mode: "observe" }, {}, undefined],
    ["none in the default mode", {}, {}, undefined],
    ["none with more countries", call, { ...calls, allowed_countries: ["CH", "IT"] }, undefined],
    [
      "no dialplan",
      call,
      { ...calls, contexts: [] },
      {
        field: "settings.contexts",
        detail: "`settings.contexts` must name the context in which callbacks are dialled; got none.",
      },
    ],
    [
      "dialplans that are not set",
      call,
      { country: "IT", allowed_countries: ["IT"] },
      { field: "settings.contexts" },
    ],
    [
      "no allowed country",
      call,
      { country: "IT", contexts: ["users"] },
      {
        field: "settings.allowed_countries",
        detail:
          "`settings.allowed_countries` must include IT, because its numbers are called back; got none.",
      },
    ],
    [
      "other countries",
      { ...call, countries: ["IT", "CH"] },
      { ...calls, allowed_countries: ["IT", "US"] },
      {
        field: "settings.allowed_countries",
        detail:
          "`settings.allowed_countries` must include CH, because its numbers are called back; got IT, US.",
      },
    ],
  ])("%s", (_name, callbacks, beside, fault) => {
    const found = forbiddenCallbacks(callbacks, beside);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(fault);
  });
});

describe("settings of callbacks that block some callbacks, although the secret is valid", () => {
  const india = { country: "IN", timezone: "Asia/Kolkata", extension_pattern: "[1-9][0-9]{2}" };
  const italy = { country: "IT", timezone: "Europe/Rome", extension_pattern: "[0-9]{3,4}" };
  it.each<[string, CallbackSettings, Parameters<typeof blockedCallbacks>[1], string, string]>([
    [
      "a target that is an emergency number",
      { targets: { "*": "201", Sales: "101" } },
      india,
      "settings.callbacks.targets.Sales",
      "must not reach an emergency line; got 101. Name another extension.",
    ],
    [
      "a target that is an emergency number after the prefix for calls outside",
      { targets: { "*": "0112" } },
      { ...italy, outside_prefix: "0" },
      "settings.callbacks.targets.*",
      "must not reach an emergency line; got 0112. Name another extension.",
    ],
    [
      "hours that the clocks of the number's country part in summer",
      { countries: ["GB"], hours: { tue: ["01:00-01:30"] } },
      india,
      "settings.callbacks.hours",
      "in every time zone of GB; got hours that do not in July. Change the hours",
    ],
    [
      "default hours that suit a country only in its winter",
      { countries: ["NZ"] },
      italy,
      "settings.callbacks.hours",
      "in every time zone of NZ; got hours that do not in January. The default is Monday to Friday 09:00 to 18:00.",
    ],
  ])("%s", (_name, callbacks, beside, field, says) => {
    expect(callbackFault(callbacks, beside)).toBeUndefined();
    expect(blockedCallbacks(callbacks, beside)).toEqual({ field, detail: expect.stringContaining(says) });
  });
  it("none", () => {
    expect(blockedCallbacks(undefined, italy)).toBeUndefined();
    expect(blockedCallbacks({ targets: { "*": "201" } }, italy)).toBeUndefined();
  });
});
