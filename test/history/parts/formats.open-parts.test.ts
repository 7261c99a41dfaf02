import { describe, expect, it } from "vitest";
import { partFormats } from "../../../lib/history/parts/formats.ts";
import { type FinishedPart, type OpenPart, PartWriter } from "../../../lib/history/parts/parts.ts";
import { legShape } from "../../../lib/history/parts/row-shape.ts";
import type { ExportRow } from "../../../lib/history/rows/rows.ts";
import type { ExportStore } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { noise, storeOf } from "../../support/staged-store.ts";
import { exportRows } from "../../support/standing-day.ts";

const rows = exportRows(3_000).map(({ record, typed }, at) => ({
  record: { ...record, lastdata: noise(600, String(at)) },
  typed,
}));

const refusing = (failure: unknown): ExportStore => ({
  ...plainStore(),
  stage: () => Promise.reject(failure),
});
/** Writes all rows twice, then ends the part. */
const writeAll = async (part: OpenPart<ExportRow>): Promise<FinishedPart> => {
  for (let at = 0; at < rows.length; at += 50) await part.write(rows.slice(at, at + 50));
  await part.write(rows);
  return part.finish();
};

describe.each(["ndjson", "parquet", "csv"] as const)("a part in %s", (format) => {
  const open = (store: ExportStore): OpenPart<ExportRow> =>
    partFormats[format].open(legShape, store, "part", undefined);

  it("has its key, its rows, and the hash of its bytes", async () => {
    const store = plainStore();
    const { key, rows: count, sha256, staged } = await writeAll(open(store));
    const { etag } = await staged.commit({ absent: true });
    expect([key, count, etag]).toEqual(["part", rows.length * 2, sha256]);
  });
  it("fails with the store's own error, while it is written or when it ends", async () => {
    const disk = new Error("the disk is full");
    await expect(writeAll(open(refusing(disk)))).rejects.toBe(disk);
    const { store } = storeOf((_chunk, count) => {
      if (count === 2) throw disk;
    });
    await expect(writeAll(open(store))).rejects.toBe(disk);
    const atOnce = open(refusing(disk));
    await new Promise(setImmediate);
    await expect(atOnce.write(rows).then(() => atOnce.finish())).rejects.toBe(disk);
    const empty = open(refusing(disk));
    await expect(empty.finish()).rejects.toBe(disk);
  });
  it("can be given up at any moment", async () => {
    const { store, sizes } = storeOf(() => undefined);
    await open(store).abort();
    const begun = open(store);
    await begun.write(rows.slice(0, 10));
    await begun.abort();
    expect(sizes).toEqual([]);
    await expect(begun.finish()).rejects.toThrow("the part is aborted");
    const failed = open(refusing(new Error("the disk is full")));
    await new Promise(setImmediate);
    await failed.abort();
  });
  it("that is given up, or whose store fails, throws nothing beside", async () => {
    const loose: unknown[] = [];
    const note = (error: unknown): void => void loose.push(error);
    process.on("uncaughtException", note).on("unhandledRejection", note);
    const { store } = storeOf(() => undefined);
    /** Has not begun to read when the part is aborted. */
    const slow: ExportStore = {
      ...store,
      stage: async () => {
        await new Promise(setImmediate);
        await new Promise(setImmediate);
        throw new Error("the part is not wanted");
      },
    };
    for (const part of [open(store), open(slow), open(refusing(new Error("the disk is full")))]) {
      await part.write(rows.slice(0, 10)).catch(() => undefined);
      await part.abort();
      await new Promise(setImmediate);
    }
    process.off("uncaughtException", note).off("unhandledRejection", note);
    expect(loose).toEqual([]);
  });
  it("is forgotten by the store when it is given up after its end", async () => {
    const { store, aborted } = storeOf(() => undefined);
    const part = open(store);
    await writeAll(part);
    await part.abort();
    expect(aborted).toEqual(["part"]);
  });
});

describe("the writer of parts", () => {
  const fake =
    (store: string[]) =>
    (number: number): OpenPart<ExportRow> => {
      let count = 0;
      return {
        get rows() {
          return count;
        },
        write: async (more) => {
          count += more.length;
        },
        finish: async () => {
          store.push(`finished ${number}`);
          return {
            key: String(number),
            staged: {
              size: 0,
              commit: () => Promise.reject(new Error("not here")),
              abort: async () => void store.push(`aborted ${number}`),
            },
            sha256: "",
            rows: count,
          };
        },
        abort: async () => void store.push(`given up ${number}`),
      };
    };
  const some = (count: number): ExportRow[] => rows.slice(0, count);

  it("says how much room there is, and when it is between two parts", async () => {
    const writer = new PartWriter(fake([]), 10, 7);
    expect([writer.isBetween, writer.room]).toEqual([true, 10]);
    await writer.write(some(4));
    expect([writer.isBetween, writer.room]).toEqual([false, 6]);
    await writer.write(some(6));
    expect([writer.isBetween, writer.room]).toEqual([true, 10]);
    await writer.write(some(1));
    expect((await writer.finish()).map(({ key, rows: count }) => [key, count])).toEqual([
      ["7", 10],
      ["8", 1],
    ]);
    expect(writer.isBetween).toBe(true);
  });
  it("gives up the open part and those that are finished, also where one has failed", async () => {
    const done: string[] = [];
    const open = fake(done);
    const writer = new PartWriter(
      (number) =>
        number === 2 ? { ...open(2), rows: 10, finish: () => Promise.reject(new Error("no")) } : open(number),
      10,
      1,
    );
    for (const count of [10, 10, 10, 3]) await writer.write(some(count));
    await writer.abort();
    expect(done).toEqual(["finished 1", "finished 3", "given up 4", "aborted 1", "aborted 3"]);
    await writer.abort();
    expect(done).toHaveLength(5);
    expect(await writer.finish()).toEqual([]);
  });
  it("tells of a part that failed when it ends", async () => {
    const writer = new PartWriter<ExportRow>(
      () => ({ ...fake([])(1), rows: 1, finish: () => Promise.reject(new Error("the disk is full")) }),
      1,
      1,
    );
    await writer.write(some(1));
    await new Promise(setImmediate);
    await expect(writer.finish()).rejects.toThrow("the disk is full");
  });
});
