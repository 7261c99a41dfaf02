import { describe, expect, it } from "vitest";
import type { PbxHealth, PbxProblem } from "../../lib/pbxs/check-pbxs.ts";
import { compareHealth, type KnownPbxs } from "../../lib/pbxs/health-changes.ts";

const hour = 3_600_000;
const start = Date.parse("2026-11-24T09:00:00Z");

const well = (pbx: string, daysLeft?: number): PbxHealth => ({ pbx, problem: undefined, daysLeft });
const broken = (pbx: string, check: PbxProblem["check"], daysLeft?: number): PbxHealth => ({
  pbx,
  daysLeft,
  problem: { check, detail: `about ${check}`, cure: "fix it" },
});

/** What each hourly check says, in short. */
const changesOf = (checks: readonly (readonly PbxHealth[])[], before: KnownPbxs = {}): string[] => {
  let known = before;
  return checks.map((healths, at) => {
    const { changes, next } = compareHealth(known, healths, start + at * hour);
    // what is known survives a restart as JSON
    known = JSON.parse(JSON.stringify(next));
    return [
      ...changes.broken.map(({ pbx, kind }) => `${pbx} ${kind}`),
      ...changes.well.map(({ pbx, kind, since }) => `${pbx} not ${kind} since ${(since - start) / hour}`),
      ...changes.ending.map(({ pbx, daysLeft }) => `${pbx} ends in ${daysLeft}`),
      ...changes.renewed.map((pbx) => `${pbx} renewed`),
    ].join(", ");
  });
};

describe("changes of PBXs between two checks", () => {
  it("has a PBX that is broken from the first check on, once", () => {
    const down = [broken("milan", "connection")];
    expect(changesOf([down, down, down])).toEqual(["milan unreachable", "", ""]);
  });
  it("has a PBX that is well again, once, with the time of the problem", () => {
    const checks = [[well("a")], [broken("a", "dns")], [broken("a", "dns")], [well("a")], [well("a")]];
    expect(changesOf(checks)).toEqual(["", "a unreachable", "", "a not unreachable since 1", ""]);
  });
  it("compares kinds of problems, not single checks", () => {
    const checks = [[broken("a", "dns")], [broken("a", "tls")], [broken("a", "secret")], [well("a")]];
    expect(changesOf(checks)).toEqual(["a unreachable", "", "a refusing", "a not refusing since 2"]);
  });
  it("has a PBX that works and fails in turn three times, and then after six hours without a failure", () => {
    const [up, down] = [[well("a")], [broken("a", "dns")]];
    const turns = [down, up, down, up, down, up, down];
    const calm = Array.from({ length: 8 }, () => up);
    expect(changesOf([...turns, ...calm])).toEqual([
      "a unreachable",
      "a not unreachable since 0",
      "a unreachable",
      ...["", "", "", "", "", "", "", "", "", ""],
      "a not unreachable since 2",
      "",
    ]);
  });
  it("has each kind of an unsteady PBX once", () => {
    const [up, down, refusing] = [[well("a")], [broken("a", "dns")], [broken("a", "secret")]];
    expect(changesOf([down, refusing, down, refusing, up, down, up, refusing, down, refusing])).toEqual([
      ...["a unreachable", "a refusing", "", "", "a not refusing since 3"],
      ...["a unreachable", "", "a refusing", "", ""],
    ]);
  });
  it("has a PBX that fails again a day after it worked as a new failure", () => {
    const day = Array.from({ length: 25 }, () => [well("a")]);
    const [up, down] = [[well("a")], [broken("a", "dns")]];
    const said = changesOf([down, ...day, down, up]);
    expect(said.filter((text) => text !== "")).toEqual([
      "a unreachable",
      "a not unreachable since 0",
      "a unreachable",
      "a not unreachable since 26",
    ]);
    expect(compareHealth({ a: { ended: start } }, [well("a")], start + 24 * hour).next).toEqual({});
  });
  it("says of a PBX that fails again that it is unsteady", () => {
    const ended = { a: { ended: start } };
    const { changes } = compareHealth(ended, [broken("a", "dns")], start + 23 * hour);
    expect(changes.broken).toMatchObject([{ pbx: "a", unsteady: true }]);
    expect(compareHealth(ended, [broken("a", "dns")], start + 24 * hour).changes.broken).toEqual([
      { pbx: "a", kind: "unreachable", problem: expect.anything() },
    ]);
  });
  it.each([
    ["connection", "unreachable"],
    ["answers", "failing"],
    ["credentials", "refusing"],
    ["clock", "clock"],
    ["time zone", "zone"],
    ["registration", "registration"],
  ] as const)("names the problem of the check %s %s", (check, kind) => {
    expect(changesOf([[broken("a", check)]])).toEqual([`a ${kind}`]);
  });
  it("has credentials that end in 30, 7 and 1 days, each once, and when they are renewed", () => {
    const days = [31, 30, 29, 8, 7, 6, 2, 1, 0, -1, 365];
    expect(changesOf(days.map((left) => [well("a", left)]))).toEqual([
      "",
      "a ends in 30",
      "",
      "",
      "a ends in 7",
      "",
      "",
      "a ends in 1",
      "",
      "",
      "a renewed",
    ]);
  });
  it("has the end of new credentials that end soon too, and each warning of it", () => {
    const ending = (daysLeft: number, day: string): readonly PbxHealth[] => [
      { ...well("a", daysLeft), ends: { day, from: "secret" } },
    ];
    const checks = [
      ending(1, "2026-11-25"),
      ending(14, "2026-12-08"),
      ending(14, "2026-12-08"),
      ending(7, "2026-12-08"),
      ending(6, "2026-12-07"),
      ending(1, "2026-12-07"),
    ];
    expect(changesOf(checks)).toEqual(["a ends in 1", "a ends in 14", "", "a ends in 7", "", "a ends in 1"]);
  });
  it("has the end of shared credentials once, of the PBX whose they are", () => {
    const borrowed: PbxHealth = { ...well("b", 7), lender: "a" };
    const healths = [well("a", 7), borrowed];
    // b had credentials of its own, which would end soon
    expect(changesOf([healths, healths], { b: { warned: 30 } })).toEqual(["a ends in 7", ""]);
    expect(changesOf([[{ ...borrowed, daysLeft: 365 }]], { b: { warned: 30 } })).toEqual([""]);
    const { next } = compareHealth({}, [{ ...borrowed, ends: { day: "2026-12-01", from: "secret" } }], start);
    expect(next).toEqual({ b: { ends: "2026-12-01" } });
  });
  it("has credentials whose first check is late, only once", () => {
    expect(changesOf([[well("a", 5)], [well("a", 4)], [well("a", 1)]])).toEqual([
      "a ends in 5",
      "",
      "a ends in 1",
    ]);
  });
  it("keeps what is known of a PBX that was not checked", () => {
    const unchecked = { ...well("a"), unchecked: true };
    const unread = { ...broken("b", "registration"), unchecked: true };
    const down = [broken("a", "dns", 5), well("b")];
    expect(changesOf([down, [unchecked, unread], down])).toEqual(["a unreachable, a ends in 5", "", ""]);
  });
  it("does not take a secret that cannot be read for renewed credentials", () => {
    expect(changesOf([[well("a", 5)], [broken("a", "registration")], [well("a", 5)]])).toEqual([
      "a ends in 5",
      "a registration",
      "a not registration since 1",
    ]);
  });
  it("forgets a PBX that is gone", () => {
    expect(changesOf([[broken("a", "dns")], [], [broken("a", "dns")]])).toEqual([
      "a unreachable",
      "",
      "a unreachable",
    ]);
  });
});
