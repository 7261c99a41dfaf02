import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compareRows, differing, digestRows } from "../../../lib/history/publication/changes.ts";
import { plainStore } from "../../support/plain-store.ts";

const part = (sha256: string) => ({ key: `${sha256}.ndjson.gz`, sha256 });
const parts = (text: string) => [...text].map(part);

describe("the parts that differ", () => {
  it.each([
    ["", "", "", ""],
    ["abc", "abc", "", ""],
    ["abc", "abx", "c", "x"],
    ["abc", "axc", "bc", "xc"],
    ["abc", "xbc", "abc", "xbc"],
    ["abc", "ab", "c", ""],
    ["ab", "abc", "", "c"],
    ["", "a", "", "a"],
    ["a", "", "a", ""],
  ])("of %j and %j are %j and %j", (before, after, wasAfter, isAfter) =>
    expect(differing(parts(before), parts(after))).toEqual({
      before: parts(wasAfter),
      after: parts(isAfter),
    }),
  );
});

const row = (id: number, tags = "", pbxid = "p") => ({ id: String(id), start: "s", pbxid, tags });
const storeWith = async (days: Readonly<Record<string, readonly object[]>>) => {
  const store = plainStore();
  for (const [key, rows] of Object.entries(days)) {
    const bytes = gzipSync(rows.map((one) => `${JSON.stringify(one)}\n`).join(""));
    const staged = await store.stage(
      key,
      (async function* () {
        yield bytes;
      })(),
    );
    await staged.commit({ absent: true });
  }
  return store;
};

describe("what became of the rows", () => {
  const compare = async (
    before: readonly (readonly object[])[],
    after: readonly (readonly object[])[],
  ): Promise<unknown> => {
    const named = (name: string, list: readonly (readonly object[])[]) =>
      list.map((rows, at) => [`${name}-${at}.ndjson.gz`, rows] as const);
    const [old, now] = [named("old", before), named("new", after)];
    const store = await storeWith(Object.fromEntries([...old, ...now]));
    const keys = (list: typeof old) => list.map(([key]) => ({ key, sha256: key }));
    const said = await digestRows(store, keys(old), "ndjson");
    return said && compareRows(store, said, keys(now), "ndjson");
  };

  it("is nothing where they stand, in whichever parts", async () =>
    expect(await compare([[row(1), row(2)], [row(3)]], [[row(1)], [row(2), row(3)]])).toEqual({
      added: 0,
      changed: 0,
      removed: 0,
    }));
  it("is counted: those that came, say something else, or went", async () =>
    expect(
      await compare(
        [[row(1), row(2), row(3), row(4), row(5), row(6)]],
        [[row(1), row(2, "late"), row(3, "late")], [row(7)]],
      ),
    ).toEqual({ added: 1, changed: 2, removed: 3 }));
  it("goes by PBX, id and start: one id of two PBXs is two rows", async () =>
    expect(await compare([[row(1, "", "p")]], [[row(1, "", "p"), row(1, "", "q")]])).toEqual({
      added: 1,
      changed: 0,
      removed: 0,
    }));
  it("is nothing if only the calls of the rows have other ids", async () => {
    const of = (call_id: string) => ({ ...row(1), call_id, seconds: 3 });
    expect(await compare([[of("0af9")]], [[of("12")]])).toEqual({ added: 0, changed: 0, removed: 0 });
  });
  it("counts a row that comes twice as one that came", async () =>
    expect(await compare([[row(1)]], [[row(1), row(1)]])).toEqual({ added: 1, changed: 0, removed: 0 }));
});

describe("what rows said", () => {
  it("is not known of CSV, nor of parts that have another format than the day has now", async () => {
    const store = await storeWith({ "a.ndjson.gz": [row(1)], "a.csv.gz": [row(1)] });
    const key = (name: string) => [{ key: name, sha256: "" }];
    expect(await digestRows(store, key("a.csv.gz"), "csv")).toBeUndefined();
    expect(await digestRows(store, key("a.ndjson.gz"), "csv")).toBeUndefined();
    expect(await digestRows(store, key("a.ndjson.gz"), "parquet")).toBeUndefined();
    expect(await digestRows(store, key("a.csv.gz"), "ndjson")).toBeUndefined();
    expect((await digestRows(store, key("a.ndjson.gz"), "ndjson"))?.size).toBe(1);
    expect(await digestRows(store, [], "csv")).toBeUndefined();
  });
  it("is nothing where the part is gone", async () => {
    const gone = [{ key: "gone.ndjson.gz", sha256: "" }];
    expect(await digestRows(plainStore(), gone, "ndjson")).toEqual(new Map());
  });
});
