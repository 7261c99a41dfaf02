import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { type FormatName, formatNames, formatOf, formats } from "../../../lib/format-names.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { legShape } from "../../../lib/history/parts/row-shape.ts";
import { legFields } from "../../../lib/history/rows/leg-fields.ts";
import { noFindings, typing } from "../../../lib/history/rows/rows.ts";
import { software } from "../../../lib/software.ts";
import type { CallRecord } from "../../../lib/wms/operations/history-page.ts";
import { plainStore } from "../../support/plain-store.ts";

const typed = typing({ zone: "UTC" }, noFindings());
const known: CallRecord = { id: "7", start: "2026-11-23 12:00:00", from_name: "Zoë", billsec: "12" };
const unknown: CallRecord = { ...known, id: "8", mos: "4.2", codec: { name: "opus" } };

/** A part of these rows, committed. */
const partOf = async (format: FormatName, columns?: readonly string[]) => {
  const store = plainStore();
  const part = partFormats[format].open(legShape, store, "k", columns);
  await part.write([known, unknown].map((record) => ({ record, typed: typed(record) })));
  const { staged, rows } = await part.finish();
  await staged.commit({ absent: true });
  expect(rows).toBe(2);
  return store.objects.get("k") ?? Buffer.alloc(0);
};
const linesOf = async (...args: Parameters<typeof partOf>): Promise<string[]> =>
  gunzipSync(await partOf(...args))
    .toString("utf8")
    .split(/\r?\n/);
const some = ["id", "talk_seconds"];

describe("lines of JSON", () => {
  it("have all that the PBX gave, and what was made of it", async () => {
    const [first = "", second = "", ...rest] = await linesOf("ndjson");
    expect(JSON.parse(first)).toEqual({ ...known, ...typed(known) });
    expect(JSON.parse(second)).toEqual({ ...unknown, ...typed(unknown) });
    expect(rest).toEqual([""]);
  });
  it("have the columns that were named, and no other", async () =>
    expect(await linesOf("ndjson", some)).toEqual([
      '{"id":"7","talk_seconds":12}',
      '{"id":"8","talk_seconds":12}',
      "",
    ]));
});

describe("CSV", () => {
  it("has a heading, every field of the record, and what nobody knows in a column of its own", async () => {
    const [heading, first, second, ...rest] = await linesOf("csv");
    const names = Object.keys(legFields);
    expect(heading).toBe([...names, "other"].join(","));
    const cells = first?.split(",") ?? [];
    expect(cells).toHaveLength(names.length + 1);
    const cell = (name: string): string | undefined => cells[names.indexOf(name)];
    expect(["id", "from_name", "talk_seconds", "dst"].map(cell)).toEqual(["7", "Zoë", "12", ""]);
    expect(cells.at(-1)).toBe("");
    expect(second).toMatch(/,"\{""mos"":""4\.2"",""codec"":\{""name"":""opus""\}\}"$/);
    expect(rest).toEqual([""]);
  });
  it("has the columns that were named; one that nobody knows is among the others", async () => {
    expect(await linesOf("csv", some)).toEqual(["id,talk_seconds,other", "7,12,", "8,12,", ""]);
    expect(await linesOf("csv", ["id", "mos"])).toEqual(["id,other", "7,", '8,"{""mos"":""4.2""}"', ""]);
  });
});

describe("Parquet", () => {
  const read = async (columns?: readonly string[]) => {
    const file = new Uint8Array(await partOf("parquet", columns)).buffer;
    const compressors = { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) };
    return { rows: await parquetReadObjects({ file, compressors }), metadata: parquetMetadata(file) };
  };
  it("has every field of the record, and says what made it", async () => {
    const { rows, metadata } = await read();
    expect(Object.keys(rows[0] ?? {})).toEqual([...Object.keys(legFields), "other"]);
    expect(rows[1]).toMatchObject({
      id: "8",
      talk_seconds: 12,
      other: '{"mos":"4.2","codec":{"name":"opus"}}',
    });
    expect(metadata.created_by).toContain(software);
  });
  it("has the columns that were named", async () =>
    expect((await read(some)).rows).toEqual([
      { id: "7", talk_seconds: 12, other: null },
      { id: "8", talk_seconds: 12, other: null },
    ]));
});

describe("a part's format", () => {
  it("is seen by how its name ends", () => {
    for (const name of formatNames) expect(formatOf(`part-00001.${formats[name].extension}`)).toBe(name);
    for (const other of [
      "part-00001.json",
      "part-00001.xcsv.gz.bak",
      "ndjson.gz",
      "part-parquet",
      ".csv.gz/x",
    ])
      expect(formatOf(other)).toBeUndefined();
  });
});
