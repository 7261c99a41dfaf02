import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadOptional, optionalPackages } from "../../../cli/report/database.ts";
import { htmlPage } from "../../../cli/report/html-page.ts";
import { gapsOf, type Report } from "../../../cli/report/report.ts";
import { terminalPage } from "../../../cli/report/terminal-page.ts";
import manifest from "../../../package.json" with { type: "json" };
import { startBrowser } from "../../support/browser.ts";
import { newFolder } from "../../support/folder.ts";
import { trueDays } from "../../support/true-calls.ts";
import { reportOn } from "../../support/true-report.ts";

const gap = { pbx: "milan", first: "2026-11-01", last: "2026-11-03", days: 3 };
let report: Report;
let masked: Report;
beforeAll(async () => {
  const days = trueDays(8, 120);
  report = await reportOn(days);
  masked = { ...report, mask: true, days: { ...report.days, missing: [gap] } };
});
const missed = (): number =>
  report.answers["calls-by-day"].reduce((sum, row) => sum + Number(row["missed"]), 0);

const output = (columns?: number, colours = false) => ({
  out: () => undefined,
  err: () => undefined,
  colours,
  live: false,
  columns,
});
/** Columns that a line takes; CJK takes two each. */
const widthOf = (line: string): number =>
  [...line].reduce((sum, char) => sum + (/[\u2e80-\u9fff]/.test(char) ? 2 : 1), 0);

