import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { exportHistory } from "../../../functions/export-history.ts";
import { exportNight, readExportEvent } from "../../../lib/history/export/export-night.ts";
import type { Log } from "../../../lib/log.ts";
import type { PbxEntry } from "../../../lib/pbxs/registry.ts";
import type { SimulatorOptions } from "../../../simulator/server.ts";
import { day, exportWorld } from "../../support/export-world.ts";

const plenty = 900_000;
const entry = (id: string, change: Partial<PbxEntry> = {}): PbxEntry => ({
  id,
  timezone: "Europe/Rome",
  exported: true,
  registeredAt: undefined,
  ...change,
});
const paused = entry("paused", { exported: false });

/** A night of these PBXs: one simulator stands for all whose name is not `broken…`. */
const night = async (entries: readonly PbxEntry[], options: SimulatorOptions = {}) => {
  const world = await exportWorld(options);
  const { ports } = world;
  const milan = await ports.pbxs.get("milan");
  const lines: unknown[] = [];
  const note: Log["info"] = (message, fields) => void lines.push([message, fields]);
  const all = {
    ...ports,
    log: { info: note, warn: note, error: note },
    registry: { ...ports.registry, list: async () => entries },
    pbxs: {
      get: async (id: string) => {
        if (id.startsWith("broken")) throw new TypeError("out of order");
        return { ...milan, id };
      },
    },
  };
  const run = (event: unknown = {}, timeLeft = plenty) => exportNight(all, readExportEvent(event), timeLeft);
  return { ...world, ports: all, lines, run, rows: world.simulator.pbx.history.countOf(day) };
};

describe("the event of an export by hand", () => {
  it("means yesterday of all PBXs if it is empty", () => {
    for (const nothing of [undefined, null, {}])
      expect(readExportEvent(nothing)).toEqual({ pbx: undefined, day: undefined, force: false });
  });
  it("can name a PBX, a day and `force`", () => {
    const order = { pbx: "milan", day, force: true };
    expect(readExportEvent(order)).toEqual(order);
  });
  it.each([
    [
      { day: "yesterday" },
      "day",
      "`day` must be a day such as 2026-11-01; got yesterday. Write it as YYYY-MM-DD.",
    ],
    [{ forced: true }, "forced", "`forced` is not known. Did you mean `force`?"],
    [{ pbx: 7 }, "pbx", "`pbx` must be a string; got 7."],
    [{ force: "yes" }, "force", "`force` must be a boolean."],
  ])("is refused if it is %j", (event, field, message) =>
    expect(() => readExportEvent(event)).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", field, message }),
    ),
  );
});

