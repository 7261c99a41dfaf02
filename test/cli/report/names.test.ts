import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { openCalls } from "../../../cli/report/database.ts";
import { readExportDays } from "../../../cli/report/export-days.ts";
import { type QuestionName, readQuestion } from "../../../cli/report/questions.ts";
import { callFields } from "../../../lib/history/grouping/grouping.ts";
import { csvLine, csvSeparators } from "../../../lib/history/parts/csv.ts";
import { readOnlyDirectory } from "../../../lib/local/directory-store.ts";
import { daysAgo, newDirectory, startPbx, wildix } from "../../support/cli.ts";

const [first, second] = ["2026-11-22", "2026-11-23"];
const call = (change: object): object => ({
  call_id: "c",
  started: "2026-11-22 10:00:00",
  direction: "inbound",
  caller: "0212345678",
  caller_name: "Caller",
  outcome: "answered",
  answered_by: "101",
  answered_by_name: "Phone 101",
  queue: "Sales",
  wait_seconds: 3,
  talk_seconds: 60,
  transfers: 0,
  ...change,
});
const outbound = { direction: "outbound", caller: "101", answered_by: null, answered_by_name: null };

/** Answers of a database with these rows, each list a file of milan. */
const asked = async (
  files: readonly (readonly ["calls" | "agents" | "queues", string, readonly object[]])[],
) => {
  const folder = await newDirectory();
  const database = await openCalls(
    await Promise.all(
      files.map(async ([dataset, day, rows], at) => {
        const path = join(folder, `${at}.ndjson.gz`);
        await writeFile(path, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
        return { path, day, pbx: "milan", ...(dataset === "calls" ? {} : { dataset }) };
      }),
    ),
  );
  onTestFinished(database.close);
  return async (name: QuestionName, column: string): Promise<unknown[]> => {
    const values = { from: first, to: second, within: 20, under: 5 };
    return (await database.ask(await readQuestion(name), values)).map((row) => row[column]);
  };
};

it("agents have the names of their day, the newest of a period", async () => {
  const answer = await asked([
    ["calls", first, [call({}), call(outbound)]],
    [
      "calls",
      second,
      [call({}), call(outbound), call({ answered_by: "102", answered_by_name: "Phone 102" })],
    ],
    ["agents", first, [{ extension: "101", name: "Zoe" }]],
    [
      "agents",
      second,
      [
        { extension: "101", name: "Ada" },
        { extension: "102", name: "" },
      ],
    ],
  ]);
  expect(await answer("talk-time-by-agent", "name")).toEqual(["Ada", "Phone 102"]);
  expect(await answer("outbound-by-agent", "name")).toEqual(["Ada"]);
});

it("a call keeps its names on a day, or of a PBX, without names", async () => {
  const answer = await asked([
    ["calls", first, [call({})]],
    ["calls", second, [call({ answered_by: "102", answered_by_name: "Phone 102" })]],
    ["agents", second, [{ extension: "101", name: "Ada" }]],
  ]);
  expect(await answer("talk-time-by-agent", "name")).toEqual(["Phone 101", "Phone 102"]);
  const [none] = [await asked([["calls", first, [call({})]]])];
  expect(await none("talk-time-by-agent", "name")).toEqual(["Phone 101"]);
});

it("no call is counted twice if two agents have one extension", async () => {
  const answer = await asked([
    ["calls", first, [call({}), call(outbound)]],
    [
      "agents",
      first,
      [
        { extension: "101", name: "Ada" },
        { extension: "101", name: "Bob" },
      ],
    ],
    [
      "queues",
      first,
      [
        { id: "7", name: "A" },
        { id: "7", name: "B" },
        { id: "8", name: "Sales" },
      ],
    ],
  ]);
  expect(await answer("calls-by-day", "calls")).toEqual([2]);
});

it("a queue that the PBX writes by its id has its name of the day", async () => {
  const answer = await asked([
    ["calls", first, [call({ queue: "2" }), call({ queue: "Support" }), call({ queue: "9" })]],
    [
      "queues",
      first,
      [
        { id: "2", name: "Sales", members: ["101"] },
        { id: "1", name: "Support" },
      ],
    ],
    // a queue whose name is the id of another one
    ["calls", second, [call({ queue: "2" })]],
    [
      "queues",
      second,
      [
        { id: "2", name: "Sales" },
        { id: "3", name: "2" },
      ],
    ],
  ]);
  expect(await answer("waits", "queue")).toEqual(["2", "9", "Sales", "Support"]);
});

it("the caller's name of a call from outside is not that of an agent", async () => {
  const answer = await asked([
    ["calls", first, [call({ caller: "101", direction: "inbound" })]],
    ["agents", first, [{ extension: "101", name: "Ada" }]],
  ]);
  expect(await answer("top-callers", "name")).toEqual(["Caller"]);
});

it.each(["ndjson", "parquet", "csv"])("wildix report reads the names of an export in %s", async (format) => {
  const { env } = await startPbx({ calls: 40 });
  const out = await newDirectory();
  const range = ["--from", daysAgo(3), "--to", daysAgo(3)];
  await wildix(["export", ...range, "--out", out, "--format", format], env);
  const found = await readExportDays(readOnlyDirectory(out), {});
  const datasets = found?.parts.map(({ dataset }) => dataset ?? "calls");
  expect(datasets?.sort()).toEqual(["agents", "calls", "queues"]);
  const { code, out: text } = await wildix(["report", out, "--json"]);
  expect(code).toBe(0);
  const names = (JSON.parse(text) as { answers: Record<string, { name: string }[]> }).answers[
    "talk-time-by-agent"
  ]?.map(({ name }) => name);
  expect(names?.length).toBeGreaterThan(0);
  expect(names?.every((name) => /^[A-Z]/.test(name))).toBe(true);
  // a copy of the calls without the names
  await rm(join(out, "agents"), { recursive: true });
  expect((await wildix(["report", out, "--json"])).code).toBe(0);
});

it("callers who hide their numbers are no caller of a list", async () => {
  const hidden = ["anonymous", "0", "000000", "-1", "", null].map((caller) => call({ caller }));
  const answer = await asked([["calls", first, [...hidden, call({}), call({ caller: "0800-1" })]]]);
  expect(await answer("top-callers", "caller")).toEqual(["0212345678", "0800-1"]);
});

it.each(csvSeparators)("names in CSV with the separator %j are those of the PBX", async (separator) => {
  const names = [
    "=1",
    "+1",
    "-1",
    "@a",
    "＝1",
    "\t=1",
    "\r=1",
    "\n=1",
    "a\n=1",
    "a;=1",
    "a,-1",
    "a\t+1",
    'a\n" @',
    "a\r\n+1",
    "\r\n-1",
    "a\r\n\r\n - b\r\n=1",
    "a;\t\r\n\r\n\r\n=1",
    "a\n\u00a0\u3000=1",
    "it's 5; 'a' = 1",
    "plain",
  ];
  const path = join(await newDirectory(), "part.csv.gz");
  const rows = names.map((queue): Record<string, unknown> => ({ ...call({ queue }), call_id: queue }));
  const columns = Object.keys(callFields);
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  await writeFile(path, gzipSync(lines.map((cells) => csvLine(cells, separator)).join("")));
  const database = await openCalls([{ path, day: first, pbx: "milan" }]);
  onTestFinished(database.close);
  const answer = await database.ask(await readQuestion("voicemail-share"), { from: first, to: first });
  expect(answer.map(({ queue }) => queue)).toEqual(names.toSorted());
});

it.each([
  [
    "begin with an apostrophe or #, and no cell is between quotes",
    0,
    [
      ["101", "'A"],
      ["102", "B'"],
      ["#103", "C"],
      ["#104", "D"],
    ],
  ],
  ["have a quote after many rows without one", 25_000, [["101", 'A "B"\nC']]],
] as const)("agents in CSV that %s have their names", async (_case, before, named) => {
  const folder = await newDirectory();
  const agents = join(folder, "agents.csv");
  const others = Array.from({ length: before }, (_, n) => [String(1_000 + n), "Other"]);
  const lines = [
    ["extension", "name", "department", "email"],
    ...[...others, ...named].map((each) => [...each, "", ""]),
  ];
  await writeFile(agents, lines.map((cells) => csvLine(cells)).join(""));
  const calls = join(folder, "calls.ndjson.gz");
  const rows = named.map(([answered_by]) => call({ answered_by }));
  await writeFile(calls, gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join("")));
  const place = { day: first, pbx: "milan" };
  const database = await openCalls([
    { ...place, path: calls },
    { ...place, path: agents, dataset: "agents" },
  ]);
  onTestFinished(database.close);
  const answer = await database.ask(await readQuestion("talk-time-by-agent"), { from: first, to: first });
  expect(answer.map(({ agent, name }) => [agent, name])).toEqual(named.toSorted());
});