describe("the page on a terminal", () => {
  it("names the missing days before any figure, with the command that exports them", () => {
    const lines = terminalPage(masked, output(80), false);
    expect(lines[0]).toBe(
      "! Not exported: milan on 2026-11-01 to 2026-11-03 (3 days). Run `wildix export --out exports --pbx milan --from 2026-11-01 --to 2026-11-03`.",
    );
    expect(lines[1]).toMatch(/^Calls of milan, 2026-11-16 to 2026-11-23$/);
    expect(lines.join("\n")).toContain(`${missed()} missed of `);
  });
  it.each([40, 60, 80, undefined])("fits %s columns", (columns) => {
    for (const line of terminalPage(report, output(columns), false).slice(1).join("\n").split("\n"))
      if (/[│█░]/.test(line)) expect(widthOf(line)).toBeLessThanOrEqual(columns ?? 80);
  });
  it("draws bars of ASCII, and writes no escape sequence without colours", () => {
    const lines = terminalPage(report, output(80), true);
    expect(lines.join("\n")).not.toMatch(/[█░\u001b]/u);
    expect(lines.join("\n")).toMatch(/2026-11-23 Mon #+-+ +\d+ \/ +\d+/);
    expect(terminalPage(report, output(80, true), true).join("\n")).toContain("\u001b[1m");
  });
  it("says which calls back are not known yet", async () => {
    const text =
      "Callers of 2026-11-23 can have been called back on 2026-11-24, which is not exported yet (milan).";
    const days = { ...report.days, withoutNext: ["milan"] };
    expect(terminalPage({ ...report, days }, output(80), false)).toContain(text);
    expect(await htmlPage({ ...report, days })).toContain(`reach a person themselves. ${text}</p>`);
    const answers = { ...report.answers, "never-called-back-24-hours": [] };
    expect(terminalPage({ ...report, days, answers }, output(80), false)).not.toContain(text);
    expect(terminalPage(report, output(80), false).join()).not.toContain("called back on");
  });
  it("shows no whole number if numbers are masked", () => {
    const numbers = report.answers["never-called-back-24-hours"].map(({ caller }) => String(caller));
    const [open, hidden] = [report, masked].map((each) => terminalPage(each, output(100), false).join("\n"));
    expect(open).toContain(numbers.at(-1));
    for (const number of numbers) expect(hidden).not.toContain(number);
  });
});

describe("the HTML page", () => {
  it("is one file without a script, a link or an address to load from", async () => {
    const html = await htmlPage(report);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|href=|src=/);
    expect(html.replaceAll(/xmlns(:\w+)?="[^"]*"/g, "")).not.toMatch(/https?:/);
    expect(html).toContain(`<b>${missed()}</b>`);
  });
  it("writes texts of the PBX as text", async () => {
    const agents = report.answers["talk-time-by-agent"].map((row) => ({ ...row, name: "<b>&'\"</b>" }));
    const html = await htmlPage({ ...report, answers: { ...report.answers, "talk-time-by-agent": agents } });
    expect(html).not.toContain("<b>&'");
    expect(html).toContain("<td>&#60;b&#62;&#38;&#39;&#34;&#60;/b&#62;</td>");
  });
  it("shows no whole number if numbers are masked", async () => {
    const html = await htmlPage(masked);
    for (const { caller } of report.answers["never-called-back-24-hours"])
      expect(html).not.toContain(String(caller));
  });
  it("of a period without calls has no figures that divide by zero", async () => {
    const none = await reportOn([]);
    const html = await htmlPage(none);
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
    expect(terminalPage(none, output(80), false).join("\n")).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("the HTML page in a browser", () => {
  let browser: Browser | undefined;
  let address: string;
  beforeAll(async () => {
    browser = await startBrowser();
    const file = join(await newFolder(), "report.html");
    await writeFile(file, await htmlPage(masked));
    address = `file://${file}`;
  });
  afterAll(() => browser?.close());

  const look = async <T>(
    width: number,
    media: "light" | "dark" | "print",
    act: (page: Page) => Promise<T>,
  ): Promise<T | undefined> => {
    if (browser === undefined) return undefined;
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    try {
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      await page.emulateMedia(media === "print" ? { media, colorScheme: "dark" } : { colorScheme: media });
      await page.goto(address);
      const result = await act(page);
      expect(requests).toEqual([address]);
      return result;
    } finally {
      await page.close();
    }
  };
  const state = (page: Page) =>
    page.evaluate<Record<string, unknown>>(`(() => {
      const shown = (name) => [...document.querySelectorAll(name)].filter((each) => each.getClientRects().length > 0);
      const bar = document.querySelector('.wide path[fill="var(--missed)"]');
      return {
        overflow: document.documentElement.scrollWidth - innerWidth,
        page: getComputedStyle(document.body).backgroundColor,
        wide: shown(".wide").length,
        narrow: shown(".narrow").length,
        first: document.querySelector("main").firstElementChild.textContent.slice(0, 14),
        missedBar: getComputedStyle(bar).fill,
      };
    })()`);

  it.each([
    [1100, "light", { page: "rgb(255, 255, 255)", wide: 5, narrow: 0, missedBar: "rgb(209, 73, 91)" }],
    [1100, "dark", { page: "rgb(20, 24, 29)", wide: 5, narrow: 0, missedBar: "rgb(239, 115, 133)" }],
    [390, "light", { page: "rgb(255, 255, 255)", wide: 0, narrow: 5 }],
    [390, "dark", { page: "rgb(20, 24, 29)", wide: 0, narrow: 5 }],
    [700, "print", { page: "rgb(255, 255, 255)", wide: 5, narrow: 0, missedBar: "rgb(209, 73, 91)" }],
  ] as const)(
    "at %i px, %s, has its charts and colours, and no sideways scroll",
    async (width, media, expected) => {
      const found = await look(width, media, state);
      if (found !== undefined)
        expect(found).toMatchObject({ ...expected, overflow: 0, first: "Not exported: " });
    },
  );
});

it("a package that is not installed is an error with the command that installs it", async () => {
  const missing = () =>
    Promise.reject(Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" }));
  await expect(loadOptional("echarts", missing)).rejects.toThrow(
    "`wildix report` needs the package echarts, which is not installed. Run `npm install --global @duckdb/node-api@1.5.6-r.1 echarts@6.1.0`, or `npm ci` in a clone.",
  );
});

it("the versions in that command are those of package.json", () => {
  expect(manifest.optionalDependencies).toMatchObject(optionalPackages);
});

it("the gaps name the place as a shell reads it, and the stage for a bucket", () => {
  const days = { ...report.days, missing: [gap], legsOnly: [gap] };
  const runs = (place: string) =>
    gapsOf({ place, days }).map((text) => text.replace(/^.* Run `wildix (.*)`\.$/, "$1"));
  const range = "--pbx milan --from 2026-11-01 --to 2026-11-03";
  expect(runs("my 'exports'")).toEqual([
    `export --out 'my '\\''exports'\\''' ${range}`,
    `export --out 'my '\\''exports'\\''' ${range} --force`,
  ]);
  expect(runs("s3://exports")).toEqual([
    `backfill --stage STAGE ${range}`,
    `backfill --stage STAGE ${range} --force`,
  ]);
});

it("control characters and those that change the direction of a text are blanks in the file", async () => {
  const [hour] = report.answers["missed-by-queue-and-hour"];
  const queue = "a\u0000b\u001b[31mc\u202ed\u0085e\nf";
  const answers = { ...report.answers, "missed-by-queue-and-hour": [{ ...hour, queue }] };
  const page = await htmlPage({ ...report, answers });
  expect(page).toContain("<td>a b [31mc d e f</td>");
});