describe("an export by hand", () => {
  it("exports yesterday of every PBX whose export is on, and logs it", async () => {
    const { run, lines, rows, ports } = await night([entry("milan"), paused, entry("rome")]);
    const { exported } = await run();
    expect(exported).toHaveLength(2);
    expect(exported).toContainEqual({ pbx: "milan", day, rows, skipped: false });
    expect(exported).toContainEqual({ pbx: "rome", day, rows, skipped: false });
    const keys = [...ports.store.objects.keys()].filter((key) => key.startsWith("manifests/"));
    expect(keys.sort()).toEqual([`manifests/dt=${day}/milan.json`, `manifests/dt=${day}/rome.json`]);
    expect(lines).toContainEqual(["day exported", { pbx: "rome", day, rows, paging: "id" }]);
    expect(lines.at(-1)).toEqual(["export finished", { pbxs: 2, exported: 2, failed: 0 }]);
  });

  it("names the PBX with a wrong time zone, and exports the others", async () => {
    const { run, lines } = await night([entry("lost", { timezone: "Europe/Atlantis" }), entry("milan")]);
    await expect(run()).rejects.toMatchObject({
      code: "EXPORT_FAILED",
      message: "1 of 2 exported; not exported: lost",
    });
    expect(lines).toContainEqual([
      "export failed",
      expect.objectContaining({ pbx: "lost", code: "INPUT_INVALID", field: "timezone of lost" }),
    ]);
    expect(lines.at(-1)).toEqual(["export finished", { pbxs: 2, exported: 1, failed: 1 }]);
  });

  it("refuses a day that is older than the retention", async () => {
    const { ports } = await night([entry("milan")]);
    const kept = { ...ports, config: { ...ports.config, retentionDays: 10 } };
    await expect(exportNight(kept, readExportEvent({ day: "2026-11-13" }), plenty)).rejects.toMatchObject({
      ...{ code: "INPUT_INVALID", field: "day", message: expect.stringContaining("exportRetentionDays") },
    });
  });

  it.each([
    ["the oldest day of the retention", 10, { day: "2026-11-14" }, "2026-11-14"],
    ["yesterday if no day is named", 10, {}, day],
    ["any day without a retention", 0, { day: "2026-11-14" }, "2026-11-14"],
  ])("exports %s", async (_name, retentionDays, event, exportedDay) => {
    const { ports } = await night([entry("milan")]);
    const kept = { ...ports, config: { ...ports.config, retentionDays } };
    const { exported } = await exportNight(kept, readExportEvent(event), plenty);
    expect(exported).toMatchObject([{ pbx: "milan", day: exportedDay }]);
  });

  it("exports nothing if no PBX is registered", async () => {
    const { run } = await night([]);
    expect(await run()).toEqual({ exported: [] });
  });

  it("skips a day with a manifest, unless `force` is set", async () => {
    const { run, lines, rows, simulator } = await night([entry("milan")]);
    await run();
    const requests = simulator.seen.length;
    expect(await run()).toEqual({ exported: [{ pbx: "milan", day, rows, skipped: true }] });
    expect(simulator.seen.length).toBe(requests);
    expect(lines).toContainEqual([
      "day skipped: it has a manifest",
      { pbx: "milan", day, rows, paging: "id" },
    ]);
    expect(await run({ force: true })).toEqual({ exported: [{ pbx: "milan", day, rows, skipped: false }] });
    expect(simulator.seen.length).toBeGreaterThan(requests);
  });

  it("exports only the PBX and the day named", async () => {
    const { run } = await night([entry("milan"), entry("rome")]);
    const { exported } = await run({ pbx: "rome", day: "2026-11-22" });
    expect(exported).toMatchObject([{ pbx: "rome", day: "2026-11-22" }]);
  });

  it.each([
    [{ pbx: "oslo" }, "`pbx` must be the id of a registered PBX; got oslo. Check the spelling."],
    [
      { pbx: "o".repeat(41) },
      `\`pbx\` must be the id of a registered PBX; got ${"o".repeat(40)}. Check the spelling.`,
    ],
    [
      { pbx: "paused" },
      "`pbx` must be a PBX that has a time zone (tag wildix:timezone) and whose export is on.",
    ],
    [
      { day: "2026-11-24" },
      "`day` must be a day that is over in Europe/Rome; got 2026-11-24. Use 2026-11-23 or an earlier day.",
    ],
  ])("is refused with %j", async (event, message) => {
    const { run, simulator } = await night([entry("milan"), paused]);
    await expect(run(event)).rejects.toMatchObject({ code: "INPUT_INVALID", message });
    expect(simulator.seen).toEqual([]);
  });

  it("succeeds if no PBX is exported", async () =>
    expect(await (await night([paused])).run()).toEqual({ exported: [] }));

  it("exports the other PBXs after a failure, and fails at the end", async () => {
    const { run, lines } = await night([entry("broken-2"), entry("milan"), entry("broken-1")]);
    await expect(run()).rejects.toMatchObject({
      code: "EXPORT_FAILED",
      message: "1 of 3 exported; not exported: broken-1, broken-2",
    });
    expect(lines).toContainEqual([
      "export failed",
      expect.objectContaining({
        pbx: "broken-2",
        day,
        zone: "Europe/Rome",
        name: "TypeError",
        detail: "out of order",
      }),
    ]);
    expect(lines.at(-1)).toEqual(["export finished", { pbxs: 3, exported: 1, failed: 2 }]);
  });

  it("reads four PBXs at the same time", async () => {
    const { ports } = await night(Array.from({ length: 9 }, (_, at) => entry(`pbx-${at}`)));
    let [now, most] = [0, 0];
    const get = async (): Promise<never> => {
      most = Math.max(most, ++now);
      await setImmediate();
      now--;
      throw new Error("out of order");
    };
    const order = readExportEvent({});
    await expect(exportNight({ ...ports, pbxs: { get } }, order, plenty)).rejects.toMatchObject({
      message: expect.stringMatching(/^0 of 9 exported/),
    });
    expect(most).toBe(4);
  });

  it.each([
    ["soon", 10_050],
    ["at once", 0],
  ])("stops ten seconds before its function: %s", async (_when, timeLeft) => {
    const { run, ports, simulator } = await night([entry("milan")], { faults: ["slow=2000"] });
    await expect(run({}, timeLeft)).rejects.toMatchObject({ code: "EXPORT_FAILED" });
    expect(simulator.seen.length).toBeLessThanOrEqual(1);
    expect([...ports.store.objects.keys()]).toEqual([]);
  });

  it("runs for an event that is not from the queue", async () => {
    const { ports, rows } = await night([entry("milan")]);
    const invocation = { awsRequestId: "x", getRemainingTimeInMillis: () => plenty };
    for (const event of [null, { pbx: "milan" }])
      expect(await exportHistory(ports)(event, invocation)).toMatchObject({ exported: [{ rows }] });
  });
});
