import { gunzipSync, gzipSync } from "node:zlib";
import { parquetMetadata } from "hyparquet";
import { describe, expect, it } from "vitest";
import { type FormatName, formatNames } from "../../../lib/format-names.ts";
import type { CsvStyle } from "../../../lib/history/parts/csv.ts";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { editPart } from "../../../lib/history/parts/part-editor.ts";
import { plainShape, type RowShape } from "../../../lib/history/parts/row-shape.ts";
import type { FieldDoc } from "../../../lib/history/rows/field-doc.ts";
import { plainStore } from "../../support/plain-store.ts";

type Row = Readonly<Record<string, unknown>>;

const doc = (type: FieldDoc["type"]): FieldDoc => ({ type, nullable: true, says: type });
const fields = {
  id: doc("text"),
  start: doc("local"),
  start_utc: doc("time"),
  talk: doc("integer"),
  ok: doc("flag"),
  extra: doc("json"),
};
type Call = Record<keyof typeof fields, unknown>;
const callShape = () => plainShape<Call>("call", fields);
const legs: RowShape<Row> = {
  name: "leg",
  fields,
  hasOthers: true,
  toObject: (row) => row,
  toLine: (row) => [`${JSON.stringify(row)}\n`],
};

const call = (id: string, change: Partial<Call> = {}): Call => ({
  id,
  start: "2026-11-23 12:00:00",
  start_utc: "2026-11-23T11:00:00.000Z",
  talk: -7,
  ok: true,
  extra: { a: [1, "x"] },
  ...change,
});
const nothing = { start: null, start_utc: null, talk: null, ok: null, extra: null };
const awkward = 'Rossi; "=1",\tLtd\r\n+1';
const first = call("1");
const second = call("2", { extra: awkward });
const third = call("3", nothing);

/** The bytes of a part of these rows: the first is written by itself, and the others at once. */
const written = async <R>(
  format: FormatName,
  shape: RowShape<R>,
  rows: readonly R[],
  style?: CsvStyle,
): Promise<Buffer> => {
  const store = plainStore();
  const part = partFormats[format].open(shape, store, "k", undefined, style);
  for (const some of [rows.slice(0, 1), rows.slice(1)]) await part.write(some);
  await (await part.finish()).staged.commit({ absent: true });
  return store.objects.get("k") ?? Buffer.alloc(0);
};

/** Writes a part again; `change` gives the rows that change. */
const edited = (
  format: FormatName,
  bytes: Buffer,
  change: (row: Row) => Row | undefined = () => undefined,
): Promise<{ rows: Row[]; bytes: Buffer }> =>
  editPart(format, fields, stream(bytes), async ({ rows, encode, open }) => {
    const store = plainStore();
    const part = open(store, "k");
    const read: Row[] = [];
    for await (const { row, kept } of rows) {
      read.push(row);
      const changed = change(row);
      await part.write([changed === undefined ? kept : encode(changed)]);
    }
    await (await part.finish()).staged.commit({ absent: true });
    return { rows: read, bytes: store.objects.get("k") ?? Buffer.alloc(0) };
  });
