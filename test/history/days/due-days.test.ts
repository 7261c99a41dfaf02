import { describe, expect, it } from "vitest";
import { isDue, plannedPbxs } from "../../../lib/history/days/due-days.ts";
import type { PbxDay } from "../../../lib/history/days/pbx-day.ts";
import { type Log, silentLog } from "../../../lib/log.ts";
import type { PbxEntry } from "../../../lib/pbxs/registry.ts";

const clock = { now: () => Date.parse("2026-11-24T10:00:00Z"), sleep: async () => undefined };
const settings = { lookbackDays: 3, catchUpDays: 35, startDate: undefined };
const entry = (id: string, change: Partial<PbxEntry> = {}): PbxEntry => ({
  id,
  timezone: "Europe/Rome",
  exported: true,
  registeredAt: Date.parse("2026-11-20T12:00:00Z"),
  ...change,
});

it("a planned PBX has the dates of its own time zone", () =>
  expect(plannedPbxs([entry("milan")], settings, { clock, log: silentLog })).toEqual([
    { pbx: "milan", zone: "Europe/Rome", today: "2026-11-24", first: "2026-11-20", again: "2026-11-20" },
  ]));

it("nothing is planned that is older than the retention", () => {
  const registered = entry("milan", { registeredAt: 0 });
  const plan = (retentionDays: number, lookbackDays = 3) =>
    plannedPbxs([registered], { ...settings, lookbackDays, retentionDays }, { clock, log: silentLog });
  expect(plan(0)).toMatchObject([{ first: "2026-10-20", again: "2026-11-20" }]);
  expect(plan(0)[0]?.kept).toBeUndefined();
  expect(plan(10)).toMatchObject([{ first: "2026-11-14", again: "2026-11-20", kept: "2026-11-14" }]);
  expect(plan(10, 20)).toMatchObject([{ again: "2026-11-14" }]);
  expect(plan(400)).toMatchObject([{ first: "2026-10-20", kept: "2025-10-20" }]);
});

it("a PBX without a time zone, or with its export switched off, is not planned and not logged", () => {
  const log: Log = { ...silentLog, error: (message) => expect.unreachable(message) };
  const entries = [entry("no-zone", { timezone: undefined }), entry("off", { exported: false })];
  expect(plannedPbxs(entries, settings, { clock, log })).toEqual([]);
});

it("a wrong time zone is logged with its PBX", () => {
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, error: (...line) => lines.push(line) };
  expect(plannedPbxs([entry("moon", { timezone: "Moon/Base" })], settings, { clock, log })).toEqual([]);
  const field = "timezone of moon";
  const detail = expect.stringMatching(/^`timezone of moon` must be an IANA time zone /);
  expect(lines).toEqual([["PBX not planned", { pbx: "moon", code: "INPUT_INVALID", field, detail }]]);
});

it("a planned PBX has its customer; a wrong customer is logged with its PBX", () => {
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, error: (...line) => lines.push(line) };
  const entries = [entry("milan", { customer: "acme" }), entry("rome", { customer: "Acme/2" })];
  expect(plannedPbxs(entries, settings, { clock, log })).toMatchObject([{ pbx: "milan", customer: "acme" }]);
  const field = "customer of rome";
  const detail = expect.stringMatching(
    /^`customer of rome` must be 1 to 63 lower-case letters.*got "Acme\/2"\./,
  );
  expect(lines).toEqual([["PBX not planned", { pbx: "rome", code: "INPUT_INVALID", field, detail }]]);
});

it("a PBX without a registration date is planned from yesterday, and `startDate` replaces every date", () => {
  const unknown = entry("milan", { registeredAt: undefined });
  const first = (startDate: string | undefined) =>
    plannedPbxs([unknown], { ...settings, startDate }, { clock, log: silentLog })[0]?.first;
  expect([first(undefined), first("2026-11-10")]).toEqual(["2026-11-23", "2026-11-10"]);
});

describe("a day is due", () => {
  const now = 1_000_000;
  const today = "2026-11-24";
  const planned = { pbx: "milan", zone: "Europe/Rome", today, first: "2026-11-10", again: "2026-11-20" };
  const open = { token: "t", round: today, deadLetters: 0, messageUntil: now + 60 };
  const done: PbxDay = { token: "t", round: today, state: "done" };
  const waiting = (retryAt: number): PbxDay => ({ ...open, state: "waiting", retryAt });

  it.each<[what: string, day: string, hasManifest: boolean, record: PbxDay | undefined, due: boolean]>([
    ["today, which is not over", today, false, undefined, false],
    ["tomorrow", "2026-11-25", false, undefined, false],
    ["yesterday without a manifest", "2026-11-23", false, undefined, true],
    ["yesterday with a manifest: rows come late", "2026-11-23", true, undefined, true],
    ["today with a manifest", today, true, undefined, false],
    ["the last day that is read again", "2026-11-20", true, undefined, true],
    ["the day before it, with a manifest", "2026-11-19", true, undefined, false],
    ["the day before it, without a manifest", "2026-11-19", false, undefined, true],
    ["the first day of the PBX, without a manifest", "2026-11-10", false, undefined, true],
    ["the day before the first", "2026-11-09", false, undefined, false],
    ["queued already", "2026-11-23", false, { ...open, state: "queued" }, false],
    ["running", "2026-11-23", false, { ...open, state: "running", leaseUntil: now + 1 }, false],
    [
      "queued, but its message is gone",
      "2026-11-23",
      false,
      { ...open, state: "queued", messageUntil: now },
      true,
    ],
    ["done in this round", "2026-11-23", true, done, false],
    ["done in an earlier round", "2026-11-23", true, { ...done, round: "2026-11-23" }, true],
    ["done in this round, but its manifest is gone", "2026-11-23", false, done, true],
    [
      "done in an earlier round, and its manifest is gone",
      "2026-11-23",
      false,
      { ...done, round: "2026-11-23" },
      true,
    ],
    ["waiting for its retry", "2026-11-23", false, waiting(now + 1), false],
    ["waiting, at the second of its retry", "2026-11-23", false, waiting(now), true],
  ])("or not: %s", (_what, day, hasManifest, record, due) =>
    expect(isDue(planned, day, hasManifest, record, now)).toBe(due),
  );
});
