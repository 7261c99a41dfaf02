import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FormatName, formatNames } from "../../../lib/format-names.ts";
import { type Call, callFields } from "../../../lib/history/grouping/grouping.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { plainShape, type RowShape } from "../../../lib/history/parts/row-shape.ts";
import { type Dataset, partKey } from "../../../lib/history/publication/manifest.ts";
import {
  type AgentRow,
  agentFields,
  type QueueRow,
  queueFields,
} from "../../../lib/history/rows/name-fields.ts";
import { directoryStore } from "../../../lib/local/directory-store.ts";
import { exportRows, standingDay } from "../../support/standing-day.ts";
import { ensureVenv, inVenv, root } from "../support/venv.ts";

const run = promisify(execFile);
const directories: string[] = [];
beforeAll(ensureVenv);
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
});

interface Seen {
  readonly days: Readonly<Record<string, number>>;
  readonly columns: readonly string[];
  readonly types: Readonly<Record<string, string>>;
}

/** Several days and PBXs, a day without rows, a day of nulls, and texts that are hard to read. */
const written = async (format: FormatName): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-readers-"));
  directories.push(directory);
  const store = await directoryStore(directory);
  const full = {
    start: "2026-11-23 08:00:00",
    answer: "2026-11-23 08:00:09",
    from_number: "+390400000",
    to_number: "101",
    disposition: "ANSWERED",
    billsec: "12",
  };
  const strange = { from_name: 'a\ud83d "b"; =1,\nc', tags: ["\udcde"], answer: "0000-00-00 00:00:00" };
  const empty = { from_name: null, answer: null, billsec: null, start: "" };
  await standingDay(store, [exportRows(3, 1, full), exportRows(2, 4, { ...full, ...strange })], { format });
  await standingDay(store, [exportRows(4, 10, full)], { format, pbx: "rome" });
  await standingDay(store, [exportRows(2, 20, empty)], { format, day: "2026-11-24" });
  await standingDay(store, [], { format, day: "2026-11-25" });
  return directory;
};

const call: Call = {
  call_id: "0123456789abcdef",
  started_utc: "2026-11-23T07:00:00Z",
  answered_utc: "2026-11-23T07:00:09Z",
  ended_utc: "2026-11-23T07:01:00Z",
  started: "2026-11-23 08:00:00",
  answered: "2026-11-23 08:00:09",
  ended: "2026-11-23 08:01:00",
  direction: "inbound",
  caller: "+390400000",
  caller_e164: "+390400000",
  caller_name: 'a "b"; =1,\nc',
  called: "300",
  called_e164: null,
  called_name: "Support",
  did: "0390400001",
  outcome: "answered",
  answered_by: "101",
  answered_by_name: "Zoë",
  queue: "Support",
  queues: ["Support", "Büro & Empfang"],
  wait_seconds: 9,
  ring_seconds: 5,
  talk_seconds: 51,
  transfers: 0,
  transferred_to: null,
  trunk: "telco",
  placed_by: null,
  leg_ids: ["1", "2"],
  grouping: "channel",
};
const hidden: Call = {
  ...call,
  answered_utc: null,
  answered: null,
  caller: null,
  caller_e164: null,
  queue: null,
  queues: [],
  talk_seconds: null,
};
const agent = { extension: "101", name: "Zoë", department: null, email: null };

/** Writes two rows of each dataset into a part. */
const others = {
  calls: [plainShape<Call>("call", callFields), [call, hidden]],
  queues: [
    plainShape<QueueRow>("queue", queueFields),
    [
      { id: "1", name: "Support", members: ["101", "102"] },
      { id: "2", name: "Sales", members: null },
    ],
  ],
  agents: [plainShape<AgentRow>("agent", agentFields), [agent, { ...agent, extension: "102" }]],
} as const;

const otherWritten = async (format: FormatName): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-readers-"));
  directories.push(directory);
  const store = await directoryStore(directory);
  const write = async <Row>(
    dataset: Dataset,
    pbx: string,
    shape: RowShape<Row>,
    rows: readonly Row[],
  ): Promise<void> => {
    const part = partFormats[format].open(shape, store, partKey(dataset, "2026-11-23", pbx, 1, format));
    await part.write(rows);
    await (await part.finish()).staged.commit({ absent: true });
  };
  for (const pbx of ["milan", "rome"]) {
    await write("calls", pbx, ...others.calls);
    await write("queues", pbx, ...others.queues);
    await write("agents", pbx, ...others.agents);
  }
  return directory;
};

const days = { "2026-11-23 milan": 5, "2026-11-23 rome": 4, "2026-11-24 milan": 2 };

describe.each(formatNames)("a directory of %s", (format) => {
  it("is read by common libraries, with the day and PBX of the folders", async () => {
    const script = join(root, "test/aws/readers/readers.py");
    const { stdout } = await run(inVenv("python"), [script, await written(format), format, "legs"]);
    const { duckdb, pyarrow, pandas, polars }: Record<string, Seen> = JSON.parse(stdout);
    expect(duckdb).toMatchObject({ days, nulls: 2 });
    for (const seen of [duckdb, pyarrow, pandas])
      if (seen !== undefined) {
        expect(seen.days).toEqual(days);
        expect(seen.columns.filter((name) => name === "pbx" || name === "dt")).toEqual(["dt", "pbx"]);
      }
    expect(polars).toMatchObject(format === "parquet" ? { days } : { rows: 11 });
    if (format !== "parquet") return;
    expect(duckdb?.types).toMatchObject({
      start: "TIMESTAMP",
      answer: "TIMESTAMP",
      start_utc: "TIMESTAMP",
      talk_seconds: "INTEGER",
      unanswered: "BOOLEAN",
      pbx: "VARCHAR",
    });
    expect(pyarrow?.types).toMatchObject({
      start: "timestamp[ms]",
      start_utc: "timestamp[ms, tz=UTC]",
      talk_seconds: "int32",
      unanswered: "bool",
    });
  });

  it.each(Object.keys(others) as (keyof typeof others)[])("has %s that they read", async (dataset) => {
    const script = join(root, "test/aws/readers/readers.py");
    const { stdout } = await run(inVenv("python"), [script, await otherWritten(format), format, dataset]);
    const { duckdb, pyarrow, pandas, polars }: Record<string, Seen> = JSON.parse(stdout);
    const rows = { "2026-11-23 milan": 2, "2026-11-23 rome": 2 };
    for (const seen of [duckdb, pyarrow, pandas]) if (seen !== undefined) expect(seen.days).toEqual(rows);
    expect(polars).toMatchObject(format === "parquet" ? { days: rows } : { rows: 4 });
    if (format !== "parquet" || dataset !== "calls") return;
    expect(duckdb).toMatchObject({ nulls: 2 });
    expect(duckdb?.types).toMatchObject({
      started: "TIMESTAMP",
      answered: "TIMESTAMP",
      wait_seconds: "INTEGER",
      transfers: "INTEGER",
      queues: "VARCHAR",
    });
    expect(pyarrow?.types).toMatchObject({
      started: "timestamp[ms]",
      started_utc: "timestamp[ms, tz=UTC]",
      wait_seconds: "int32",
    });
  });
});
