import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FormatName, formatNames } from "../../../lib/format-names.ts";
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

const days = { "2026-11-23 milan": 5, "2026-11-23 rome": 4, "2026-11-24 milan": 2 };

describe.each(formatNames)("a directory of %s", (format) => {
  it("is read by common libraries, with the day and PBX of the folders", async () => {
    const script = join(root, "test/aws/readers/readers.py");
    const { stdout } = await run(inVenv("python"), [script, await written(format), format]);
    const { duckdb, pyarrow, pandas, polars }: Record<string, Seen> = JSON.parse(stdout);
    expect(duckdb).toMatchObject({ days, unanswered: 2 });
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
});
