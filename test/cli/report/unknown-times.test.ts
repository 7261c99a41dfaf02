import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { openCalls, type ReportRow } from "../../../cli/report/database.ts";
import { weekOf } from "../../../cli/report/figures.ts";
import { type QuestionName, readQuestion } from "../../../cli/report/questions.ts";
import { newDirectory } from "../../support/cli.ts";

const day = "2026-11-23";

const ask = async (name: QuestionName, calls: readonly object[]): Promise<ReportRow[]> => {
  const path = join(await newDirectory(), "part.ndjson.gz");
  const rows = calls.map((call, at) => ({
    call_id: String(at),
    direction: "inbound",
    queue: "Sales",
    ...call,
  }));
  await writeFile(path, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
  const database = await openCalls([{ path, day, pbx: "milan" }]);
  onTestFinished(database.close);
  return database.ask(await readQuestion(name), { from: day, to: day, within: 20, under: 5 });
};

it("a call without a known wait is offered: it was not answered in time, and not abandoned early", async () => {
  const calls = [
    { outcome: "answered", wait_seconds: null },
    { outcome: "abandoned", wait_seconds: null },
    { outcome: "answered", wait_seconds: 20 },
    { outcome: "abandoned", wait_seconds: 4 },
  ];
  expect(await ask("service-level", calls)).toEqual([
    { queue: "Sales", offered: 3, in_time: 1, abandoned: 1, service_level: 1 / 3, short_abandoned: 1 },
  ]);
});

it("a call without a valid start is in no hour of the week", async () => {
  const rows = await ask("calls-by-day-and-hour", [
    { outcome: "answered", started: `${day} 99:99:99` },
    { outcome: "answered", started: `${day} 10:00:00` },
  ]);
  expect(rows.map(({ hour, calls }) => [hour, calls])).toEqual([
    [10, 1],
    [null, 1],
  ]);
  expect(weekOf(rows, "calls")[0]?.flatMap((calls, hour) => (calls === 0 ? [] : [hour, calls]))).toEqual([
    10, 1,
  ]);
});
