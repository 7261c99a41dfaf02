import { expect, it } from "vitest";
import { plannedPbxs } from "../../../lib/history/days/due-days.ts";
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
  plannedPbxs([entry("moon", { timezone: "Moon/Base" })], settings, { clock, log });
  const field = "timezone of moon";
  const detail = expect.stringMatching(/^`timezone of moon` must be an IANA time zone /);
  expect(lines).toEqual([["PBX not planned", { pbx: "moon", code: "INPUT_INVALID", field, detail }]]);
});
