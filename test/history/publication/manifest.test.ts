import { describe, expect, it } from "vitest";
import { groupingKey, manifestPbx, placeOf, tablesOf } from "../../../lib/history/publication/manifest.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, manifestOf, oldDay } from "../../support/standing-day.ts";

const day = "2026-11-23";

describe("keys of an export", () => {
  it("have the state of the grouping beside the manifest", () =>
    expect(groupingKey(day, "milan")).toBe("manifests/dt=2026-11-23/_milan.grouping.json.gz"));
  it.each([
    ["manifests/dt=2026-11-23/milan.json", "milan"],
    ["manifests/dt=2026-11-23/milan.json.json", "milan.json"],
    ["manifests/dt=2026-11-23/milan.json.bak", undefined],
    ["manifests/dt=2026-11-23/milan", undefined],
    ["manifests/dt=2026-11-23/.json", undefined],
    ["manifests/dt=2026-11-23/_fleet.json", undefined],
    [groupingKey(day, "milan"), undefined],
  ])("%s is the manifest of %s", (key, pbx) => expect(manifestPbx(key)).toBe(pbx));
  it.each([
    "manifests/dt=2026-11-23/milan.json",
    "legs/dt=2026-11-23/pbx=milan/part-00001.ndjson.gz",
    "calls/dt=2026-11-23/pbx=milan/odd/file",
  ])("%s has a day and a PBX", (key) => expect(placeOf(key)).toEqual({ day, pbx: "milan" }));
  it.each([
    "manifests/dt=2026-11-23/_fleet.json",
    "manifests/dt=2026-11-23/_milan.grouping.json.gz",
    "manifests/dt=2026-11-23/milan.json.bak",
    "manifests/dt=2026-11-23/odd/milan.json",
    "manifests/odd/dt=2026-11-23/milan.json",
    "manifests/milan.json",
    "odd/manifests/dt=2026-11-23/milan.json",
    "manifests/dt=2026-02-30/milan.json",
    "manifests/dt=2026-11-23T10/milan.json",
    "manifests/dt=20261123/milan.json",
    "manifests/dt=day/milan.json",
    "legs/dt=2026-13-01/pbx=milan/part-00001.ndjson.gz",
    "legs/dt=2026-11-23/pbx=milan",
    "legs/dt=2026-11-23/milan/part-00001.ndjson.gz",
    "legs/odd/dt=2026-11-23/pbx=milan/part-00001.ndjson.gz",
    "customers.json",
  ])("%s has none", (key) => expect(placeOf(key)).toBeUndefined());
});

describe("the tables of a manifest", () => {
  it("of version 1 are its legs, which are in the folder of the calls", async () => {
    const old = await oldDay(plainStore(), [exportRows(2)]);
    expect(tablesOf(old)).toEqual([
      { dataset: "legs", folder: "calls", schemaVersion: 2, rows: 2, parts: old.parts },
    ]);
  });
  it("are the legs, the calls, and the names that the PBX gave", () => {
    const { datasets } = manifestOf([]);
    const queues = { schema_version: 1 as const, read_at: "t", rows: 3, parts: [] };
    const tables = tablesOf(
      manifestOf([], { datasets: { ...datasets, queues, agents: { refused: "PBX_REFUSED" } } }),
    );
    expect(tables).toEqual([
      { dataset: "legs", folder: "legs", schemaVersion: 3, rows: 0, parts: [] },
      { dataset: "calls", folder: "calls", schemaVersion: 1, rows: 0, parts: [] },
      { dataset: "queues", folder: "queues", schemaVersion: 1, rows: 3, parts: [] },
    ]);
    expect(tablesOf(manifestOf([])).map(({ dataset }) => dataset)).toEqual(["legs", "calls"]);
  });
});
