import { zstdDecompressSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { ParquetFile } from "../../../lib/history/parts/parquet.ts";
import { legShape } from "../../../lib/history/parts/row-shape.ts";
import { legFields } from "../../../lib/history/rows/leg-fields.ts";

const row = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: String(n),
  from_name: "Zoë 🙂",
  attachments: { vm: { url: "" } },
  start: "2026-11-23 09:00:00",
  answer: "",
  start_utc: "2026-11-23T08:00:00Z",
  answer_utc: null,
  talk_seconds: 12,
  unanswered: false,
  ...more,
});

const parquetOf = (rows: readonly Record<string, unknown>[], batch = 700): Buffer => {
  const file = new ParquetFile(legShape, "test");
  const bytes: Uint8Array[] = [];
  for (let at = 0; at < rows.length; at += batch) bytes.push(...file.add(rows.slice(at, at + batch)));
  return Buffer.concat([...bytes, file.finish()]);
};
const own = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;
const readBack = async (bytes: Buffer): Promise<Record<string, unknown>[]> =>
  parquetReadObjects({
    file: own(bytes),
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  });

describe("Parquet", () => {
  it("keeps every row, in groups", async () => {
    const rows = Array.from({ length: 12_345 }, (_, n) => row(n));
    const bytes = parquetOf(rows);
    const { row_groups } = parquetMetadata(own(bytes));
    expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([5_000, 5_000, 2_345]);
    const read = await readBack(bytes);
    expect(read.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(read[7]).toMatchObject({
      from_name: "Zoë 🙂",
      attachments: '{"vm":{"url":""}}',
      start_utc: new Date("2026-11-23T08:00:00Z"),
      talk_seconds: 12,
      unanswered: false,
      other: null,
    });
    expect(read[7]?.["start"]).toEqual(new Date("2026-11-23T09:00:00Z"));
    expect([read[7]?.["answer"], read[7]?.["answer_utc"]]).toEqual([null, null]);
    expect(Object.keys(read[7] ?? {})).toEqual([...Object.keys(legFields), "other"]);
  });
  it("keeps fields that nobody knows, and values of another type", async () => {
    const [read] = await readBack(
      parquetOf([
        row(1, { mos: "4.2", codec: { name: "opus" }, billsec: 7, cost: { a: 1 }, talk_seconds: "x" }),
      ]),
    );
    expect(JSON.parse(String(read?.["other"]))).toEqual({ mos: "4.2", codec: { name: "opus" } });
    expect([read?.["billsec"], read?.["cost"], read?.["talk_seconds"]]).toEqual(["7", '{"a":1}', null]);
  });
  it.each([
    ["0000-00-00 00:00:00", null, { start: "0000-00-00 00:00:00" }],
    ["2026-02-30 10:00:00", null, { start: "2026-02-30 10:00:00" }],
    [1_784_590_587, null, { start: 1_784_590_587 }],
    ["2026-11-23 24:00:00", null, { start: "2026-11-23 24:00:00" }],
    ["2026-11-23 09:00:00", new Date("2026-11-23T09:00:00Z"), null],
    ["", null, null],
    [null, null, null],
  ])("keeps a local time of %j in its column, or as it is in other", async (start, kept, other) => {
    const [read] = await readBack(parquetOf([row(1, { start })]));
    expect(read?.["start"]).toEqual(kept);
    expect(JSON.parse(String(read?.["other"]))).toEqual(other);
  });
  it("has no half of a surrogate pair, also inside of JSON", async () => {
    const [read] = await readBack(
      parquetOf([row(1, { from_name: "a\ud83d", tags: ["\ud83d"], own: "\ud83d" })]),
    );
    expect([read?.["from_name"], read?.["tags"], read?.["other"]]).toEqual([
      "a\ufffd",
      '["\ufffd"]',
      '{"own":"\ufffd"}',
    ]);
  });
  it.each([
    ["from_name", 7, "7"],
    ["from_name", true, "true"],
    ["from_name", { a: 1 }, '{"a":1}'],
    ["from_name", null, null],
    ["from_name", undefined, null],
    ["attachments", undefined, null],
    ["attachments", "text", '"text"'],
    ["attachments", [1], "[1]"],
    ["talk_seconds", 0, 0],
    ["talk_seconds", "7", null],
    ["unanswered", true, true],
    ["unanswered", "true", null],
    ["start_utc", 7, null],
    ["start_utc", "2026-11-23T08:00:00Z", new Date("2026-11-23T08:00:00Z")],
  ])("%s of %j is %j", async (name, value, kept) => {
    const [read] = await readBack(parquetOf([row(1, { [name]: value })]));
    expect(read?.[name]).toEqual(kept);
  });
  it("says who made it, and what each column holds", () => {
    const { schema, created_by, row_groups } = parquetMetadata(own(parquetOf([row(1)])));
    expect(created_by).toBe("test");
    expect(schema[0]).toEqual({ name: "leg", num_children: Object.keys(legFields).length + 1 });
    const columns = Object.fromEntries(schema.slice(1).map(({ name, ...column }) => [name, column]));
    const text = { repetition_type: "OPTIONAL", type: "BYTE_ARRAY", converted_type: "UTF8" };
    expect(columns).toMatchObject({
      id: text,
      attachments: text,
      other: text,
      start_utc: { repetition_type: "OPTIONAL", type: "INT64", converted_type: "TIMESTAMP_MILLIS" },
      start: {
        repetition_type: "OPTIONAL",
        type: "INT64",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" },
      },
      talk_seconds: { repetition_type: "OPTIONAL", type: "INT32" },
      unanswered: { repetition_type: "OPTIONAL", type: "BOOLEAN" },
    });
    expect(
      new Set(row_groups.flatMap((group) => group.columns.map((each) => each.meta_data?.codec))),
    ).toEqual(new Set(["ZSTD"]));
  });
  it("has no row where there is none", async () => expect(await readBack(parquetOf([]))).toEqual([]));
  it.each([
    [0, []],
    [4_999, [4_999]],
    [5_000, [5_000]],
    [10_001, [5_000, 5_000, 1]],
  ])("of %i rows has groups of %j", (count, groups) => {
    const bytes = parquetOf(
      Array.from({ length: count }, (_, n) => row(n)),
      20_000,
    );
    expect(parquetMetadata(own(bytes)).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual(groups);
  });
  it("the same rows give the same bytes, however they come", () => {
    const rows = Array.from({ length: 6_000 }, (_, n) => row(n));
    expect(parquetOf(rows, 1_000).equals(parquetOf(rows, 333))).toBe(true);
  });
});
