import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadDuckdb } from "../../cli/report/database.ts";
import { questionNames, readQuestion } from "../../cli/report/questions.ts";
import { formatNames } from "../../lib/format-names.ts";
import { exportDay } from "../../lib/history/export/export-day.ts";
import { callFields } from "../../lib/history/grouping/grouping.ts";
import { legFields } from "../../lib/history/rows/leg-fields.ts";
import { directoryStore } from "../../lib/local/directory-store.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../support/cli.ts";
import { testClock } from "../support/clocks.ts";
import { clientOf } from "../support/pbx.ts";
import type { TrueDay } from "../support/true-calls.ts";

const days = [daysAgo(4), daysAgo(3)];
const [from = "", to = ""] = days;

/** Two days of a simulated PBX in a directory whose name has a blank and a quote, and the truth of each. */
const exported = async (options: readonly string[], calls = 80) => {
  const { pbx, env } = await startPbx({ calls });
  const directory = join(await newDirectory(), "exports of 'milan'");
  await mkdir(directory);
  const args = ["export", "--from", from, "--to", to, "--out", directory, ...options];
  expect(await wildix(args, env)).toMatchObject({ code: 0 });
  const truth = await Promise.all(
    days.map(async (day) => (await (await fetch(`${pbx.url}/simulator/truth?day=${day}`)).json()) as TrueDay),
  );
  return { directory, truth };
};

/** A database with the views that the script of a format makes. */
const withViews = async (format: string, directory: string) => {
  const { DuckDBInstance } = await loadDuckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run(`SET VARIABLE exports = '${directory.replaceAll("'", "''")}'`);
  const script = await readFile(`sql/duckdb/${format}.sql`, "utf8");
  for (const statement of script.split(/;\n/)) if (statement.trim() !== "") await connection.run(statement);
  return async (sql: string, values: (string | number)[] = []) =>
    (await connection.runAndReadAll(sql, values)).getRowObjectsJson();
};

const isMissed = ({ direction, outcome }: TrueDay["calls"][number]): boolean =>
  direction === "inbound" && ["abandoned", "no_answer", "busy", "failed"].includes(outcome);
/** Counts are texts or numbers, and times have different forms. */
const plain = (value: unknown): unknown => {
  const text = typeof value === "string" ? value.replace("T", " ").replace(/\.0+$/, "") : value;
  return typeof text === "string" && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
};
const plainRows = (rows: readonly Readonly<Record<string, unknown>>[]): unknown[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));

type Ask = Awaited<ReturnType<typeof withViews>>;

const expectTypes = async (ask: Ask): Promise<void> => {
  const types = { text: "VARCHAR", json: "VARCHAR", time: "TIMESTAMP", local: "TIMESTAMP" };
  for (const [view, fields] of Object.entries({ calls: callFields, legs: legFields })) {
    const columns = new Map(
      (await ask(`DESCRIBE ${view}`)).map((row) => [row["column_name"], row["column_type"]]),
    );
    for (const [name, { type }] of Object.entries(fields))
      expect([view, name, columns.get(name)]).toEqual([
        view,
        name,
        { ...types, integer: "INTEGER", flag: "BOOLEAN" }[type],
      ]);
  }
};

/** The views answer every question as the report does. Returns the number of rows of all answers. */
const expectAnswers = async (ask: Ask, directory: string): Promise<number> => {
  const { code, out } = await wildix(["report", directory, "--json"]);
  expect(code).toBe(0);
  const { answers } = JSON.parse(out) as { answers: Record<string, Record<string, unknown>[]> };
  let count = 0;
  for (const name of questionNames) {
    const { sql, parameters, defaults } = await readQuestion(name);
    const values: Record<string, string | number> = { ...defaults, from, to, within: 20, under: 5 };
    const bound = parameters.map((parameter) => plain(values[parameter]) as string | number);
    const rows = await ask(sql, bound);
    expect([name, plainRows(rows)]).toEqual([name, plainRows(answers[name] ?? [])]);
    count += rows.length;
  }
  return count;
};

