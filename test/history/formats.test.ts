import { zstdDecompressSync } from "node:zlib";
import * as fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { recordFields, recordSchema } from "../../lib/history/call-record.ts";
import { csvCell, csvLine } from "../../lib/history/csv.ts";
import { ParquetFile } from "../../lib/history/parquet.ts";
import { knownFields, noFindings, typing } from "../../lib/history/rows.ts";

describe("CSV", () => {
  it.each([
    ["plain", "plain"],
    ["", ""],
    [null, ""],
    [undefined, ""],
    [7, "7"],
    [-7, "-7"],
    [false, "false"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\nlines", '"two\nlines"'],
    ["=1+1", `"'=1+1"`],
    ["@SUM(A1)", `"'@SUM(A1)"`],
    ["+39040555", `"'+39040555"`],
    ["-2+3", `"'-2+3"`],
    ["\t=1", `"'\t=1"`],
    ["\r=1", `"'\r=1"`],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ["a=1", "a=1"],
    [{ vm: { url: "" } }, '"{""vm"":{""url"":""""}}"'],
  ])("%j becomes %s", (value, cell) => expect(csvCell(value)).toBe(cell));

  it("ends lines as RFC 4180 has it", () => expect(csvLine(["a", 1, null])).toBe("a,1,\r\n"));

  it("no text begins a cell as a formula, and each can be read back", () => {
    const unquote = (cell: string): string =>
      cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = unquote(csvCell(text));
        expect(read).not.toMatch(/^[=@+\-\t\r]/);
        expect([text, `'${text}`]).toContain(read);
      }),
    );
  });
});

const row = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: String(n),
  from_name: "Zoë 🙂",
  attachments: { vm: { url: "" } },
  pbx: "milan",
  start_utc: "2026-11-23T08:00:00Z",
  answer_utc: null,
  talk_seconds: 12.5,
  missed: false,
  ...more,
});

const parquetOf = (rows: readonly Record<string, unknown>[], batch = 700): Buffer => {
  const file = new ParquetFile(recordFields, "test");
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
      talk_seconds: 12.5,
      missed: false,
      other: null,
    });
    expect(read[7]?.["answer_utc"]).toBeNull();
    expect(Object.keys(read[7] ?? {})).toEqual([...Object.keys(recordFields), "other"]);
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
  it("has no row where there is none", async () => expect(await readBack(parquetOf([]))).toEqual([]));
  it("the same rows give the same bytes, however they come", () => {
    const rows = Array.from({ length: 6_000 }, (_, n) => row(n));
    expect(parquetOf(rows, 1_000).equals(parquetOf(rows, 333))).toBe(true);
  });
});

describe("the record's documentation", () => {
  it("has every field that the code knows, and no other", () => {
    const typed = Object.keys(typing({ pbx: "a", zone: "UTC" }, noFindings())({ id: "1" }));
    expect(Object.keys(recordFields)).toEqual([...knownFields, ...typed]);
  });
  it("requires what this product adds alone", () => {
    expect(recordSchema()).toMatchObject({
      required: Object.keys(typing({ pbx: "a", zone: "UTC" }, noFindings())({ id: "1" })),
      properties: {
        direction: { type: ["string", "null"], enum: ["inbound", "outbound", "internal", "transit", null] },
        start_utc: { format: "date-time" },
        voicemail: { type: "boolean" },
      },
    });
  });
});
