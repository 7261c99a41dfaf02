import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { answerAll, numberAt, sumOf } from "../../../cli/report/figures.ts";
import { htmlPage } from "../../../cli/report/html-page.ts";
import { queuesOf, type Report, totalsOf } from "../../../cli/report/report.ts";
import { terminalPage } from "../../../cli/report/terminal-page.ts";
import { newFolder } from "../../support/folder.ts";

const day = "2026-11-23";
const outcomes = ["answered", "voicemail", "abandoned", "busy", "no_answer", "failed", "fax"];
const directions = ["inbound", "outbound", "internal", "transit", null];

/** Calls of every direction and outcome, with and without a queue and a known wait. */
const callsOf = (pbx: string): object[] =>
  directions.flatMap((direction, hour) =>
    outcomes.flatMap((outcome) =>
      [null, "Sales", "Fax"].map((queue) => ({
        call_id: `${pbx}-${direction}-${outcome}-${queue}`,
        started: `${day} 0${hour}:00:00`,
        started_utc: `${day}T0${hour}:00:00Z`,
        direction,
        outcome,
        caller: direction === "inbound" ? "+390212345678" : "101",
        caller_name: direction === "inbound" ? "Caller" : `Ada of ${pbx}`,
        called: "+390287654321",
        answered_by: direction === "inbound" && outcome === "answered" ? "101" : null,
        answered_by_name: direction === "inbound" && outcome === "answered" ? `Ada of ${pbx}` : null,
        queue,
        wait_seconds: queue === "Fax" ? null : 7,
        talk_seconds: outcome === "answered" ? 60 : 0,
      })),
    ),
  );

const reportOn = async (pbxs: readonly string[]): Promise<Report> => {
  const folder = await newFolder();
  const files = await Promise.all(
    pbxs.map(async (pbx) => {
      const path = join(folder, `${pbx}.ndjson.gz`);
      await writeFile(
        path,
        gzipSync(
          callsOf(pbx)
            .map((call) => `${JSON.stringify(call)}\n`)
            .join(""),
        ),
      );
      return { path, day, pbx };
    }),
  );
  const settings = { within: 20, under: 5 };
  return {
    place: "exports",
    days: {
      ...{ from: day, to: day, pbxs, parts: [], missing: [], legsOnly: [], withoutNext: [], formats: [] },
      exported: [day],
    },
    ...(await answerAll(files, { from: day, to: day }, settings)),
    settings,
    mask: false,
  };
};

const plainOutput = { out: () => undefined, err: () => undefined, colours: false, live: false, columns: 100 };

describe("the report on three PBXs", () => {
  let report: Report;
  beforeAll(async () => {
    report = await reportOn(["milan", "oslo", "rome"]);
  });
  const page = (): string => terminalPage(report, plainOutput, false).join("\n");

  it("has totals that add up, also with faxes and with calls of other directions", async () => {
    const totals = totalsOf(report);
    expect(totals).toEqual({
      calls: 315,
      inbound: 63,
      outbound: 63,
      internal: 63,
      other: 126,
      answered: 9,
      missed: 36,
      voicemail: 9,
      fax: 9,
    });
    expect(totals.answered + totals.missed + totals.voicemail + totals.fax).toBe(totals.inbound);
    expect(totals.inbound + totals.outbound + totals.internal + totals.other).toBe(totals.calls);
    expect(page()).toContain("\n9 answered, 9 to voicemail (14.3 %), 9 fax\n");
    expect(page()).toContain("\n63 outbound, 63 internal, 126 other, 315 in total\n");
    const html = await htmlPage(report);
    expect(html).toContain("of 63 inbound calls, 9 fax");
    expect(html).toContain("63 outbound, 63 internal, 126 other");
  });
  it("has all inbound calls in its queues, also those without a known wait", () => {
    const rows = queuesOf(report);
    expect(rows.map(([queue, calls, missed]) => [queue, calls, missed])).toEqual([
      ["(no queue)", 21, 12],
      ["Fax", 21, 12],
      ["Sales", 21, 12],
    ]);
    expect(rows[1]).toEqual(["Fax", 21, 12, "0.0 %", "–", "–", "–"]);
    expect(rows.reduce((sum, [, calls]) => sum + Number(calls), 0)).toBe(totalsOf(report).inbound);
  });
  it("has a line for each exported day, also without calls, and none for a day that no PBX has", () => {
    const exported = ["2026-11-20", "2026-11-22", "2026-11-23"];
    const days = { ...report.days, from: "2026-11-20", exported };
    const text = terminalPage({ ...report, days }, plainOutput, false).join("\n");
    expect(text.match(/2026-11-2\d \w{3} .*/g)?.map((line) => line.replace(/[█░ ]+/g, " "))).toEqual([
      "2026-11-20 Fri 0 / 0",
      "2026-11-22 Sun 0 / 0",
      "2026-11-23 Mon 315 / 36",
    ]);
  });
  it("has the calls of each hour in its days", () => {
    expect(sumOf(report.answers["calls-by-day-and-hour"], "calls")).toBe(totalsOf(report).calls);
    expect(sumOf(report.answers["calls-by-day-and-hour"], "missed")).toBe(totalsOf(report).missed);
  });
  it("does not take one extension of three PBXs for one agent", async () => {
    const agents = report.answers["talk-time-by-agent"];
    expect(agents.map((row) => [row["pbx"], row["agent"], row["name"], row["talk_seconds"]])).toEqual(
      ["milan", "oslo", "rome"].map((pbx) => [pbx, "101", `Ada of ${pbx}`, 360]),
    );
    expect(report.answers["outbound-by-agent"].map((row) => [row["pbx"], numberAt(row, "calls")])).toEqual([
      ["milan", 21],
      ["oslo", 21],
      ["rome", 21],
    ]);
    expect(page()).toMatch(/pbx +│ agent +│ name +│ inbound/);
    expect(page()).toMatch(/oslo +│ 101 +│ Ada of oslo/);
    const html = await htmlPage(report);
    expect(html).toContain("<td>oslo</td>");
    expect(html).toContain("Ada of oslo (oslo)");
  });
});

describe("the report on one PBX", () => {
  it("has no column for the PBX", async () => {
    const report = await reportOn(["milan"]);
    expect(terminalPage(report, plainOutput, false).join("\n")).not.toMatch(/│ *pbx|pbx +│/);
    expect(await htmlPage(report)).not.toContain("(milan)");
  });
});
