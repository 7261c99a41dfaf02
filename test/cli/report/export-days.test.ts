import { describe, expect, it } from "vitest";
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

describe("at 10:45 UTC on 2026-11-24", () => {
  const now = Date.parse("2026-11-24T10:45:00Z");
  const inZones = async (zones: Readonly<Record<string, string>>) => {
    const store = await storeWith(Object.fromEntries(Object.keys(zones).map((pbx) => [pbx, ["2026-11-22"]])));
    for (const [pbx, zone] of Object.entries(zones)) {
      const key = manifestKey("2026-11-22", pbx);
      const manifest = JSON.parse((await readText(store, key)) ?? "");
      await store.remove(key, (await store.head(key))?.etag ?? "");
      await writeText(store, key, JSON.stringify({ ...manifest, zone }), { absent: true });
    }
    return store;
  };
  const day = (pbx: string, first: string, last = first) => expect.objectContaining({ pbx, first, last });

  it.each(["2026-11-24", "2026-11-25", "9998-12-31"])(
    "a day is missing only if it is over on the clock of its PBX, to %s",
    async (to) => {
      const store = await inZones({
        milan: "Europe/Rome",
        apia: "Pacific/Kiritimati",
        midway: "Pacific/Midway",
      });
      expect(await readExportDays(store, { to, now })).toMatchObject({
        to: "2026-11-24",
        missing: [day("apia", "2026-11-23", "2026-11-24"), day("milan", "2026-11-23")],
      });
      const milan = await readExportDays(store, { to, now, pbxs: ["milan"] });
      expect(milan).toMatchObject({ to: "2026-11-23", missing: [day("milan", "2026-11-23")] });
    },
  );
  it("the last day of one PBX is not missing of another whose day is not over", async () => {
    const store = await inZones({ milan: "Europe/Rome", midway: "Pacific/Midway" });
    await standingDay(store, [exportRows(1)], { pbx: "milan", day: "2026-11-23" });
    expect(await readExportDays(store, { now })).toMatchObject({ to: "2026-11-23", missing: [] });
  });
  it("a PBX without a known zone lacks only days that are over everywhere", async () => {
    const store = await inZones({ milan: "Mars/Crater" });
    const scope = { from: "2026-11-22", to: "2026-11-24", now, pbxs: ["milan", "paris"] };
    expect(await readExportDays(store, scope)).toMatchObject({
      to: "2026-11-22",
      missing: [day("paris", "2026-11-22")],
    });
  });
  it("no manifest is read for its zone if all days are over everywhere", async () => {
    const store = await inZones({ milan: "Mars/Crater" });
    expect(await readExportDays(store, { to: "2026-11-22", now })).toMatchObject({ missing: [] });
  });
});

it("parts of the day before and of two days after are read too, and these days are not missing", async () => {
  const days = ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23"];
  const store = await storeWith({ milan: days });
  const found = await readExportDays(store, { from: "2026-11-20", to: "2026-11-20" });
  expect(found).toMatchObject({ exported: ["2026-11-20"], formats: [{ days: 1 }], missing: [] });
  const alone = await readExportDays(await storeWith({ milan: ["2026-11-20"] }), {});
  expect(alone).toMatchObject({ missing: [], legsOnly: [], withoutNext: ["milan"] });
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
