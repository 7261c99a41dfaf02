import { expect, it } from "vitest";
import { readExportDays } from "../../../cli/report/export-days.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { readText, writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, oldDay, standingDay } from "../../support/standing-day.ts";

const storeWith = async (days: Readonly<Record<string, readonly string[]>>) => {
  const store = plainStore();
  for (const [pbx, of] of Object.entries(days))
    for (const day of of) await standingDay(store, [exportRows(1)], { pbx, day });
  return store;
};

it("days without a manifest are missing, from a PBX's first day on", async () => {
  const store = await storeWith({ milan: ["2026-11-20", "2026-11-23"], rome: ["2026-11-22", "2026-11-23"] });
  expect(await readExportDays(store, {})).toMatchObject({
    from: "2026-11-20",
    to: "2026-11-23",
    pbxs: ["milan", "rome"],
    missing: [{ pbx: "milan", first: "2026-11-21", last: "2026-11-22", days: 2 }],
  });
});

it("days that were asked for are missing, also before a PBX's first day, and of a PBX without an export", async () => {
  const store = await storeWith({ rome: ["2026-11-22"] });
  const scope = { from: "2026-11-21", to: "2026-11-22", pbxs: ["rome", "paris"] };
  expect((await readExportDays(store, scope))?.missing).toEqual([
    { pbx: "rome", first: "2026-11-21", last: "2026-11-21", days: 1 },
    { pbx: "paris", first: "2026-11-21", last: "2026-11-22", days: 2 },
  ]);
});

it("a day of the old layout has legs only, and a lease is a missing day", async () => {
  const store = plainStore();
  await oldDay(store, [exportRows(1)], { day: "2026-11-22" });
  await writeText(store, manifestKey("2026-11-23", "milan"), '{"lease":1}', { absent: true });
  expect(await readExportDays(store, {})).toMatchObject({
    parts: [],
    legsOnly: [{ pbx: "milan", first: "2026-11-22", last: "2026-11-22", days: 1 }],
    missing: [{ pbx: "milan", first: "2026-11-23", last: "2026-11-23", days: 1 }],
  });
});

it("days that the retention deletes are not missing, and their manifests are not read", async () => {
  const store = await storeWith({ milan: ["2026-11-20", "2026-11-22", "2026-11-23"] });
  for (const from of [{}, { from: "2026-11-19" }]) {
    const days = await readExportDays(store, { ...from, keptFrom: "2026-11-22" });
    expect(days).toMatchObject({ from: "2026-11-22", to: "2026-11-23", missing: [] });
  }
});

it("a day that no PBX exported is not exported, also before the first day of a PBX", async () => {
  const store = await storeWith({ milan: ["2026-11-20", "2026-11-22"], rome: ["2026-11-22", "2026-11-23"] });
  const days = await readExportDays(store, { to: "2026-11-22" });
  expect(days?.exported).toEqual(["2026-11-20", "2026-11-22"]);
});

it("a manifest with a name that no PBX can have is not read", async () => {
  const store = await storeWith({ milan: ["2026-11-23"] });
  for (const name of ["$(touch x)", "a b", "x\u001b[31m"])
    await writeText(store, manifestKey("2026-11-22", name), "{}", { absent: true });
  expect(await readExportDays(store, {})).toMatchObject({ from: "2026-11-23", pbxs: ["milan"], missing: [] });
});

it("without an option, the period is the last thirty days of the export", async () => {
  const store = await storeWith({ milan: ["2026-09-01", "2026-11-23"] });
  expect(await readExportDays(store, {})).toMatchObject({ from: "2026-10-25", to: "2026-11-23" });
  expect(await readExportDays(plainStore(), {})).toBeUndefined();
});

it.each([
  "calls/dt=2026-11-22/pbx=milan/part-00001.ndjson.gz",
  "calls/dt=2026-11-23/pbx=milan/../../../part-00001.ndjson.gz",
  "calls/dt=2026-11-23/pbx=milan/part-00001.txt",
])("a day whose manifest names the part %s is missing", async (key) => {
  const store = await storeWith({ milan: ["2026-11-23"] });
  const place = manifestKey("2026-11-23", "milan");
  const manifest = JSON.parse((await readText(store, place)) ?? "");
  manifest.datasets.calls.parts = [{ key, etag: "e", sha256: "s", size: 1, rows: 1 }];
  await store.remove(place, (await store.head(place))?.etag ?? "");
  await writeText(store, place, JSON.stringify(manifest), { absent: true });
  expect(await readExportDays(store, {})).toMatchObject({ parts: [], missing: [{ pbx: "milan", days: 1 }] });
});
