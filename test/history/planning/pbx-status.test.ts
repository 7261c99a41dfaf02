import { describe, expect, it } from "vitest";
import { shiftDay } from "../../../lib/history/calendar/local-days.ts";
import type { PlannedPbx } from "../../../lib/history/days/due-days.ts";
import { readFleet } from "../../../lib/history/days/fleet-status.ts";
import { finished, started } from "../../../lib/history/days/pbx-day.ts";
import { exportsOfPbxs } from "../../../lib/history/planning/pbx-status.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { writeText } from "../../../lib/store/store.ts";
import { changeDay, type DayChange, fails, failure, queuedUntil } from "../../support/pbx-days.ts";
import { plainStore } from "../../support/plain-store.ts";

const today = "2026-11-24";
const start = Date.parse(`${today}T10:00:00Z`);
const planned = (pbx: string): PlannedPbx => ({
  pbx,
  zone: "Europe/Rome",
  today,
  first: "2026-01-01",
  again: "2026-11-20",
});
const finishedWith =
  (rows: number): DayChange =>
  (day) =>
    finished(started(day, 0), { rows, seconds: 1 }, false);

const setUp = () => {
  const clock = { now: () => start, sleep: async () => undefined };
  const [state, store] = [memoryState(clock), plainStore()];
  /** Days whose records the status read. */
  const listed: string[] = [];
  const watched: Pick<typeof state, "list"> = {
    list: (partition, after, before) => {
      listed.push(partition);
      return state.list(partition, after, before);
    },
  };
  const change = (pbx: string, day: string, act: DayChange) => changeDay({ state, clock }, { pbx, day }, act);
  const manifest = (pbx: string, day: string) =>
    writeText(store, manifestKey(day, pbx), "{}", { absent: true });
  return {
    state,
    listed,
    change,
    manifest,
    exported: async (pbx: string, day: string, rows: number) => {
      await manifest(pbx, day);
      await change(pbx, day, finishedWith(rows));
    },
    status: async (pbxs: readonly string[], days: readonly string[]) => {
      const places = pbxs.map(planned);
      return exportsOfPbxs(watched, places, await readFleet({ state, store }, places, days), start);
    },
  };
};

describe("the exports of each PBX", () => {
  it("are the newest exported day, its rows, and those of the same weekday in the week before", async () => {
    const { exported, status } = setUp();
    await exported("milan", "2026-11-22", 20);
    await exported("milan", "2026-11-21", 21);
    await exported("milan", "2026-11-15", 15);
    await exported("milan", "2026-11-14", 14);
    await exported("rome", "2026-11-21", 1);
    await exported("rome", "2026-11-14", 2);
    expect(await status(["rome", "milan"], ["2026-11-21", "2026-11-22"])).toEqual([
      {
        pbx: "rome",
        missing: [{ day: "2026-11-22", code: "NOT_PLANNED", reason: "the day is not planned yet" }],
        last_exported: "2026-11-21",
        rows: 1,
        usual_rows: 2,
      },
      { pbx: "milan", missing: [], last_exported: "2026-11-22", rows: 20, usual_rows: 15 },
    ]);
  });

  it("have each day without a manifest, newest first, and why", async () => {
    const { change, status } = setUp();
    const now = start / 1000;
    await change("milan", "2026-11-23", queuedUntil(now + 1));
    await change("milan", "2026-11-22", fails);
    // its message is over at this second
    await change("milan", "2026-11-21", queuedUntil(now));
    expect(await status(["milan"], ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"])).toEqual([
      {
        pbx: "milan",
        missing: [
          { day: "2026-11-23", code: "QUEUED", reason: "the day waits in the queue" },
          { day: "2026-11-22", code: failure.code, reason: failure.detail },
          {
            day: "2026-11-21",
            code: "WAITING",
            reason: "no attempt finished; the day is retried later",
          },
          { day: "2026-11-20", code: "NOT_PLANNED", reason: "the day is not planned yet" },
        ],
      },
    ]);
  });

  it("have no rows if the records are expired or are from a failed attempt", async () => {
    const { manifest, exported, change, status } = setUp();
    // no record of the day
    await manifest("milan", "2026-11-23");
    await exported("milan", "2026-11-16", 5);
    // no record of the week before, among those of other PBXs
    await exported("rome", "2026-11-23", 7);
    // records without a result
    await manifest("oslo", "2026-11-23");
    await change("oslo", "2026-11-23", fails);
    await change("oslo", "2026-11-16", fails);
    expect(await status(["milan", "rome", "oslo"], ["2026-11-23"])).toEqual([
      { pbx: "milan", missing: [], last_exported: "2026-11-23", usual_rows: 5 },
      { pbx: "rome", missing: [], last_exported: "2026-11-23", rows: 7 },
      { pbx: "oslo", missing: [], last_exported: "2026-11-23" },
    ]);
  });

  it.each([
    ["a holiday a week before", [0, 3_000, 2_900], 2_900],
    ["a holiday two weeks before", [2_900, 0], 2_900],
    ["a day of unusually many rows", [9_000, 3_000, 2_900], 3_000],
    ["one known day", [undefined, undefined, 7], 7],
    ["a day four weeks before", [undefined, undefined, undefined, 7], undefined],
  ] as const)("compare with the usual rows of the weekday: %s", async (_, rows, usual) => {
    const { exported, status } = setUp();
    await exported("milan", "2026-11-23", 5);
    for (const [at, count] of rows.entries())
      if (count !== undefined) await exported("milan", shiftDay("2026-11-23", -7 * (at + 1)), count);
    const [milan] = await status(["milan"], ["2026-11-23"]);
    expect(milan?.usual_rows).toBe(usual);
  });

  it("read the records of weeks before once for all PBXs, and not if a day was read already", async () => {
    const { exported, status, listed } = setUp();
    for (const pbx of ["milan", "rome"]) await exported(pbx, "2026-11-23", 9);
    await exported("milan", "2026-11-16", 3);
    expect(await status(["milan", "rome"], ["2026-11-23"])).toMatchObject([{ usual_rows: 3 }, {}]);
    expect(listed).toEqual(["days/2026-11-16", "days/2026-11-09", "days/2026-11-02"]);
    listed.length = 0;
    const days = Array.from({ length: 8 }, (_, back) => shiftDay("2026-11-23", -back));
    expect(await status(["milan"], days)).toMatchObject([{ rows: 9, usual_rows: 3 }]);
    expect(listed).toEqual(["days/2026-11-09", "days/2026-11-02"]);
  });

  it("are empty without a PBX, and without a day nothing is missing", async () => {
    const { status, listed } = setUp();
    expect(await status([], ["2026-11-23"])).toEqual([]);
    expect(await status(["milan"], [])).toEqual([{ pbx: "milan", missing: [] }]);
    expect(listed).toEqual([]);
  });
});
