import "./history/gzip-at-once.ts";
import { describe, expect, it } from "vitest";
import { createDayLedger } from "../../lib/history/days/day-ledger.ts";
import { PbxLife } from "./history/pbx-life.ts";
import { World } from "./history/world.ts";
import { Dice } from "./random.ts";

const zone = "Europe/Rome";
const start = Date.parse("2026-11-24T10:00:00Z");
const yesterday = "2026-11-23";
const second = 1000;
const healthy = Array.from({ length: 18 }, (_, at) => `pbx-${String(at + 1).padStart(2, "0")}`);

/** A night on the virtual clock: when each PBX's yesterday was there, and how long its worker took for it, s. */
const night = async (ids: readonly string[], workers: number) => {
  const pbxs = ids.map((id) => {
    const pbx = new PbxLife(id, zone, new Dice(ids.indexOf(id) + 1));
    for (let hours = 34; hours > 10; hours--) pbx.hourPasses(start - hours * 3600 * second, 0);
    if (id === "dead") pbx.troubleChance = 1;
    return pbx;
  });
  const world = new World(new Dice(1), {
    start,
    pbxs,
    rowsPerPart: 1_000,
    workerMs: 900 * second,
    pageMs: (id) => (id === "slow" ? 10 * second : second),
  });
  world.plan();
  const ledger = createDayLedger({ state: world.state, clock: { now: () => world.scheduler.now } });
  const there: Record<string, number> = {};
  const took: Record<string, number> = {};
  for (let at = 0; at < 600; at++) {
    await world.scheduler.passTo(start + at * second);
    await world.poll(workers);
    for (const id of ids) {
      const record = await ledger.read({ pbx: id, day: yesterday });
      if (there[id] !== undefined || record?.value.state !== "done") continue;
      there[id] = at;
      took[id] = record.value.result?.seconds ?? 0;
    }
  }
  expect(world.checks.violations).toEqual([]);
  return { there, took };
};

/** By how much it is more or less than before, of 1. Both are whole seconds: a difference of one second is rounding. */
const shift = (now: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): number =>
  Math.max(
    ...healthy.map((id) => {
      const [seconds, usual] = [now[id] ?? Number.NaN, before[id] ?? Number.NaN];
      return Math.max(0, Math.abs(seconds - usual) - 1) / usual;
    }),
  );

describe("a night of twenty PBXs, one of which fails and one is ten times slower", () => {
  it("all but the failing PBX are exported, the slow one last, and the others take as long as without these two", async () => {
    const [alone, all] = [await night(healthy, 20), await night([...healthy, "slow", "dead"], 20)];
    expect(Object.keys(all.there).sort()).toEqual([...healthy, "slow"]);
    const last = Math.max(...healthy.map((id) => all.there[id] ?? 0));
    expect(all.there["slow"]).toBeGreaterThan(last);
    expect(shift(all.there, alone.there)).toBeLessThan(0.1);
    expect(shift(all.took, alone.took)).toBeLessThan(0.1);
  });

  it("with fewer workers than PBXs, the slow PBX keeps one worker busy, and the other days take no longer", async () => {
    const [alone, all] = [await night(healthy, 4), await night([...healthy, "slow", "dead"], 4)];
    expect(shift(all.took, alone.took)).toBeLessThan(0.1);
    const last = ({ there }: typeof all): number => Math.max(...healthy.map((id) => there[id] ?? Number.NaN));
    // a quarter of the workers is away at most
    expect(last(all) / last(alone)).toBeLessThan(1.1 * (4 / 3));
  });
});
