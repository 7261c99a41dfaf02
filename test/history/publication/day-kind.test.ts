import { describe, expect, it } from "vitest";
import { dayKindOf, isOfTable, kindName } from "../../../lib/history/publication/day-kind.ts";

describe("the kind of an exported day", () => {
  it.each([
    [{ version: 2, format: "parquet" }, { isOld: false, format: "parquet" }, "parquet"],
    [{ version: 1, format: "ndjson" }, { isOld: true, format: "ndjson" }, "ndjson of version 1"],
    [{ version: 2, format: "avro" }, undefined, "unknown"],
    [{}, undefined, "unknown"],
  ])("is read from %j", (manifest, kind, name) => {
    expect(dayKindOf(JSON.stringify(manifest))).toEqual(kind);
    expect(kindName(kind as ReturnType<typeof dayKindOf>)).toBe(name);
  });
  it("is not known from a text that is not JSON", () => expect(dayKindOf("{")).toBeUndefined());
  it("is one that a table reads, or not", () => {
    const fits = [
      undefined,
      { isOld: false, format: undefined },
      { isOld: false, format: "ndjson" },
    ] as const;
    const others = [
      { isOld: false, format: "parquet" },
      { isOld: true, format: "ndjson" },
      { isOld: true, format: undefined },
    ] as const;
    expect(fits.map((kind) => isOfTable(kind, "ndjson"))).toEqual([true, true, true]);
    expect(others.map((kind) => isOfTable(kind, "ndjson"))).toEqual([false, false, false]);
  });
});
