import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type FleetView, viewFleet } from "../../cli/fleet-view.ts";
import { rewriteAdvice } from "../../cli/rewrite-advice.ts";
import { cellsOf, statusPage, totalsOf } from "../../cli/status-page.ts";
import { countOutcome } from "../../lib/calls/guard/day-counts.ts";
import { stopCalls } from "../../lib/calls/guard/kill-switch.ts";
import { readConfig } from "../../lib/config.ts";
import { daysBetween } from "../../lib/history/calendar/local-days.ts";
import { dayKey } from "../../lib/history/days/day-ledger.ts";
import type { PlannedPbx } from "../../lib/history/days/due-days.ts";
import type { StoredDay } from "../../lib/history/days/pbx-day.ts";
import { manifestKey } from "../../lib/history/publication/manifest.ts";
import { notifyHealth } from "../../lib/pbxs/notify-health.ts";
import { writeText } from "../../lib/store/store.ts";
import { newDirectory, wildix } from "../support/cli.ts";
import { memoryPorts } from "../support/memory-ports.ts";
import { fakeClock } from "../support/scripted.ts";

const place = (pbx: string): PlannedPbx => ({
  pbx,
  zone: "UTC",
  today: "2026-11-24",
  first: "2026-11-22",
  again: "2026-11-20",
});

const record = (change: Partial<StoredDay>): StoredDay => ({
  token: "t",
  round: "2026-11-24",
  done: true,
  messageUntil: 0,
  runUntil: 0,
  deaths: 0,
  nextTry: 0,
  ...change,
});

/** A deployment with PBXs that are well and PBXs that are not. */
const setUp = async () => {
  const clock = fakeClock(Date.parse("2026-11-24T10:00:00Z"));
  const ports = {
    ...memoryPorts(clock),
    config: readConfig({ WILDIX_STAGE: "prod", WILDIX_EXPORT_FORMAT: "parquet" }),
  };
  const { state, store } = ports;
  const has = async (pbx: string, day: string, rows: number, format?: "ndjson" | "parquet") => {
    const result = { rows, seconds: 1, ...(format && { format }) };
    await state.write(dayKey(day, pbx), record({ result }), { absent: true });
    await writeText(store, manifestKey(day, pbx), "{}", { absent: true });
  };
  for (const day of ["2026-11-22", "2026-11-23"]) await has("well", day, 900, "parquet");
  await has("well", "2026-11-16", 1_000);
  await has("quiet", "2026-11-22", 0, "ndjson");
  await has("quiet", "2026-11-23", 0, "ndjson");
  await has("quiet", "2026-11-16", 3_000);
  await has("broken", "2026-11-22", 5);
  const reason = { code: "WMS_TIMEOUT", detail: "slow" };
  await state.write(
    dayKey("2026-11-23", "broken"),
    record({ done: false, deaths: 1, nextTry: 9e9, reason }),
    { absent: true },
  );
  await notifyHealth(ports, [
    { pbx: "well", problem: undefined, daysLeft: 157, ends: { day: "2027-05-01", from: "report" } },
    { pbx: "broken", daysLeft: undefined, problem: { check: "dns", detail: "unknown", cure: "x" } },
  ]);
  await stopCalls(state, clock, { pbx: "quiet" });
  for (const outcome of ["refused", "refused", "unknown"] as const)
    await countOutcome(ports, "quiet", outcome);
  const view = (): Promise<FleetView> =>
    viewFleet(ports, ["well", "quiet", "broken"].map(place), daysBetween("2026-11-22", "2026-11-23"));
  return { ports, view };
};

describe("the view of a deployment", () => {
  it("has a line for each PBX: last day, missing days and why, credentials, stop, rows, problem", async () => {
    const { view } = await setUp();
    expect((await view()).pbxs.map(cellsOf)).toEqual([
      ["well", "2026-11-23", "0", "900", "end 2027-05-01", "", ""],
      ["quiet", "2026-11-23", "0", "0, usually 3,000", "", "stopped, 2 refused, 1 UNKNOWN", ""],
      [
        "broken",
        "2026-11-22",
        "1: slow (WMS_TIMEOUT)",
        "5",
        "",
        "",
        "unreachable since 2026-11-24 10:00 UTC",
      ],
    ]);
  });
  it("has totals, and the days with parts of another format", async () => {
    const found = await (await setUp()).view();
    expect(found.totals).toEqual({
      pbxs: 3,
      incomplete: 1,
      missing_days: 1,
      failing: 1,
      stopped: 1,
      few_rows: 1,
      calls_today: { placed: 0, refused: 2, unknown: 1 },
    });
    expect(totalsOf(found)).toBe(
      "3 PBXs, 1 with missing days (1), 1 with a problem, 1 with few rows, 1 stopped, calls today: 0 placed, 2 refused, 1 UNKNOWN",
    );
    expect(found.days.map(({ day, exported, other_format }) => [day, exported, other_format])).toEqual([
      ["2026-11-23", 2, 1],
      ["2026-11-22", 3, 1],
    ]);
  });
  it("as a page has PBXs to look at first, and no text of a PBX as markup", async () => {
    const { view } = await setUp();
    const found = await view();
    const [first] = found.pbxs;
    if (first === undefined) throw new Error("no PBX");
    const page = statusPage({ ...found, pbxs: [{ ...first, pbx: "<b>&" }, ...found.pbxs.slice(1)] }, "prod");
    expect(page.indexOf("quiet")).toBeLessThan(page.indexOf("&#60;b&#62;&#38;"));
    expect(page).not.toContain("<b>");
    expect(page).not.toContain("<script");
  });
});

describe("the advice of wildix status", () => {
  it("names the command that rewrites days of another format and of the old layout", () => {
    const days = [
      { day: "2026-11-23", pbxs: 3, exported: 3, waiting: [], other_format: 1 },
      { day: "2026-11-22", pbxs: 3, exported: 3, waiting: [], old_layout: 2 },
    ];
    const run = "`wildix backfill --stage prod --force --format ndjson --from 2026-11-22 --to 2026-11-23`";
    expect(rewriteAdvice(days, "ndjson", "--stage prod")).toEqual([
      `5 of 6 PBX days have the format ndjson. To rewrite the others, run ${run}.`,
      `Old layout, with legs under calls/: 2 PBX days. To rewrite them, run ${run}.`,
    ]);
    expect(rewriteAdvice([], "ndjson", "--stage prod")).toEqual([]);
  });
});

describe("wildix status", () => {
  it.each(["--watch", "--html"])("refuses %s without --stage", async (option) => {
    const out = await newDirectory();
    const value = option === "--html" ? [join(out, "x.html")] : [];
    const { code, err } = await wildix(["status", "--out", out, option, ...value]);
    expect([code, err]).toEqual([2, expect.stringContaining(`\`${option}\` must be used with \`--stage\``)]);
    await expect(readFile(join(out, "x.html"))).rejects.toThrow();
  });
  it("refuses --watch with --json", async () => {
    const { code, err } = await wildix(["status", "--stage", "prod", "--watch", "--json"]);
    expect([code, err]).toEqual([2, expect.stringContaining("`--watch` or `--json`")]);
  });
});
