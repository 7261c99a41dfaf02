import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { FormatName } from "../../../lib/format-names.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { readLines } from "../../../lib/history/parts/part-reader.ts";
import { partKey } from "../../../lib/history/publication/manifest.ts";
import { type ExportRow, toLine, toObject } from "../../../lib/history/rows/rows.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, standingDay } from "../../support/standing-day.ts";

const partOf = async (format: FormatName, rows: readonly ExportRow[]): Promise<Buffer> => {
  const store = plainStore();
  await standingDay(store, [rows], { format });
  return store.objects.get(partKey("legs", "2026-11-23", "milan", 1, format)) ?? Buffer.alloc(0);
};
const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, at * size + size),
  );
const counted = async (format: FormatName, chunks: readonly Uint8Array[]): Promise<number> => {
  const counter = partFormats[format].count();
  for (const chunk of chunks) await counter.write(chunk);
  return counter.end();
};
/** A stream of chunks that says whether it was read to its end. */
async function* stream(chunks: readonly Uint8Array[], end: () => void = () => undefined) {
  yield* chunks;
  end();
}
const formats: readonly FormatName[] = ["ndjson", "csv", "parquet"];
const counting: readonly FormatName[] = [...formats, "csv-plain"];

describe("rows are counted", () => {
  it.each(counting)("of a part in %s, in whatever pieces it comes", async (format) => {
    const part = await partOf(format, exportRows(1_234));
    expect(await counted(format, [part])).toBe(1_234);
    expect(await counted(format, cut(part, 100))).toBe(1_234);
  });
  it("of a part that is far larger than what a stream holds", async () => {
    // lines that compress well: a few bytes become megabytes
    const lines = gzipSync("x".repeat(99).concat("\n").repeat(100_000));
    expect(await counted("ndjson", cut(lines, 1_000))).toBe(100_000);
    expect(await counted("ndjson", cut(gzipSync("\n\na\n"), 1))).toBe(3);
    const noise = gzipSync(
      Buffer.from(Array.from({ length: 300_000 }, (_, at) => ((at * 7919) % 251) + 11)),
      {
        level: 0,
      },
    );
    expect(await counted("ndjson", [noise, gzipSync("a\nb\n")])).toBe(2);
  });
  it("of CSV without its heading, and a line may end inside of a cell", async () => {
    const rows = [
      ...exportRows(2, 1, { from_name: 'one\ntwo "three\n"' }),
      ...exportRows(1, 3, { from_name: "a,b" }),
    ];
    expect(await counted("csv", cut(await partOf("csv", rows), 7))).toBe(3);
    expect(await counted("csv", [await partOf("csv", [])])).toBe(0);
  });
  it("also if the end of the last line is missing: readers take it for a row", async () => {
    expect(await counted("ndjson", [gzipSync("{}\n{}")])).toBe(2);
    expect(await counted("ndjson", cut(Buffer.concat([gzipSync("{}\n"), gzipSync("{}")]), 1))).toBe(2);
    expect(await counted("ndjson", [gzipSync("")])).toBe(0);
    expect(await counted("csv", [gzipSync('a,b\r\n1,"x\n"')])).toBe(1);
    expect(await counted("csv-plain", [Buffer.from("a,b\r\n1,2\r\n3,4")])).toBe(2);
    const rows = await Array.fromAsync(readLines(stream([gzipSync('{"id":1}\n{"id":2}')])));
    expect(rows.map(({ row }) => row["id"])).toEqual([1, 2]);
  });
  it.each(formats)("as none that can be, where a part in %s is damaged", async (format) => {
    const part = await partOf(format, exportRows(50));
    expect(await counted(format, [part.subarray(0, -10)])).toBe(-1);
    expect(await counted(format, cut(Buffer.from("no part of any format"), 3))).toBe(-1);
    expect(await counted(format, [Buffer.alloc(200_000, 1), Buffer.alloc(200_000, 2)])).toBe(-1);
  });
});

describe("rows are read", () => {
  const read = async (format: "ndjson" | "parquet", chunks: readonly Uint8Array[]) => {
    const rows: { row: Readonly<Record<string, unknown>>; text: string }[] = [];
    for await (const each of partFormats[format].read?.(stream(chunks)) ?? []) rows.push(each);
    return rows;
  };

  it("from lines, each with its text, also where a letter is cut in two", async () => {
    const rows = exportRows(300, 1, { from_name: "Zoë 🙂" });
    const part = await partOf("ndjson", rows);
    const found = await read("ndjson", cut(part, 1));
    expect(found.map(({ text }) => `${text}\n`)).toEqual(rows.map((row) => toLine(row).join("")));
    expect(found.map(({ row }) => row)).toEqual(rows.map((row) => toObject(row)));
    const text = Buffer.from(gunzipSync(part));
    // blocks of their own, so that the letters come out in pieces
    const pieces = cut(text, 101).map((piece) => gzipSync(piece));
    expect((await read("ndjson", pieces)).map(({ row }) => row)).toEqual(rows.map((row) => toObject(row)));
  });
  it("from more than a stream holds", async () => {
    const noise = (at: number): string => String(Math.sin(at)).slice(2).repeat(3);
    const rows = Array.from({ length: 3_000 }, (_, at) =>
      JSON.stringify({ id: String(at), noise: noise(at) }),
    );
    const part = gzipSync(`${rows.join("\n")}\n`, { level: 0 });
    expect((await read("ndjson", [part])).map(({ text }) => text)).toEqual(rows);
    expect((await read("ndjson", cut(part, 50_000))).map(({ text }) => text)).toEqual(rows);
  });
  it("from Parquet, group by group", async () => {
    const rows = exportRows(5_007);
    const found = await read("parquet", cut(await partOf("parquet", rows), 1_000));
    expect(found.map(({ row }) => row["id"])).toEqual(rows.map(({ record }) => record["id"]));
    expect(found[5_006]?.row).toMatchObject({
      from_name: "Zoë",
      start_utc: new Date("2026-11-23T08:00:00Z"),
    });
    expect(found.every(({ row, text }) => text === JSON.stringify(row))).toBe(true);
  });
  it.each(["ndjson", "parquet"] as const)("in %s: none of an empty day", async (format) => {
    expect(await read(format, [await partOf(format, [])])).toEqual([]);
  });
  it.each(["ndjson", "parquet"] as const)("in %s: a damaged part is an error", async (format) => {
    const part = await partOf(format, exportRows(50));
    await expect(read(format, [part.subarray(0, -10)])).rejects.toThrow();
    await expect(read(format, [Buffer.from("no part of any format")])).rejects.toThrow();
  });
  it("a source that breaks is an error, and the same one", async () => {
    const part = await partOf("ndjson", exportRows(50));
    const broken = (cause: unknown) =>
      stream([part.subarray(0, 20)], () => {
        throw cause;
      });
    const all = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const _row of readLines(bytes));
    };
    await expect(all(broken(new Error("the disk is gone")))).rejects.toThrow("the disk is gone");
    await expect(all(broken("gone"))).rejects.toThrow();
  });
});
