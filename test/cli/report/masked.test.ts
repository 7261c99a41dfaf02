import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { answerAll } from "../../../cli/report/figures.ts";
import { htmlPage } from "../../../cli/report/html-page.ts";
import { maskedAnswers } from "../../../cli/report/masked.ts";
import { questionNames, readQuestion } from "../../../cli/report/questions.ts";
import { asShown, queuesOf, type Report } from "../../../cli/report/report.ts";
import { terminalPage } from "../../../cli/report/terminal-page.ts";
import { newFolder } from "../../support/folder.ts";

const day = "2026-11-23";
const numbers = ["3331234567", "+393331234567", "0212345678", "00393331234567", "*9733312345"];
const outcomes = ["answered", "voicemail", "abandoned", "no_answer", "fax"];
const directions = ["inbound", "outbound", "internal", "transit", null];

/** Calls in which every party is a number outside, with a name, and every name of a queue or trunk has a number. */
const calls = directions.flatMap((direction, hour) =>
  outcomes.flatMap((outcome, minute) =>
    numbers.map((number, at) => ({
      call_id: `${hour}-${minute}-${at}`,
      started: `${day} 0${hour}:0${minute}:00`,
      started_utc: `${day}T0${hour}:0${minute}:00Z`,
      ...{ direction, outcome, caller: number, caller_name: "Mario Rossi", called: number },
      ...{
        called_name: "Mario Rossi",
        did: "0698765432",
        answered_by: number,
        answered_by_name: "Mario Rossi",
      },
      ...{ queue: `Overflow to ${number}`, trunk: "0698765432", transferred_to: number },
      ...{ wait_seconds: 7, ring_seconds: 3, talk_seconds: 60 },
    })),
  ),
);
/** The same calls of people inside. */
const own = calls.map((call) => ({
  ...call,
  call_id: `own-${call.call_id}`,
  ...{ caller: "101", caller_name: "Ada", answered_by: "82001234", answered_by_name: "Zoe", queue: "Sales" },
}));

const reportOn = async (rows: readonly object[]): Promise<Report> => {
  const folder = await newFolder();
  const write = async (name: string, lines: readonly object[]): Promise<string> => {
    const path = join(folder, `${name}.ndjson.gz`);
    await writeFile(path, gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
    return path;
  };
  const place = { day, pbx: "milan" };
  const files = [
    { ...place, path: await write("calls", rows) },
    {
      ...place,
      path: await write("agents", [{ extension: "82001234", name: "" }]),
      dataset: "agents" as const,
    },
  ];
  const settings = { within: 20, under: 5 };
  return {
    place: "exports",
    days: {
      ...{
        from: day,
        to: day,
        pbxs: ["milan"],
        parts: [],
        missing: [],
        legsOnly: [],
        withoutNext: [],
        formats: [],
      },
      exported: [day],
    },
    ...(await answerAll(files, { from: day, to: day }, settings)),
    settings,
    mask: true,
  };
};

const output = { out: () => undefined, err: () => undefined, colours: false, live: false, columns: 100 };
const leaks = /333\s?1|3312345|21234|98765|Mario|Rossi/;

describe("a report with masked numbers", () => {
  it("has no number or name of a party outside in any answer or page", async () => {
    const report = await reportOn(calls);
    const whole = JSON.stringify(report.answers);
    for (const word of ["3331234567", "0698765432", "Mario Rossi"]) expect(whole).toContain(word);
    expect(JSON.stringify(asShown(report).answers)).not.toMatch(leaks);
    expect(terminalPage(report, output, false).join("\n")).not.toMatch(leaks);
    expect(await htmlPage(report)).not.toMatch(leaks);
  });
  it("has the extensions and names of people inside, also with more than six digits if the export names them", async () => {
    const report = asShown(await reportOn(own));
    const agents = report.answers["talk-time-by-agent"].map(({ agent, name }) => [agent, name]);
    expect(agents.toSorted()).toEqual([
      ["101", "Ada"],
      ["82001234", "Zoe"],
    ]);
    expect(report.answers["outbound-by-agent"]).toMatchObject([{ agent: "101", name: "Ada" }]);
    expect(report.answers.waits).toMatchObject([{ queue: "Sales" }]);
    // a number of six digits or fewer can be outside too
    expect(report.answers["top-callers"]).toMatchObject([{ caller: "…01", name: null }]);
    expect(await htmlPage(report)).toContain("Ada");
  });
  it("has as many queues as without masks, although their numbers end alike", async () => {
    const report = await reportOn(calls);
    const queues = queuesOf(asShown(report)).map(([queue, inbound]) => [queue, inbound]);
    expect(queues).toEqual(queuesOf(report).map(([, inbound]) => [expect.stringContaining("…"), inbound]));
    expect(queues).toContainEqual(["Overflow to …67 (3)", 5]);
  });
  it("masks the text of a column that it does not know", async () => {
    const { answers, extensions } = await reportOn(calls);
    const rows = [
      { transferred_to: "3331234567", called_name: "Mario Rossi", calls: 3, late: true, cost: null },
    ];
    expect(maskedAnswers({ ...answers, waits: rows }, extensions).waits).toEqual([
      { transferred_to: "…67", called_name: "…", calls: 3, late: true, cost: null },
    ]);
  });
  it("keeps every column and row", async () => {
    const report = await reportOn([...calls, ...own]);
    const shown = asShown(report);
    for (const name of questionNames) {
      const { columns } = await readQuestion(name);
      expect(shown.answers[name], name).toHaveLength(report.answers[name].length);
      for (const row of shown.answers[name]) expect(Object.keys(row), name).toEqual(columns);
    }
  });
});
