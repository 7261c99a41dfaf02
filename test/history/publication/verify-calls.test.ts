import { describe, expect, it } from "vitest";
import { exportDay } from "../../../lib/history/export/export-day.ts";
import { type Call, callFields } from "../../../lib/history/grouping/grouping.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { legShape, plainShape } from "../../../lib/history/parts/row-shape.ts";
import { type Dataset, manifestKey, type Part, partKey } from "../../../lib/history/publication/manifest.ts";
import { verifyExport } from "../../../lib/history/publication/verify.ts";
import type { ExportRow } from "../../../lib/history/rows/rows.ts";
import type { ExportStore } from "../../../lib/store/store.ts";
import { writeText } from "../../../lib/store/store.ts";
import { day, exportWorld } from "../../support/export-world.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, manifestOf } from "../../support/standing-day.ts";

const key = manifestKey(day, "milan");
const next = "2026-11-24";
type CallOf = Pick<Call, "call_id" | "leg_ids">;

/** Writes a day with these legs (id, call and hour) and calls. */
const write = async (
  store: ExportStore,
  date: string,
  legs: readonly (readonly [id: number, call: string, hour?: string])[],
  calls: readonly CallOf[],
  format: "ndjson" | "parquet" | "csv" = "ndjson",
): Promise<void> => {
  const part = async (dataset: Dataset, rows: readonly unknown[]): Promise<Part[]> => {
    const name = partKey(dataset, date, "milan", 1, format);
    const open =
      dataset === "legs"
        ? partFormats[format].open(legShape, store, name)
        : partFormats[format].open(plainShape("call", callFields), store, name);
    await open.write(rows as (ExportRow & Call)[]);
    const { staged, sha256 } = await open.finish();
    const { etag, size } = await staged.commit({ absent: true });
    return [{ key: name, etag, sha256, size, rows: rows.length }];
  };
  const rows = legs.flatMap(([id, call_id, hour = "12"]) =>
    exportRows(1, id, { start: `${date} ${hour}:00:00` }).map((row) => ({ ...row, call_id })),
  );
  const manifest = manifestOf(await part("legs", rows), { day: date, format });
  const { datasets } = manifest;
  const changed = {
    ...manifest,
    datasets: {
      ...datasets,
      calls: { ...datasets.calls, rows: calls.length, parts: await part("calls", calls) },
    },
  };
  await writeText(store, manifestKey(date, "milan"), JSON.stringify(changed), { absent: true });
};
const call = (call_id: string, ...leg_ids: string[]): CallOf => ({ call_id, leg_ids });

describe("legs and calls of an export", () => {
  it.each(["ndjson", "parquet"] as const)("agree, also over midnight, in %s", async (format) => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1", "2")], format);
    const second = [2, "aa", "00"] as const;
    await write(store, next, [second, [3, "bb"]], [call("bb", "3")], format);
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
  });

  it.each([
    [
      "a leg of a call that is not there",
      [[1, "ff"]],
      [call("aa", "1")],
      "legs without call",
      "the calls of 1 leg",
    ],
    ["a call twice", [[1, "aa"]], [call("aa", "1"), call("aa", "1")], "call twice", "1 call more than once"],
  ] as const)("disagree if there is %s", async (_name, legs, calls, problem, detail) => {
    const store = plainStore();
    await write(store, day, legs, calls);
    expect((await verifyExport(store)).findings).toEqual([
      { key, problem, detail: expect.stringContaining(detail) },
    ]);
  });

  it("disagree if a call names a leg that neither its day nor the next has", async () => {
    const store = plainStore();
    await write(store, day, [[1, "aa"]], [call("aa", "1", "2")]);
    expect((await verifyExport(store)).findings, "the next day may have it").toEqual([]);
    await write(store, next, [[3, "bb"]], [call("bb", "3")]);
    expect((await verifyExport(store)).findings).toMatchObject([
      { key, problem: "call without legs", detail: expect.stringContaining("1 leg that") },
    ]);
  });

  it("are not compared after midnight without the day before; with it, there is a warning", async () => {
    const store = plainStore();
    await write(store, next, [[2, "aa", "03"]], []);
    expect(await verifyExport(store)).toMatchObject({ findings: [], warnings: [] });
    await write(store, day, [[1, "bb"]], [call("bb", "1")]);
    expect(await verifyExport(store)).toMatchObject({
      findings: [],
      warnings: [{ key: manifestKey(next, "milan"), problem: "legs without call" }],
    });
  });

  it("are not compared in CSV", async () => {
    const store = plainStore();
    await write(store, day, [[1, "ff"]], [], "csv");
    expect((await verifyExport(store)).findings).toEqual([]);
  });

  it("of simulated days agree", async () => {
    const { ports } = await exportWorld({ days: 4, calls: 300 });
    const { client } = await ports.pbxs.get("milan");
    for (const date of ["2026-11-21", "2026-11-22", day])
      await exportDay({ ...ports, client }, { day: date, pbx: "milan", zone: "Europe/Rome" });
    const verdict = await verifyExport(ports.store);
    expect(verdict).toMatchObject({ days: 3, findings: [], warnings: [] });
  });
});
