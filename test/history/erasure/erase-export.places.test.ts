import { describe, expect, it } from "vitest";
import { oneNumber } from "../../../lib/erased-numbers.ts";
import { type EraseOptions, eraseExport } from "../../../lib/history/erasure/erase-export.ts";
import { fleetKey, groupingKey, manifestKey, partKey } from "../../../lib/history/publication/manifest.ts";
import { writeText } from "../../../lib/store/store.ts";
import { plainStore } from "../../support/plain-store.ts";
import { exportRows, standingDay } from "../../support/standing-day.ts";

const number = "0212345678";
const isErased = oneNumber("+390212345678", { country: "IT" });
const start = Date.parse("2026-11-24T10:00:00Z");
const checkpoint = '{"draft":2,"run":"a","until":0,"parts":[],"progress":null}\n';
const event = (text: unknown): string => JSON.stringify({ data: text });

const setUp = async (objects: Readonly<Record<string, string>> = {}) => {
  const store = plainStore();
  for (const [key, text] of Object.entries(objects)) await writeText(store, key, text, { absent: true });
  const ports = {
    store,
    clock: { now: () => start, sleep: async () => undefined },
    random: () => 0,
  };
  const asked: string[] = [];
  return {
    store,
    asked,
    erase: (
      options: Partial<EraseOptions> = {},
      onDay?: (done: number, all: number) => void,
      testOf: (pbx: string) => void = () => undefined,
    ) =>
      eraseExport(
        ports,
        async (pbx) => {
          asked.push(pbx);
          testOf(pbx);
          return isErased;
        },
        { dryRun: false, signal: new AbortController().signal, ...options },
        onDay,
      ),
  };
};

describe("an erasure looks at", () => {
  it("days with a manifest, a checkpoint, parts or the state of a grouping, and reports them by day and PBX", async () => {
    const { store, erase } = await setUp({
      [manifestKey("2026-11-22", "rome")]: checkpoint,
      [manifestKey("2026-11-22", "a")]: checkpoint,
      [groupingKey("2026-11-20", "milan")]: "",
      [partKey("queues", "2026-11-21", "milan", 1, "csv-plain")]: "",
      [partKey("calls", "2026-11-19", "oslo", 1, "csv-plain")]: "",
    });
    await standingDay(store, [exportRows(1, 1, { src: number })], { day: "2026-11-18" });
    const progress: number[][] = [];
    const { days, changed, failed } = await erase({}, (...each) => void progress.push(each));
    expect(changed.map(({ day, pbx, kind }) => `${day} ${pbx} ${kind}`)).toEqual([
      "2026-11-18 milan erased",
      "2026-11-19 oslo unfinished",
      "2026-11-20 milan unfinished",
      "2026-11-21 milan unfinished",
      "2026-11-22 a unfinished",
      "2026-11-22 rome unfinished",
    ]);
    expect([days, failed]).toEqual([6, []]);
    expect(progress).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  });

  it("no other objects", async () => {
    const { store, erase, asked } = await setUp({
      [fleetKey("2026-11-22")]: number,
      "manifests/old/manifests/dt=2026-11-22/milan.json": number,
      "manifests/dt=2026-11-22/milan.json.bak": number,
      "manifests/dt=2026-11-22/_milan.grouping.json.gz.bak": number,
      "manifests/dt=2026-11-22/_.json": number,
      "legs/legs/dt=2026-11-22/pbx=milan/part-00001.ndjson.gz": number,
      "legs/notes.txt": number,
      "events/notes.txt": number,
      "events/2/events/dt=2026-11-22/pbx=milan/1.json": number,
      "notes/dt=2026-11-22/pbx=milan/1.json": number,
    });
    const before = store.objects.size;
    expect(await erase()).toEqual({ days: 0, changed: [], failed: [], events: 0 });
    expect([store.objects.size, asked]).toEqual([before, []]);
  });

  it("the days and events of the given PBXs only", async () => {
    const { store, erase, asked } = await setUp({
      [manifestKey("2026-11-22", "milan")]: checkpoint,
      [manifestKey("2026-11-22", "rome")]: checkpoint,
      "events/dt=2026-11-22/pbx=milan/1.json": event(number),
      "events/dt=2026-11-22/pbx=rome/1.json": event(number),
    });
    expect(await erase({ pbxs: ["milan"] })).toMatchObject({ days: 1, events: 1 });
    expect(asked).toEqual(["milan", "milan"]);
    expect([...store.objects.keys()]).toEqual([
      manifestKey("2026-11-22", "rome"),
      "events/dt=2026-11-22/pbx=rome/1.json",
    ]);
  });
});

