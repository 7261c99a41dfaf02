import { describe, expect, it } from "vitest";
import { dayKindOf, isOfTable, kindName } from "../../../lib/history/publication/day-kind.ts";
import { exportedDays } from "../../../lib/history/publication/exported-days.ts";
import { fleetKey, manifestKey } from "../../../lib/history/publication/manifest.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

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

describe("the exported days of a store", () => {
  it("are those with a manifest, oldest first", async () => {
    const store = plainStore();
    for (const [key, text] of [
      [manifestKey("2026-11-23", "milan"), '{"version":2,"format":"parquet"}'],
      [manifestKey("2026-11-22", "rome"), '{"version":1,"format":"ndjson"}'],
      [manifestKey("2026-11-22", "milan"), "damaged"],
      [manifestKey("2026-11-21", "milan"), '{"draft":1}'],
      [fleetKey("2026-11-22"), "{}"],
      ["manifests/other/milan.json", "{}"],
      ["legs/dt=2026-11-22/pbx=milan/part-00001.ndjson.gz", ""],
    ] as const)
      await writeText(store, key, text, { absent: true });
    expect(await exportedDays(store)).toEqual([
      { day: "2026-11-22", pbx: "milan", kind: undefined },
      { day: "2026-11-22", pbx: "rome", kind: { isOld: true, format: "ndjson" } },
      { day: "2026-11-23", pbx: "milan", kind: { isOld: false, format: "parquet" } },
    ]);
    const going = { ...store, read: async () => undefined };
    expect(await exportedDays(going)).toEqual([]);
  });
});
