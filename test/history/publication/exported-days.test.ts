import { describe, expect, it } from "vitest";
import { exportedDays } from "../../../lib/history/publication/exported-days.ts";
import { fleetKey, groupingKey, manifestKey } from "../../../lib/history/publication/manifest.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";

const storeOf = async (objects: readonly (readonly [key: string, text: string])[]) => {
  const store = plainStore();
  for (const [key, text] of objects) await writeText(store, key, text, { absent: true });
  return store;
};

describe("the exported days of a store", () => {
  it("are those with a manifest, oldest first", async () => {
    const store = await storeOf([
      [manifestKey("2026-11-23", "milan"), '{"version":2,"format":"parquet"}'],
      [manifestKey("2026-11-22", "rome"), '{"version":1,"format":"ndjson"}'],
      [manifestKey("2026-11-22", "milan"), "damaged"],
      [manifestKey("2026-11-21", "milan"), '{"draft":1}'],
      ["legs/dt=2026-11-22/pbx=milan/part-00001.ndjson.gz", ""],
    ]);
    expect(await exportedDays(store)).toEqual([
      { day: "2026-11-22", pbx: "milan", kind: undefined },
      { day: "2026-11-22", pbx: "rome", kind: { isOld: true, format: "ndjson" } },
      { day: "2026-11-23", pbx: "milan", kind: { isOld: false, format: "parquet" } },
    ]);
  });
  it("come in this order even if the reads end in another order", async () => {
    const days = ["2026-11-21", "2026-11-22", "2026-11-23"];
    const store = await storeOf(
      days.map((day) => [manifestKey(day, "milan"), '{"version":2,"format":"ndjson"}'] as const),
    );
    const waiting: (() => void)[] = [];
    const read = async (key: string) => {
      // the last read ends first
      await new Promise<void>((resolve) => {
        waiting.unshift(resolve);
        if (waiting.length === days.length) for (const end of waiting) end();
      });
      return store.read(key);
    };
    expect((await exportedDays({ ...store, read })).map(({ day }) => day)).toEqual(days);
  });
  it("are found by their manifests only: no other object is read", async () => {
    const key = manifestKey("2026-11-22", "milan");
    const store = await storeOf(
      [
        key,
        fleetKey("2026-11-22"),
        groupingKey("2026-11-22", "milan"),
        "manifests/other/milan.json",
        "manifests/dt=2026-11-22/milan.json.bak",
        "manifests/dt=2026-02-30/milan.json",
      ].map((name) => [name, "{}"] as const),
    );
    const asked: string[] = [];
    const read = (name: string) => {
      asked.push(name);
      return store.read(name);
    };
    expect(await exportedDays({ ...store, read })).toMatchObject([{ day: "2026-11-22", pbx: "milan" }]);
    expect(asked).toEqual([key]);
  });
  it("are not those whose manifest goes meanwhile", async () => {
    const store = await storeOf([[manifestKey("2026-11-22", "milan"), "{}"]]);
    expect(await exportedDays({ ...store, read: async () => undefined })).toEqual([]);
  });
});
