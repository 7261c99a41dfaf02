import { describe, expect, it } from "vitest";
import { ProductError } from "../../../lib/errors.ts";
import { announceDay } from "../../../lib/history/days/day-event.ts";
import { createDayLedger } from "../../../lib/history/days/day-ledger.ts";
import { readMessage } from "../../../lib/history/days/export-message.ts";
import { planExports } from "../../../lib/history/planning/plan-exports.ts";
import { manifestKey } from "../../../lib/history/publication/manifest.ts";
import { workOn } from "../../../lib/history/work/export-worker.ts";
import { day, exportWorld, plenty, workAll } from "../../support/export-world.ts";

/** The bus does not respond. */
const down = {
  put: () =>
    Promise.reject(new ProductError("EVENT_BUS_UNAVAILABLE", { detail: "EventBridge: TimeoutError" })),
};
/** The planner sees the day among those that it looks at, and queues none. */
const places = [{ pbx: "milan", zone: "Europe/Rome", today: "2026-11-24", first: "2026-11-24", again: day }];

describe("the event that a PBX day is exported", () => {
  it("names the manifest, the format and the rows of each dataset", async () => {
    const world = await exportWorld();
    await world.order();
    await workAll(world);
    const manifest = await world.manifest();
    expect(world.events).toEqual([
      {
        detailType: "wildix.day.exported",
        pbx: "milan",
        at: world.ports.clock.now(),
        detail: {
          pbx: "milan",
          day,
          manifest: manifestKey(day, "milan"),
          format: "ndjson",
          rows: expect.objectContaining({ legs: manifest.rows, calls: manifest.datasets.calls.rows }),
          changes: null,
          exported_at: manifest.exported_at,
        },
      },
    ]);
    expect((await world.record())?.eventDue).toBeUndefined();
  });
  it("is sent again only if rows changed", async () => {
    const world = await exportWorld();
    for (const change of [
      () => undefined,
      () => undefined,
      () => world.simulator.pbx.history.insert({ start: `${day} 12:00:00` }),
    ]) {
      change();
      await world.order();
      await workAll(world);
    }
    expect(world.events.map(({ detail }) => detail)).toMatchObject([
      { changes: null },
      { changes: { added: 1, changed: 0, removed: 0 } },
    ]);
  });
  it("is noted as sent only if it was sent; otherwise a warning names the PBX and the day", async () => {
    const world = await exportWorld();
    await world.order();
    await workOn({ ...world.ports, bus: down }, readMessage((await world.take())?.body ?? ""), plenty);
    const ledger = createDayLedger(world.ports);
    const seen = await ledger.read({ pbx: "milan", day });
    const value = seen?.value;
    if (seen === undefined || value?.state !== "done") throw new Error("the day is not exported");
    const lines: unknown[] = [];
    const log = { ...world.ports.log, warn: (...line: unknown[]) => lines.push(line) };
    const announce = async (ports: object) =>
      announceDay(
        { ...world.ports, log, ...ports },
        ledger,
        { ...seen, value },
        await world.manifest(),
        "acme/",
      );
    expect(await announce({ bus: down })).toBe(false);
    expect(lines).toEqual([
      [
        "the event of an exported day was not sent; plan-exports sends it later",
        expect.objectContaining({ pbx: "milan", day, code: "EVENT_BUS_UNAVAILABLE" }),
      ],
    ]);
    expect((await world.record())?.eventDue).toBe(true);
    expect(await announce({})).toBe(true);
    expect(world.events.at(-1)?.detail).toMatchObject({ manifest: `acme/${manifestKey(day, "milan")}` });
    expect((await world.record())?.eventDue).toBeUndefined();
  });
  it("is sent by the planner if the worker could not send it, once", async () => {
    const world = await exportWorld();
    await world.order();
    const message = readMessage((await world.take())?.body ?? "");
    expect(await workOn({ ...world.ports, bus: down }, message, plenty)).toMatchObject({ kind: "exported" });
    expect((await world.record())?.eventDue).toBe(true);
    await planExports({ ...world.ports, bus: down }, places);
    expect((await world.record())?.eventDue).toBe(true);
    await planExports(world.ports, places);
    await planExports(world.ports, places);
    expect(world.events).toMatchObject([{ detail: { pbx: "milan", day } }]);
  });
});