const formats: [string, string[]][] = [
  ["ndjson", []],
  ["parquet", []],
  ["csv", []],
  ["csv", ["--plain", "--separator", ";", "--bom"]],
];

describe.each(formats)("the views over an export in %s %j", (format, options) => {
  it("have every call and leg of the PBX, with the types of the fields, and answer every question", async () => {
    const { directory, truth } = await exported(["--format", format, ...options]);
    const ask = await withViews(format, directory);
    expect(
      await ask(
        "SELECT dt, count(*) AS calls, count(*) FILTER (WHERE missed) AS missed FROM calls GROUP BY dt ORDER BY dt",
      ),
    ).toEqual(
      truth.map((day) => ({
        dt: day.day,
        calls: String(day.calls.length),
        missed: String(day.calls.filter(isMissed).length),
      })),
    );
    // those of a call over midnight belong to the call of the day before
    const manifests = await Promise.all(
      days.map(async (day) =>
        JSON.parse(await readFile(join(directory, `manifests/dt=${day}/default.json`), "utf8")),
      ),
    );
    expect(
      await ask(
        `SELECT dt, pbx, count(*) AS legs, count(*) FILTER (WHERE ended IS NULL OR ended < started) AS wrong FROM legs GROUP BY dt, pbx ORDER BY dt`,
      ),
    ).toEqual(
      manifests.map(({ day, rows }: { day: string; rows: number }) => ({
        dt: day,
        pbx: "default",
        legs: String(rows),
        wrong: "0",
      })),
    );
    await expectTypes(ask);
    expect(await expectAnswers(ask, directory)).toBeGreaterThan(100);
  });

  it("have no row and all columns if the days have no call, no queue and no agent", async () => {
    const { directory } = await exported(["--format", format, ...options], 0);
    for (const day of days) {
      const path = join(directory, `manifests/dt=${day}/default.json`);
      const manifest = JSON.parse(await readFile(path, "utf8"));
      expect([manifest.rows, manifest.datasets.calls.rows]).toEqual([0, 0]);
      manifest.datasets.agents = { ...manifest.datasets.agents, rows: 0, parts: [] };
      manifest.datasets.queues = { refused: "WMS_FORBIDDEN" };
      await writeFile(path, JSON.stringify(manifest));
    }
    const ask = await withViews(format, directory);
    await expectTypes(ask);
    for (const view of ["calls", "legs"])
      expect(await ask(`SELECT count(*) AS rows FROM ${view}`)).toEqual([{ rows: "0" }]);
    expect(await expectAnswers(ask, directory)).toBe(0);
    expect((await wildix(["report", directory])).code).toBe(0);
    const page = join(directory, "report.html");
    expect((await wildix(["report", directory, "--out", page])).code).toBe(0);
    for (const out of [(await wildix(["report", directory])).out, await readFile(page, "utf8")])
      expect(out).not.toMatch(/NaN|undefined|Infinity|null/);
  });
});

it.each(formatNames)("the views have null in columns that an export in %s leaves out", async (format) => {
  const { pbx } = await startPbx({ calls: 80 });
  const directory = await newDirectory();
  const ports = {
    client: clientOf(pbx.url, { clock: testClock }),
    store: await directoryStore(directory),
    clock: testClock,
    random: Math.random,
  };
  const columns = ["id", "start", "pbxid", "from_number"];
  await exportDay(ports, { pbx: "milan", zone: "Europe/Rome", day: from, format, columns });
  const ask = await withViews(format.replace("-plain", ""), directory);
  await expectTypes(ask);
  const [counts] = await ask(
    "SELECT count(*) AS rows, count(from_number) AS kept, count(dst) AS left_out FROM legs",
  );
  expect([counts?.["kept"], counts?.["left_out"]]).toEqual([counts?.["rows"], "0"]);
  expect(Number(counts?.["rows"])).toBeGreaterThan(50);
});
