import { describe, expect, it } from "vitest";
import { deadLettered, finished, started } from "../../../lib/history/days/pbx-day.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { writeText } from "../../../lib/store/store.ts";
import { fleetStatus } from "../../support/fleet-status.ts";
import { changeDay, type DayChange, fails, failure, queuedUntil } from "../../support/pbx-days.ts";
import { plainStore } from "../../support/plain-store.ts";

const today = "2026-11-24";
const day = "2026-11-22";
const start = Date.parse(`${today}T10:00:00Z`);
const now = start / 1000;
const planned = (pbx: string, first = "2026-01-01") => ({
  pbx,
  zone: "Europe/Rome",
  today,
  first,
  again: "2026-11-20",
});

const setUp = () => {
  const clock = { now: () => start, sleep: async () => undefined };
  const ports = { state: memoryState(clock), store: plainStore(), clock };
  return {
    ports,
    change: (pbx: string, act: DayChange, on = day) => changeDay(ports, { pbx, day: on }, act),
    exported: (pbx: string, on = day) => writeText(ports.store, manifestKey(on, pbx), "{}", { absent: true }),
  };
};

describe("the status of days", () => {
  it("names each PBX that is not exported, its state and the reason", async () => {
    const { ports, change, exported } = setUp();
    await exported("done");
    await change("queued", queuedUntil(now + 60));
    await change("running", (open) => started(queuedUntil(now + 60)(open), now + 60));
    await change("failing", (open) => queuedUntil(now + 60)(fails(open)));
    await change("waiting", (open) => deadLettered(fails(open), now));
    // at the second at which message and lease end
    await change("over", (open) => started(queuedUntil(now)(open), now));
    const ids = ["done", "queued", "running", "failing", "waiting", "over", "unknown"];
    const why = { code: failure.code, reason: failure.detail };
    const pbxs = ids.map((pbx) => planned(pbx));
    const waiting = { pbx: "waiting", state: "waiting", deaths: 1, ...why };
    const expected = {
      day,
      pbxs: 7,
      exported: 1,
      waiting: [
        { pbx: "queued", state: "queued", deaths: 0 },
        { pbx: "running", state: "running", deaths: 0 },
        { pbx: "failing", state: "failing", deaths: 0, ...why },
        { ...waiting, next_try: "2026-11-24T11:00:00.000Z" },
        { pbx: "over", state: "waiting", deaths: 0 },
        { pbx: "unknown", state: "not planned", deaths: 0 },
      ],
    };
    expect(await fleetStatus(ports, pbxs, [day], start)).toEqual([expected]);
    const [later] = await fleetStatus(ports, pbxs, [day], start + 3_600_000);
    expect(later?.waiting).toContainEqual(waiting);
  });

  it("has no days older than the retention, exported or not", async () => {
    const { ports, exported, change } = setUp();
    await exported("milan");
    await change("rome", (open) => deadLettered(fails(open), now));
    const pbxs = ["milan", "rome"].map((pbx) => ({ ...planned(pbx), kept: "2026-11-23" }));
    expect((await fleetStatus(ports, pbxs, [day, "2026-11-23"], start)).map((each) => each.day)).toEqual([
      "2026-11-23",
    ]);
  });

  it("lists days newest first, without today", async () => {
    const { ports } = setUp();
    const asked = ["2026-11-21", "2026-11-23", today, day];
    const days = await fleetStatus(ports, [planned("milan")], asked, start);
    expect(days.map((each) => each.day)).toEqual(["2026-11-23", day, "2026-11-21"]);
  });

  it("says that a day waits whose export is done, but whose manifest is gone", async () => {
    const { ports, change } = setUp();
    await change("milan", (open) => finished(started(open, 0), { rows: 1, seconds: 1 }, false));
    expect(await fleetStatus(ports, [planned("milan")], [day], start)).toEqual([
      { day, pbxs: 1, exported: 0, waiting: [{ pbx: "milan", state: "waiting", deaths: 0 }] },
    ]);
  });

  it("counts a PBX before its registration only if the day was backfilled", async () => {
    const { ports, change, exported } = setUp();
    await exported("new", "2026-11-21");
    await change("young", queuedUntil(now + 60), "2026-11-21");
    const pbxs = [planned("young", "2026-11-23"), planned("new", today), planned("other", today)];
    expect(await fleetStatus(ports, pbxs, ["2026-11-21"], 0)).toEqual([
      {
        day: "2026-11-21",
        pbxs: 2,
        exported: 1,
        waiting: [{ pbx: "young", state: "queued", deaths: 0 }],
      },
    ]);
    expect(await fleetStatus(ports, pbxs, [day], start)).toEqual([]);
  });
  it("counts exported days of the old layout: their records have no format", async () => {
    const { ports, change, exported } = setUp();
    for (const [pbx, result] of [
      ["old", { rows: 1, seconds: 1 }],
      ["new", { rows: 1, seconds: 1, format: "ndjson" as const }],
    ] as const) {
      await exported(pbx);
      await change(pbx, (open) => finished(started(open, 0), result, false));
    }
    const [status] = await fleetStatus(ports, [planned("old"), planned("new")], [day], start);
    expect(status).toEqual({ day, pbxs: 2, exported: 2, waiting: [], old_layout: 1 });
  });
  it("counts days of another format and of the old layout by their manifests if there is no record", async () => {
    const { ports } = setUp();
    for (const [pbx, manifest] of [
      ["old", { version: 1, format: "ndjson" }],
      ["other", { version: 2, format: "parquet" }],
      ["second", { version: 2, format: "parquet" }],
      ["new", { version: 2, format: "ndjson" }],
      ["damaged", { version: 2 }],
    ] as const)
      await writeText(ports.store, manifestKey(day, pbx), JSON.stringify(manifest), { absent: true });
    const ids = ["old", "other", "second", "new", "damaged", "missing"];
    const pbxs = ids.map((pbx) => planned(pbx));
    const waiting = [{ pbx: "missing", state: "not planned", deaths: 0 }];
    const counts = { day, pbxs: 6, exported: 5, waiting, old_layout: 1 };
    expect(await fleetStatus(ports, pbxs, [day], start, "ndjson")).toEqual([{ ...counts, other_format: 2 }]);
    expect(await fleetStatus(ports, pbxs, [day], start)).toEqual([counts]);
  });
});