async function* stream(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

const styles: readonly [FormatName, CsvStyle?][] = [
  ...formatNames.map((format): [FormatName] => [format]),
  ["csv", { separator: ";", bom: true }],
  ["csv", { separator: "\t" }],
  ["csv-plain", { separator: ";" }],
  ["csv-plain", { separator: "\t", bom: true }],
];

describe.each(styles)("a part in %s, style %j, that is edited", (format, style) => {
  it("keeps all bytes if no row changes", async () => {
    const bytes = await written(format, callShape(), [first, second, third], style);
    expect((await edited(format, bytes)).bytes).toEqual(bytes);
    const others = await written(format, legs, [{ ...first, mos: "4.2" }, third], style);
    expect((await edited(format, others)).bytes).toEqual(others);
  });
  it("is as if the changed row had been written", async () => {
    const bytes = await written(format, callShape(), [first, second, third], style);
    const erase = (row: Row) => (row["id"] === "2" ? { ...row, ...nothing } : undefined);
    expect((await edited(format, bytes, erase)).bytes).toEqual(
      await written(format, callShape(), [first, { ...second, ...nothing }, third], style),
    );
  });
  it("keeps the fields that no column has, or loses those that the change takes away", async () => {
    const with1 = { ...third, id: "1", mos: "4.2", codec: { name: "opus" } };
    const bytes = await written(format, legs, [with1, { ...with1, id: "2" }, { ...with1, id: "3" }], style);
    const erase = ({ mos, codec, ...row }: Row) =>
      row["id"] === "1" ? undefined : row["id"] === "2" ? { ...row, codec } : row;
    expect((await edited(format, bytes, erase)).bytes).toEqual(
      await written(
        format,
        legs,
        [with1, { ...third, id: "2", codec: { name: "opus" } }, { ...third, id: "3" }],
        style,
      ),
    );
  });
});

describe("the rows of a part that is edited", () => {
  it.each<FormatName>(["ndjson", "parquet"])("are those that were written, in %s", async (format) => {
    const rows = [{ ...first, mos: "4.2", codec: { name: "opus" } }, { ...third }];
    expect((await edited(format, await written(format, legs, rows))).rows).toEqual(rows);
    expect((await edited(format, await written(format, callShape(), [first, third]))).rows).toEqual([
      first,
      third,
    ]);
  });
  it("keep a value that the column of times cannot hold", async () => {
    const rows = [
      { ...first, start: 7 },
      { ...third, start: "7" },
    ];
    expect((await edited("parquet", await written("parquet", legs, rows))).rows).toEqual(rows);
  });
  it("have the columns of their shape in Parquet", async () => {
    const columnsOf = (bytes: Buffer) =>
      parquetMetadata(new Uint8Array(bytes).buffer).schema.map(({ name }) => name);
    const names = Object.keys(fields);
    expect(columnsOf(await written("parquet", callShape(), [first]))).toEqual(["call", ...names]);
    expect(columnsOf(await written("parquet", legs, [first]))).toEqual(["leg", ...names, "other"]);
  });
  it("keep text that is no JSON, and other values, in a nested field", async () => {
    const rows = [call("1", { extra: "plain" }), call("2", { extra: [1] }), call("3", { extra: 0 })];
    expect((await edited("parquet", await written("parquet", callShape(), rows))).rows).toEqual(rows);
  });
  it.each(["csv", "csv-plain"] as const)("are texts in %s, except what is nested", async (format) => {
    const rows = [{ ...second, mos: "4.2" }, { ...third }];
    const texts = {
      id: "2",
      start: "2026-11-23 12:00:00",
      start_utc: "2026-11-23T11:00:00.000Z",
      talk: "-7",
      ok: "true",
    };
    const empty = { id: "3", start: "", start_utc: "", talk: "", ok: "", extra: null };
    expect((await edited(format, await written(format, legs, rows))).rows).toEqual([
      { ...texts, extra: awkward, mos: "4.2" },
      empty,
    ]);
  });
});

describe("CSV that is written", () => {
  const heading = "id,start,start_utc,talk,ok,extra";
  const cells = "1,2026-11-23 12:00:00,2026-11-23T11:00:00.000Z,-7,true,plain";
  const row = call("1", { extra: "plain" });
  it.each<[string, CsvStyle | undefined, string]>([
    ["", undefined, `${heading}\r\n${`${cells}\r\n`.repeat(3)}`],
    ["with another style", { separator: ";", bom: true }, `\ufeff${heading}\r\n${`${cells}\r\n`.repeat(3)}`],
  ])("has a heading and the rows, compressed or plain %s", async (_, style, text) => {
    const separated = text.replaceAll(",", style?.separator ?? ",");
    const plain = await written("csv-plain", callShape(), [row, row, row], style);
    expect(plain.toString("utf8")).toBe(separated);
    expect(gunzipSync(await written("csv", callShape(), [row, row, row], style)).toString("utf8")).toBe(
      separated,
    );
  });
  it("has a column for other fields if rows can have some", async () =>
    expect((await written("csv-plain", legs, [{ ...row, mos: 4 }])).toString("utf8")).toBe(
      `${heading},other\r\n${cells},"{""mos"":4}"\r\n`,
    ));
  it("has only the heading if there are no rows", async () =>
    expect((await written("csv-plain", callShape(), [])).toString("utf8")).toBe(`${heading}\r\n`));
});

describe("CSV that is edited", () => {
  const csv = (text: string): Buffer => gzipSync(text);
  const textOf = async (text: string, change?: (row: Row) => Row | undefined) => {
    const { rows, bytes } = await edited("csv", csv(text), change);
    return { rows, text: gunzipSync(bytes).toString("utf8") };
  };
  it("may have one column, a last line without an end, too few cells, or only a heading", async () => {
    expect(await textOf("id\r\n1\r\n2")).toEqual({ rows: [{ id: "1" }, { id: "2" }], text: "id\r\n1\r\n2" });
    expect((await textOf("id,talk\r\n1\r\n")).rows).toEqual([{ id: "1", talk: "" }]);
    expect(await textOf("id,talk\r\n")).toEqual({ rows: [], text: "id,talk\r\n" });
    expect(await textOf("")).toEqual({ rows: [], text: "" });
  });
  it("is read up to its end if a quote is left open", async () =>
    expect((await textOf('id,talk\r\n"1,2')).rows).toEqual([{ id: "1,2", talk: "" }]));
  it("marks formulas behind a comma's rivals, even if there is one column", async () =>
    expect((await textOf("id\r\n1\r\n", () => ({ id: "a;=1,=2" }))).text).toBe('id\r\n"a;\'=1,=2"\r\n'));
  it("keeps a separator of the heading in cells of another kind", async () =>
    expect((await textOf("id;talk\r\n1,2;\t3\r\n")).rows).toEqual([{ id: "1,2", talk: "\t3" }]));
  it("keeps the quotes that it has, and the quotes in quotes", async () => {
    const text = 'id,talk\r\n"1","a ""b"""\r\n"",""""\r\n';
    expect(await textOf(text)).toEqual({
      rows: [
        { id: "1", talk: 'a "b"' },
        { id: "", talk: '"' },
      ],
      text,
    });
  });
  it("loses the apostrophes that were written before a formula, and no other", async () => {
    const text = "id,talk,ok\r\n\"'=1\",'a,\"x;'=1;'y\"\r\n";
    expect((await textOf(text)).rows).toEqual([{ id: "=1", talk: "'a", ok: "x;=1;'y" }]);
    expect((await textOf(text, (row) => row)).text).toBe(text);
  });
  it("keeps a cell of JSON that is no JSON", async () => {
    const text = "id,extra,other\r\n1,{,{\r\n2,null,3\r\n";
    expect((await textOf(text)).rows).toEqual([
      { id: "1", extra: "{" },
      { id: "2", extra: null },
    ]);
  });
});
