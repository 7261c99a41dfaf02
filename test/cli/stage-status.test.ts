import { existsSync } from "node:fs";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { UnplannedPbx } from "../../cli/context/history-places.ts";
import { type FleetView, viewFleet } from "../../cli/days/fleet-view.ts";
import { misplacedLines } from "../../cli/days/misplaced.ts";
import { rewriteAdvice } from "../../cli/days/rewrite-advice.ts";
import { cellsOf, misplacedIn, needsLook, statusPage, totalsOf } from "../../cli/days/status-page.ts";
import { writePage } from "../../cli/days/write-page.ts";
import { showsColours } from "../../cli/terminal/output.ts";
import { countOutcome } from "../../lib/calls/guard/day-counts.ts";
import { stopCalls } from "../../lib/calls/guard/kill-switch.ts";
import { readConfig } from "../../lib/config.ts";
import { daysBetween } from "../../lib/history/calendar/local-days.ts";
import { dayKey } from "../../lib/history/days/day-ledger.ts";
import type { PlannedPbx } from "../../lib/history/days/due-days.ts";
import { manifestKey } from "../../lib/history/publication/manifest.ts";
import { notifyHealth } from "../../lib/pbxs/notify-health.ts";
import { writeText } from "../../lib/store/store.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../support/cli.ts";
import { memoryPorts } from "../support/memory-ports.ts";
import { fakeClock } from "../support/scripted.ts";
import { storedDay } from "../support/stored-day.ts";

const place = (pbx: string): PlannedPbx => ({
  pbx,
  zone: "UTC",
  today: "2026-11-24",
  first: "2026-11-22",
  again: "2026-11-20",
});

