import { dayAt, daysBetween, shiftDay } from "../../../lib/history/calendar/local-days.ts";
import { createDayLedger } from "../../../lib/history/days/day-ledger.ts";
import { Dice } from "../random.ts";
import { PbxLife } from "./pbx-life.ts";
import { historyDays, World } from "./world.ts";

export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly steps: number;
  readonly kills: number;
  readonly faults: number;
  readonly invocations: number;
  /** Manifests whose rows were compared with the truth. */
  readonly manifests: number;
}

const hour = 3_600_000;
/** Long enough for a midnight. */
const chaosHours = 15;
/** Long enough for the last retry of a day with many dead letters, and for a lookback. */
const peaceHours = 34;
/** Ordinary days, nights in which a clock is set forward or back, ends of a month, a year and February. */
const starts = [
  ["2026-11-23T10:00:00Z", "Europe/Rome"],
  ["2026-03-28T10:00:00Z", "Europe/Rome"],
  ["2026-10-24T10:00:00Z", "Europe/Rome"],
  ["2026-09-26T02:00:00Z", "Pacific/Auckland"],
  ["2026-04-04T02:00:00Z", "Pacific/Auckland"],
  ["2026-10-31T18:00:00Z", "America/New_York"],
  ["2028-02-28T12:00:00Z", "UTC"],
  ["2026-12-31T12:00:00Z", "America/Santiago"],
] as const;

/** Runs a fleet with faults and then without, and returns what did not hold. The same seed gives the same run. */
export const simulateHistory = async (seed: number): Promise<SeedResult> => {
  const dice = new Dice(seed);
  const [start, zone] = dice.pick(starts);
  const pbxs = [new PbxLife("milan", zone, dice)];
  if (dice.chance(0.3)) pbxs.push(new PbxLife("rome", "Europe/Rome", dice));
  const world = new World(dice, {
    start: Date.parse(start),
    pbxs,
    rowsPerPart: dice.pick([3, 8, 1_000]),
    workerMs: dice.pick([15 * 60_000, 60_000, 10_400]),
  });
  const workers = 1 + dice.whole(3);
  world.chaos(dice.pick([0.3, 1, 2]));
  const replacedAfter = dice.chance(0.3) ? dice.whole(chaosHours) : -1;
  for (const pbx of pbxs)
    for (let hours = 24 * historyDays; hours > 0; hours -= 3)
      pbx.hourPasses(Date.parse(start) - hours * hour, 0);
  for (let hours = 0; hours < chaosHours; hours++) {
    for (const pbx of pbxs) {
      if (hours === replacedAfter) pbx.replace();
      // a PBX is updated, but does not read a question otherwise from one page to the next
      if (world.scheduler.actors.size === 0 && dice.chance(0.2)) pbx.changePaging();
    }
    await livesAnHour(world, workers, true);
  }
  world.chaos(0);
  for (let hours = 0; hours < peaceHours; hours++) await livesAnHour(world, workers, false);
  await ends(world);
  return {
    seed,
    violations: world.checks.violations,
    steps: world.scheduler.tick,
    kills: world.scheduler.kills,
    faults: pbxs.reduce((sum, { faultsInjected }) => sum + faultsInjected, 0),
    invocations: world.invocations,
    manifests: world.checks.manifests,
  };
};

const livesAnHour = async (world: World, workers: number, calls: boolean): Promise<void> => {
  const { scheduler } = world;
  if (calls) for (const pbx of world.options.pbxs) pbx.hourPasses(scheduler.now, scheduler.tick);
  world.plan();
  if (calls && world.dice.chance(0.05)) world.plan();
  const until = scheduler.now + hour;
  while (scheduler.now < until) {
    await scheduler.passTo(Math.min(until, scheduler.now + (calls ? 5 : 12) * 60_000));
    await world.poll(workers);
  }
};

/** In the end everything is exported, and no message is left. */
const ends = async (world: World): Promise<void> => {
  const { checks, scheduler, options } = world;
  const ledger = createDayLedger({ state: world.state, clock: { now: () => scheduler.now } });
  // a day that has just ended may wait for the next plan
  for (const { id, zone } of options.pbxs) {
    const [first, today] = [
      dayAt(zone, options.start - historyDays * 86_400_000),
      dayAt(zone, scheduler.now - 3 * hour),
    ];
    for (const day of daysBetween(first, shiftDay(today, -1))) {
      checks.complete(day, id);
      const record = await ledger.read({ pbx: id, day });
      if (record?.value.state !== "done") checks.note(`${day} ${id}: its record is not done`);
    }
  }
  if ((await world.queue.receive()).length > 0) checks.note("a message is left over");
  if ((await world.deadLetters.receive()).length > 0) checks.note("a dead letter is left over");
  // at most two days ended, each may have been late, and after a kill a notification may be sent again
  if (world.notifications > 3 * options.pbxs.length + scheduler.kills)
    checks.note(`${world.notifications} notifications were sent`);
};
