import { describe, expect, it } from "vitest";
import { dayAt } from "../../../lib/history/calendar/local-days.ts";
import { dayKey } from "../../../lib/history/days/day-ledger.ts";
import type { PlannedPbx } from "../../../lib/history/days/due-days.ts";
import type { StoredDay } from "../../../lib/history/days/pbx-day.ts";
import { type FleetReport, messageOf, reportFleet } from "../../../lib/history/planning/fleet-report.ts";
import { fleetKey, manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { silentLog } from "../../../lib/log.ts";
import { readText, writeText } from "../../../lib/store/store.ts";

import { plainStore } from "../../support/plain-store.ts";
import { storedDay } from "../../support/stored-day.ts";

const day = "2026-11-23";
const hour = 3_600_000;
const record = (change: Partial<StoredDay> = {}): StoredDay =>
  storedDay({ result: { rows: 10, seconds: 2 }, ...change });

const setUp = (zones: Readonly<Record<string, string>>, start = "2026-11-23T23:30:00Z") => {
  let now = Date.parse(start);
  const clock = { now: () => now, sleep: async () => undefined };
  const [state, store] = [memoryState(clock), plainStore()];
  const told: [string, string][] = [];
  const metrics: unknown[] = [];
  const ports = {
    state,
    store,
    clock,
    log: silentLog,
    config: { stage: "prod", format: "ndjson" as const },
    alarms: { notify: async (...message: [string, string]) => void told.push(message) },
    metrics: { put: (values: object) => void metrics.push(values) },
  };
  const places = (): PlannedPbx[] =>
    Object.entries(zones).map(([pbx, zone]) => ({
      pbx,
      zone,
      today: dayAt(zone, now),
      first: day,
      again: "2026-11-20",
    }));
  return {
    ports,
    told,
    metrics,
    places,
    later: (hours: number) => {
      now += hours * hour;
    },
    report: () => reportFleet(ports, places()),
    exported: async (pbx: string, change: Partial<StoredDay> = {}) => {
      await writeText(store, manifestKey(day, pbx), "{}", { absent: true });
      // records of this version have the format
      const { result = { rows: 10, seconds: 2 } } = change;
      const written = record({ ...change, result: { format: "ndjson", ...result } });
      await state.write(dayKey(day, pbx), written, { absent: true });
    },
    note: (pbx: string, change: Partial<StoredDay>) =>
      state.write(dayKey(day, pbx), record({ done: false, ...change }), { absent: true }),
    read: async (): Promise<FleetReport> => JSON.parse((await readText(store, fleetKey(day))) ?? "null"),
  };
};

describe("the fleet report", () => {
  it("counts PBXs whose day has another format or the old layout, and names the command that rewrites", async () => {
    const world = setUp({
      milan: "Europe/Rome",
      rome: "Europe/Rome",
      old: "Europe/Rome",
      late: "Europe/Rome",
    });
    await world.exported("milan");
    await world.exported("rome", { result: { rows: 1, seconds: 1, format: "parquet" } });
    const manifest = '{"version":1,"format":"ndjson"}';
    await writeText(world.ports.store, manifestKey(day, "old"), manifest, { absent: true });
    world.later(12);
    const [report] = await world.report();
    expect(report?.other_kinds).toEqual({ parquet: 1, "ndjson of version 1": 1 });
    const [, text = ""] = world.told[0] ?? [];
    expect(text).toContain("another format or layout");
    expect(text).toContain("- parquet: 1 PBX\n- ndjson of version 1: 1 PBX\n");
    expect(text).toContain(
      `\`wildix backfill --stage prod --force --format ndjson --from ${day} --to ${day}\``,
    );
  });
  it("is written without a notification as soon as the day is complete", async () => {
    const world = setUp({ milan: "Europe/Rome", rome: "Europe/Rome" });
    await world.exported("milan", { result: { rows: 10, seconds: 2 } });
    expect(await world.report()).toEqual([]);
    await world.exported("rome", { result: { rows: 5, seconds: 9 } });
    expect(await world.report()).toHaveLength(1);
    expect(await world.read()).toEqual({
      version: 1,
      day,
      pbxs: 2,
      exported: 2,
      rows: 15,
      missing: [],
      slowest: [
        { pbx: "rome", seconds: 9, rows: 5 },
        { pbx: "milan", seconds: 2, rows: 10 },
      ],
      written_at: "2026-11-23T23:30:00.000Z",
      told: false,
    });
    expect([world.told, world.metrics]).toEqual([[], [{ days_missing: 0 }]]);
    expect(await world.report()).toEqual([]);
  });

  it("waits until the day has ended in all time zones", async () => {
    const world = setUp({ milan: "Europe/Rome", honolulu: "Pacific/Honolulu" });
    await world.exported("milan");
    for (let hours = 0; hours < 10; hours++) {
      expect(await world.report()).toEqual([]);
      world.later(1);
    }
    await world.exported("honolulu");
    world.later(1);
    expect(await world.report()).toMatchObject([{ exported: 2 }]);
  });

  it("names PBXs that are not exported six hours after the day, with one notification, and is updated later", async () => {
    const zones = Object.fromEntries(["a", "b", "c", "d", "e"].map((pbx) => [pbx, "Europe/Rome"]));
    const world = setUp(zones);
    await world.exported("a");
    await world.note("b", { reason: { code: "WMS_UNREACHABLE", detail: "nothing answers" }, deaths: 2 });
    await world.note("c", { messageUntil: 9e9 });
    await world.note("d", { messageUntil: 9e9, runUntil: 9e9 });
    world.later(5);
    expect(await world.report()).toEqual([]);
    world.later(1);
    await world.report();
    expect(await world.read()).toMatchObject({
      pbxs: 5,
      exported: 1,
      told: true,
      missing: [
        { pbx: "b", code: "WMS_UNREACHABLE", reason: "nothing answers", deaths: 2 },
        { pbx: "c", code: "QUEUED", reason: "the day waits in the queue", deaths: 0 },
        { pbx: "d", code: "RUNNING", reason: "the export is running", deaths: 0 },
        { pbx: "e", code: "NOT_PLANNED", reason: "the day is not planned yet", deaths: 0 },
      ],
    });
    expect(world.metrics).toEqual([{ days_missing: 4 }]);
    expect(world.told).toHaveLength(1);
    expect(world.told[0]?.[0]).toBe("prod: Call history of 2026-11-23: 4 of 5 PBXs not exported");
    expect(world.told[0]?.[1]).toContain(
      "1 of 5 PBXs are exported for 2026-11-23.\n\nNot exported:\n\n- b: nothing answers (WMS_UNREACHABLE); dead letters so far: 2\n- c: the day waits in the queue (QUEUED)\n",
    );
    world.later(1);
    expect(await world.report()).toEqual([]);
    for (const pbx of ["b", "c", "d", "e"])
      await writeText(world.ports.store, manifestKey(day, pbx), "{}", { absent: true });
    expect(await world.report()).toMatchObject([{ exported: 5, missing: [], told: true }]);
    expect([world.told.length, world.metrics.length]).toEqual([1, 1]);
  });

  it("sends a notification in the next run after a failure of the topic", async () => {
    const world = setUp({ milan: "Europe/Rome" });
    world.later(6);
    const silent = { ...world.ports, alarms: { notify: () => Promise.reject(new Error("no topic")) } };
    const place = { pbx: "milan", zone: "Europe/Rome", today: "2026-11-24", first: day, again: day };
    await expect(reportFleet(silent, [place])).rejects.toThrow("no topic");
    expect(await world.read()).toMatchObject({ told: false });
    await world.report();
    expect(await world.read()).toMatchObject({ told: true });
    expect(world.told).toHaveLength(1);
  });

  it("is written again if it cannot be read", async () => {
    const world = setUp({ milan: "Europe/Rome" });
    await world.exported("milan");
    await writeText(world.ports.store, fleetKey(day), "damaged", { absent: true });
    expect(await world.report()).toHaveLength(1);
    expect(await world.read()).toMatchObject({ exported: 1 });
  });

  it("is updated for four days, and counts only PBXs that should have the day", async () => {
    const world = setUp({ milan: "Europe/Rome" });
    world.later(24 * 3);
    expect((await world.report()).map((report) => [report.day, report.pbxs])).toEqual([
      ["2026-11-25", 1],
      ["2026-11-24", 1],
      ["2026-11-23", 1],
    ]);
    const late = setUp({ milan: "Europe/Rome" });
    late.later(24 * 4);
    expect((await late.report()).map((report) => report.day)).not.toContain(day);
  });

  it("covers only days that are over in all time zones", async () => {
    const world = setUp({ auckland: "Pacific/Auckland", milan: "Europe/Rome" }, "2026-11-24T12:00:00Z");
    const places = world.places().map((place) => ({ ...place, first: "2026-01-01" }));
    const reports = await reportFleet(world.ports, places);
    expect(reports.map((report) => report.day)).toEqual([
      "2026-11-23",
      "2026-11-22",
      "2026-11-21",
      "2026-11-20",
    ]);
  });

  it.each([
    ["in Rome", { milan: "Europe/Rome" }, "2026-11-24T05:00:00Z"],
    [
      "in Honolulu, the last time zone",
      { milan: "Europe/Rome", oahu: "Pacific/Honolulu" },
      "2026-11-24T16:00:00Z",
    ],
  ])("is due six hours after the end of the day %s, to the second", async (_where, zones, due) => {
    const early = setUp(zones, new Date(Date.parse(due) - 1000).toISOString());
    expect(await early.report()).toEqual([]);
    expect(await setUp(zones, due).report()).toHaveLength(1);
  });

  it("counts the rows of PBXs that have a record, and names the ten slowest", async () => {
    const ids = Array.from({ length: 12 }, (_, at) => `pbx-${at}`);
    const world = setUp(Object.fromEntries([...ids, "old", "older"].map((pbx) => [pbx, "Europe/Rome"])));
    for (const [at, pbx] of ids.entries()) await world.exported(pbx, { result: { rows: 2, seconds: at } });
    const { result: _none, ...old } = record();
    await world.exported("old");
    await world.ports.state.write(dayKey(day, "older"), old, { absent: true });
    await writeText(world.ports.store, manifestKey(day, "older"), "{}", { absent: true });
    const [report] = await world.report();
    expect(report).toMatchObject({ exported: 14, rows: 12 * 2 + 10 });
    expect(report?.slowest.map(({ seconds }) => seconds)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  });

  it("is not built again when it is complete, until there are more PBXs", async () => {
    const zones: Record<string, string> = { milan: "Europe/Rome" };
    const world = setUp(zones);
    await world.exported("milan");
    await world.report();
    const list = (): never => {
      throw new Error("the records were asked for");
    };
    const blind = { ...world.ports, state: { ...world.ports.state, list } };
    expect(await reportFleet(blind, world.places())).toEqual([]);
    zones["rome"] = "Europe/Rome";
    await world.exported("rome");
    expect(await world.report()).toMatchObject([{ pbxs: 2, exported: 2 }]);
  });

  it("notifies once of PBXs with 0 rows that had thousands on the same weekday of the week before", async () => {
    const ids = ["closed", "new", "small", "usual", "busy"];
    const world = setUp(Object.fromEntries(ids.map((pbx) => [pbx, "Europe/Rome"])));
    const had = async (pbx: string, rows: number, date = "2026-11-16") =>
      world.ports.state.write(dayKey(date, pbx), record({ result: { rows, seconds: 1 } }), { absent: true });
    for (const pbx of ids)
      await world.exported(pbx, { result: { rows: pbx === "busy" ? 1 : 0, seconds: 1 } });
    await had("closed", 0);
    await had("closed", 9_000, "2026-11-22");
    await had("small", 999);
    await had("usual", 1_000);
    await had("busy", 5_000);
    const without_rows = [{ pbx: "usual", rows_week_before: 1_000 }];
    expect(await world.report()).toMatchObject([{ exported: 5, missing: [], without_rows, told: true }]);
    expect(await world.read()).toMatchObject({ without_rows, told: true });
    expect(world.told.map(([subject]) => subject)).toEqual([
      "prod: Call history of 2026-11-23: 1 of 5 PBXs without legs",
    ]);
    expect(await world.report()).toEqual([]);
    expect(world.told).toHaveLength(1);
  });

  it("does not mention a PBX with 0 rows whose rows of the week before are not known", async () => {
    const world = setUp({ milan: "Europe/Rome", failed: "Europe/Rome" });
    for (const pbx of ["milan", "failed"]) await world.exported(pbx, { result: { rows: 0, seconds: 1 } });
    const { result: _none, ...failed } = record({ done: false });
    await world.ports.state.write(dayKey("2026-11-16", "failed"), failed, { absent: true });
    const [report] = await world.report();
    expect(report).toMatchObject({ exported: 2, rows: 0, told: false });
    expect(report).not.toHaveProperty("without_rows");
    expect(world.told).toEqual([]);
  });

  it("reads the week before only for PBXs with 0 rows", async () => {
    const world = setUp({ milan: "Europe/Rome" });
    await world.exported("milan");
    const listed: string[] = [];
    const { state } = world.ports;
    const list: typeof state.list = (partition, after) => {
      listed.push(partition);
      return state.list(partition, after);
    };
    await reportFleet({ ...world.ports, state: { ...state, list } }, world.places());
    expect(listed).toEqual([`days/${day}`]);
  });

  it("is not written if no PBX is exported", async () => {
    expect(await setUp({}).report()).toEqual([]);
  });
});

describe("the notification", () => {
  const missing = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ pbx: `pbx-${n}`, code: "X", reason: "x", deaths: 1 }));
  const report = (count: number): FleetReport => ({
    version: 1,
    day,
    pbxs: 1000,
    exported: 1000 - count,
    rows: 1,
    missing: missing(count),
    slowest: [],
    written_at: "",
    told: false,
  });
  it("has a subject, the PBXs with their reasons, and what to do", () => {
    const [subject, text] = messageOf(report(2), "prod");
    expect(subject).toBe("prod: Call history of 2026-11-23: 2 of 1,000 PBXs not exported");
    expect(text).toBe(
      `998 of 1,000 PBXs are exported for 2026-11-23.

Not exported:

- pbx-0: x (X); dead letters so far: 1
- pbx-1: x (X); dead letters so far: 1

A failed day is retried after 1 hour, then 2, then 4, up to once a day.
To find the cause at one PBX, run \`wildix doctor --stage prod --pbx pbx-0\`.
When the cause is fixed, run \`wildix redrive --stage prod --pbx pbx-0\` to retry now.`,
    );
  });
  it("names PBXs without legs, alone and beside those that are not exported", () => {
    const without_rows = [{ pbx: "milan", rows_week_before: 5_123 }];
    const [subject, text] = messageOf({ ...report(0), without_rows }, "prod");
    expect(subject).toBe("prod: Call history of 2026-11-23: 1 of 1,000 PBXs without legs");
    const said = `Exported without legs:

- milan: 0 legs; 5,123 on 2026-11-16

Check whether there were calls on this day. If there were, check the PBX's call history in WMS.`;
    expect(text).toBe(`1,000 of 1,000 PBXs are exported for 2026-11-23.\n\n${said}`);
    const [both, all] = messageOf({ ...report(2), without_rows }, "prod");
    expect(both).toBe("prod: Call history of 2026-11-23: 2 of 1,000 PBXs not exported");
    expect(all).toBe(`${messageOf(report(2), "prod")[1]}\n\n${said}`);
  });
  it("on a laptop names no stage, and no command that needs a deployment", () => {
    expect(messageOf(report(1), undefined)).toEqual([
      "Call history of 2026-11-23: 1 of 1,000 PBXs not exported",
      `999 of 1,000 PBXs are exported for 2026-11-23.

Not exported:

- pbx-0: x (X); dead letters so far: 1

A failed day is retried after 1 hour, then 2, then 4, up to once a day.
To find the cause at one PBX, run \`wildix doctor --pbx pbx-0\`.`,
    ]);
  });
  it("counts the PBXs of each other format", () => {
    const other_kinds = { parquet: 1, csv: 1_200 };
    expect(
      messageOf({ ...report(0), other_kinds }, undefined, "ndjson")[1],
    ).toBe(`1,000 of 1,000 PBXs are exported for 2026-11-23.

Exported in another format or layout. One table cannot read these days together with new days:

- parquet: 1 PBX
- csv: 1,200 PBXs

To export them again, run \`wildix backfill --force --format ndjson --from 2026-11-23 --to 2026-11-23\`.`);
  });
  it("names twenty PBXs and the report that names all", () => {
    expect(messageOf(report(20), "prod")[1]).not.toContain("more");
    const [, text] = messageOf(report(23), "prod");
    expect(text.match(/^- pbx-/gm)).toHaveLength(20);
    expect(text).toContain("- and 3 more: all are in manifests/dt=2026-11-23/_fleet.json");
  });
});