/** A deployment with PBXs that are well and PBXs that are not. */
const setUp = async (unplanned: UnplannedPbx[] = []) => {
  const clock = fakeClock(Date.parse("2026-11-24T10:00:00Z"));
  const ports = {
    ...memoryPorts(clock),
    config: readConfig({ WILDIX_STAGE: "prod", WILDIX_EXPORT_FORMAT: "parquet" }),
  };
  const { state, store } = ports;
  const has = async (pbx: string, day: string, rows: number, format?: "ndjson" | "parquet") => {
    const result = { rows, seconds: 1, ...(format && { format }) };
    await state.write(dayKey(day, pbx), storedDay({ result }), { absent: true });
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
    storedDay({ done: false, deaths: 1, nextTry: 9e9, reason }),
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
    viewFleet(
      ports,
      { places: ["well", "quiet", "broken"].map(place), unplanned },
      daysBetween("2026-11-22", "2026-11-23"),
    );
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
  it("has no problem for an unsteady PBX while it works", async () => {
    const { ports, view } = await setUp();
    const problem = { check: "dns", detail: "unknown", cure: "x" } as const;
    const failing = { pbx: "broken", daysLeft: undefined, problem };
    const works = { ...failing, problem: undefined };
    for (const health of [works, failing, works]) await notifyHealth(ports, [health]);
    const found = await view();
    expect(found.totals.failing).toBe(0);
    await notifyHealth(ports, [failing]);
    expect((await view()).totals.failing).toBe(1);
  });
  it("has totals, and the days with parts of another format", async () => {
    const found = await (await setUp()).view();
    expect(found.totals).toEqual({
      pbxs: 3,
      not_exported: 0,
      incomplete: 1,
      missing_days: 1,
      failing: 1,
      stopped: 1,
      few_rows: 1,
      misplaced: 0,
      calls_today: { placed: 0, refused: 2, unknown: 1 },
    });
    expect(totalsOf(found)).toBe(
      "3 PBXs, 0 not exported, 1 with missing days (1), 1 with a problem, 1 with few rows, 1 stopped, 0 with another customer, calls today: 0 placed, 2 refused, 1 UNKNOWN",
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

describe("a PBX whose customer is not the one of its exports", () => {
  const wrong = {
    exports: "acme",
    registry: "beta",
    advice: expect.stringMatching(/docs\/history.md. To undo the change, .* to acme\.$/),
  };
  const found = async (): Promise<FleetView> => {
    const { ports } = await setUp();
    const places = { well: { customer: "acme" }, quiet: { customer: "acme" }, broken: { customer: null } };
    const text = JSON.stringify({ version: 1, pbxs: places });
    await writeText(ports.store, "customers.json", text, { absent: true });
    const pbxs = [
      { ...place("well"), customer: "beta" },
      { ...place("quiet"), customer: "acme" },
      { ...place("broken"), customer: "beta" },
      // its first export decides where its exports are
      { ...place("new"), customer: "beta" },
    ];
    return viewFleet(ports, { places: pbxs, unplanned: [] }, daysBetween("2026-11-22", "2026-11-23"));
  };

  it("has both customers and what to do in JSON", async () => {
    const { pbxs, totals } = await found();
    expect(pbxs.map(({ pbx, misplaced }) => [pbx, misplaced])).toEqual([
      ["well", wrong],
      ["quiet", undefined],
      [
        "broken",
        {
          exports: null,
          registry: "beta",
          advice: expect.stringContaining("remove the tag wildix:customer"),
        },
      ],
      ["new", undefined],
    ]);
    expect(totals.misplaced).toBe(2);
  });
  it("has both in its line, after another problem", async () => {
    const { pbxs } = await found();
    expect(pbxs.map((pbx) => [needsLook(pbx), cellsOf(pbx).at(-1)])).toEqual([
      [true, "its exports belong to customer acme, but the registry has customer beta"],
      [true, ""],
      [
        true,
        "unreachable since 2026-11-24 10:00 UTC; its exports belong to no customer, but the registry has customer beta",
      ],
      [true, ""],
    ]);
  });
  it("is in the totals, and has a line with what to do below the table of the terminal and of the page", async () => {
    const view = await found();
    expect(totalsOf(view)).toContain(", 2 with another customer, ");
    const lines = misplacedIn(view);
    expect(lines).toEqual([
      expect.stringMatching(
        /^well: its exports belong to customer acme, but .* beta\. New exports .* to acme\.$/,
      ),
      expect.stringMatching(
        /^broken: its exports belong to no customer, .* remove the tag wildix:customer, /,
      ),
    ]);
    const page = statusPage(view, "prod");
    for (const line of lines) expect(page).toContain(`<li>${line}</li>`);
    expect(statusPage(await (await setUp()).view(), "prod")).not.toContain("<ul>");
  });
  it("has no line after twenty others", () => {
    const many = Array.from({ length: 22 }, (_, at) => ({ pbx: `p${at}`, exports: null, registry: "acme" }));
    expect(misplacedLines(many.slice(2))).toHaveLength(20);
    expect(misplacedLines(many).slice(19)).toEqual([
      expect.stringMatching(/^p19: /),
      "The exports of 2 more PBXs belong to another customer, too.",
    ]);
    expect(misplacedLines(many.slice(1)).at(-1)).toBe(
      "The exports of 1 more PBX belong to another customer, too.",
    );
  });
  it.each([[[]], [["--json"]]])("is shown for a directory by wildix status %j", async (options) => {
    const { env } = await startPbx({ calls: 5 });
    const out = await newDirectory();
    const file = join(out, "pbxs.json");
    const write = (customer: string): Promise<void> => {
      const { WILDIX_HOST: host, WILDIX_APP_ID: app_id, WILDIX_APP_NAME: app_name } = env;
      const secret_key = env["WILDIX_SECRET_KEY"];
      const milan = { host, app_id, app_name, secret_key, timezone: "Europe/Rome", customer };
      return writeFile(file, JSON.stringify({ pbxs: { milan } }), { mode: 0o600 });
    };
    await write("acme");
    const args = ["--out", join(out, "exports"), "--pbxs", file];
    expect((await wildix(["export", "--from", daysAgo(1), "--to", daysAgo(1), ...args])).code).toBe(0);
    const line =
      /milan: its exports belong to customer acme, but the registry has customer beta\. New exports/;
    const status = async () => {
      const said = await wildix(["status", ...args, ...options]);
      return { ...said, warnings: options.length === 0 ? said.out : said.err };
    };
    expect((await status()).warnings).not.toMatch(line);
    await write("beta");
    const said = await status();
    expect(said.warnings).toMatch(line);
    if (options.length > 0) expect(JSON.parse(said.out)).toHaveLength(1);
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

describe("a PBX whose history is not exported", () => {
  const reasons = { off: "its export is off", "no zone": "it has no `timezone`", invalid: "wrong" } as const;
  const unplanned = (["off", "no zone", "invalid"] as const).map((state) => ({
    pbx: state.replace(" ", "-"),
    export: state,
    reason: reasons[state],
  }));

  it("has a line of `wildix status --stage` with the reason, its last exported day and its calls", async () => {
    const { ports, view } = await setUp(unplanned);
    await writeText(ports.store, manifestKey("2026-11-22", "off"), "{}", { absent: true });
    await stopCalls(ports.state, ports.clock, { pbx: "no-zone" });
    await countOutcome(ports, "no-zone", "placed");
    const { pbxs, totals } = await view();
    expect(pbxs.map(({ pbx }) => pbx)).toEqual(["well", "quiet", "broken", "off", "no-zone", "invalid"]);
    expect(pbxs.slice(3).map((pbx) => [needsLook(pbx), ...cellsOf(pbx)])).toEqual([
      [false, "off", "2026-11-22", "not exported: its export is off", "", "", "", ""],
      [true, "no-zone", "none", "not exported: it has no `timezone`", "", "", "stopped, 1 placed", ""],
      [true, "invalid", "none", "not exported: wrong", "", "", "", ""],
    ]);
    expect(totals).toMatchObject({ pbxs: 6, not_exported: 3, missing_days: 1 });
  });
  const startFile = async (changes: Readonly<Record<string, object>>): Promise<string[]> => {
    const out = await newDirectory();
    const file = join(out, "pbxs.json");
    const { env } = await startPbx({ calls: 5 });
    const { WILDIX_HOST: host, WILDIX_APP_ID: app_id, WILDIX_APP_NAME: app_name } = env;
    const milan = { host, app_id, app_name, secret_key: env["WILDIX_SECRET_KEY"], timezone: "Europe/Rome" };
    const pbxs = Object.fromEntries(
      Object.entries(changes).map(([id, change]) => [id, { ...milan, ...change }]),
    );
    await writeFile(file, JSON.stringify({ pbxs }), { mode: 0o600 });
    return ["--out", join(out, "exports"), "--pbxs", file];
  };
  it("has a line of `wildix status` of a directory, also as a warning beside JSON", async () => {
    const args = await startFile({ a: {}, b: { export: "off" }, c: { timezone: undefined } });
    expect((await wildix(["export", "--from", daysAgo(1), "--to", daysAgo(1), ...args])).code).toBe(0);
    const lines = ["! b is not exported: its export is off.", "! c is not exported: it has no `timezone`."];
    const said = await wildix(["status", ...args]);
    expect([said.code, said.out.split("\n").slice(-2)]).toEqual([0, lines]);
    const json = await wildix(["status", ...args, "--json"]);
    expect([json.code, json.err.split("\n")]).toEqual([0, lines]);
    const one = await wildix(["status", ...args, "--pbx", "b"]);
    expect([one.code, one.out]).toEqual([0, lines[0]]);
  });
  it.each([
    [{ timezone: "Moon/Base" }, "`timezone of moon` must be an IANA time zone"],
    [{ customer: "../x" }, "`customer of moon` "],
  ])("makes the exit code 1 if the planner cannot use %j", async (change, reason) => {
    const args = await startFile({ moon: change });
    const { code, out } = await wildix(["status", ...args]);
    expect([code, out]).toEqual([1, expect.stringContaining(`! moon is not exported: ${reason}`)]);
    expect(out).not.toContain("..\n");
  });
  it("is refused for a directory that does not exist, and does not make it", async () => {
    const args = await startFile({ a: {} });
    const { code, err } = await wildix(["status", ...args]);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/There is no directory .*exports\. Check `--out`\./),
    ]);
    expect(existsSync(args[1] ?? "")).toBe(false);
  });
  it("is skipped with a warning by wildix backfill if its time zone is not valid", async () => {
    const args = await startFile({ a: {}, b: { export: "off" }, moon: { timezone: "Moon/Base" } });
    const days = ["--from", daysAgo(2), "--to", daysAgo(1), "--dry-run"];
    const { code, out, err } = await wildix(["backfill", ...days, ...args]);
    expect([code, out]).toEqual([0, expect.stringContaining("2 PBX days in the range")]);
    expect(err).toMatch(
      /^! moon is skipped: `timezone of moon` must be an IANA time zone .*; got Moon\/Base\.$/,
    );
  });
  it("is refused with its reason by wildix backfill", async () => {
    const args = await startFile({ a: {}, b: { export: "off" }, c: { timezone: undefined } });
    const days = ["--from", daysAgo(2), "--to", daysAgo(1), "--dry-run"];
    const { code, err } = await wildix(["backfill", ...days, ...args, "--pbx", "b"]);
    expect([code, err]).toEqual([2, expect.stringContaining("b is not exported: its export is off.")]);
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
  it("uses no escape sequences on a terminal that has none, with NO_COLOR, and in a pipe", () => {
    expect(showsColours(true, { TERM: "xterm" })).toBe(true);
    expect(showsColours(true, { TERM: "dumb" })).toBe(false);
    expect(showsColours(true, { NO_COLOR: "1" })).toBe(false);
    expect(showsColours(false, {})).toBe(false);
  });
  it("writes a page completely or not, and names a file that cannot be written", async () => {
    const folder = await newDirectory();
    const file = join(folder, "wall.html");
    await writePage(file, "--html", "one");
    await writePage(file, "--html", "two");
    expect([await readFile(file, "utf8"), await readdir(folder)]).toEqual(["two", ["wall.html"]]);
    await expect(writePage(join(folder, "x", "wall.html"), "--html", "")).rejects.toThrow(
      "/x/wall.html (its directory does not exist). Give another path.",
    );
    await expect(writePage(folder, "--html", "")).rejects.toThrow("(it is a directory). Give another path.");
    const link = join(folder, "link.html");
    await symlink(file, link);
    await writePage(link, "--html", "three");
    expect([await readFile(file, "utf8"), (await readdir(folder)).sort()]).toEqual([
      "three",
      ["link.html", "wall.html"],
    ]);
  });
  it("refuses --watch with --json", async () => {
    const { code, err } = await wildix(["status", "--stage", "prod", "--watch", "--json"]);
    expect([code, err]).toEqual([2, expect.stringContaining("`--watch` or `--json`")]);
  });
});