describe("archived events", () => {
  it("are not days, and a part with the number is not an event", async () => {
    const { erase } = await setUp({
      "events/dt=2026-11-22/pbx=milan/1.json": event(number),
      "events/dt=2026-11-22/pbx=milan/2.json": event("101"),
      "events/dt=2026-11-22/pbx=milan/3.json": "",
      [partKey("legs", "2026-11-21", "milan", 1, "csv-plain")]: event(number),
    });
    expect(await erase({ dryRun: true })).toMatchObject({ days: 1, events: 1 });
  });

  it("are removed too if they are not JSON", async () => {
    const { store, erase } = await setUp({
      "events/dt=2026-11-22/pbx=milan/1.json": `{"cut off": "${number}`,
      "events/dt=2026-11-22/pbx=milan/2.json": '{"cut off": "101',
    });
    expect(await erase()).toMatchObject({ events: 1 });
    expect([...store.objects.keys()]).toEqual(["events/dt=2026-11-22/pbx=milan/2.json"]);
  });
});

it("a day older than the retention is not reported if nothing can be erased from it", async () => {
  const days = ["2026-11-23", "2026-11-22", "2026-11-21"];
  const { erase } = await setUp(
    Object.fromEntries([
      ...days.map((day) => [manifestKey(day, "milan"), "damaged"]),
      [manifestKey("2026-11-22", "a"), "damaged"],
      [manifestKey("2026-11-20", "milan"), checkpoint],
    ]),
  );
  const failedFrom = async (keptFrom: string | undefined) =>
    (await erase({ keptFrom, dryRun: true })).failed.map(({ day, pbx }) => `${day} ${pbx}`);
  const kept = ["2026-11-22 a", "2026-11-22 milan", "2026-11-23 milan"];
  expect(await failedFrom(undefined)).toEqual(["2026-11-21 milan", ...kept]);
  expect(await failedFrom("2026-11-22")).toEqual(kept);
  expect((await erase({ keptFrom: "2026-11-22" })).changed).toMatchObject([{ day: "2026-11-20" }]);
});

it("the failed days are in order, whichever fails first", async () => {
  const { erase } = await setUp({
    [manifestKey("2026-11-22", "milan")]: "damaged",
    [partKey("legs", "2026-11-21", "milan", 1, "csv-plain")]: "",
    [manifestKey("2026-11-23", "milan")]: "damaged",
  });
  const { failed } = await erase({}, undefined, () => {
    throw new Error("no country");
  });
  expect(failed.map(({ day }) => day)).toEqual(["2026-11-21", "2026-11-22", "2026-11-23"]);
});

describe("a user who stops the erasure", () => {
  it("leaves the days that have not begun", async () => {
    const { store, erase } = await setUp({ [manifestKey("2026-11-22", "milan")]: checkpoint });
    await expect(erase({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    expect(store.objects.size).toBe(1);
  });

  it("leaves the events that follow", async () => {
    const { store, erase } = await setUp({
      "events/dt=2026-11-22/pbx=milan/1.json": event(number),
      "events/dt=2026-11-22/pbx=milan/2.json": event(number),
    });
    const stopping = new AbortController();
    const stopped = erase({ signal: stopping.signal }, undefined, () => stopping.abort());
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect([...store.objects.keys()]).toEqual(["events/dt=2026-11-22/pbx=milan/2.json"]);
  });
});
