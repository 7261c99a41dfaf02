import { type Call, CallGrouper, type GroupingSettings } from "../../../lib/history/grouping/grouping.ts";
import type { Rule } from "../../../lib/history/grouping/rule.ts";
import { rules } from "../../../lib/history/grouping/rules.ts";
import type { ExportRow } from "../../../lib/history/rows/rows.ts";
import type { Truth } from "../../../simulator/scenes/truth.ts";
import type { Report } from "../main.ts";
import { Dice } from "../random.ts";
import { Accuracy } from "./accuracy.ts";
import { badInputs, callersOf } from "./bad-input.ts";
import { type Switch, switches } from "./switches.ts";
import { type TrueCall, typedRows, type World, worldsOf } from "./world.ts";

interface Grouped {
  readonly calls: readonly Call[];
  /** The call id of each leg, in order. */
  readonly legs: readonly string[];
}

/** Groups rows; over a snapshot as JSON at each of these rows. */
const group = (
  settings: GroupingSettings,
  rows: readonly ExportRow[],
  stops: ReadonlySet<number> = new Set(),
): Grouped => {
  let grouper = new CallGrouper(settings);
  const [calls, legs]: [Call[], string[]] = [[], []];
  const take = (settled: ReturnType<CallGrouper["finish"]>): void => {
    calls.push(...settled.calls);
    for (const { row, call_id } of settled.legs) legs.push(`${String(row.record["id"])} ${call_id}`);
  };
  for (const [at, row] of rows.entries()) {
    if (stops.has(at)) grouper = new CallGrouper(settings, JSON.parse(JSON.stringify(grouper.snapshot())));
    take(grouper.add(row));
  }
  take(grouper.finish());
  return { calls, legs };
};

const legsKey = (ids: readonly string[]): string => ids.toSorted().join(" ");

/** Calls with legs of several callers. */
const mergedCallers = (calls: readonly Call[], truth: readonly TrueCall[]): number => {
  const callers = callersOf(truth);
  return calls.filter(({ leg_ids }) => new Set(leg_ids.map((id) => callers.get(id))).size > 1).length;
};

/** Legs that are in no call, in two, or under another id than their call's. */
const lostLegs = ({ calls, legs }: Grouped, rows: readonly ExportRow[]): number => {
  const inCalls = calls.flatMap(({ call_id, leg_ids }) => leg_ids.map((id) => `${id} ${call_id}`));
  const inOrder = rows.every(({ record }, at) => legs[at]?.startsWith(`${String(record["id"])} `));
  return inOrder && legsKey(inCalls) === legsKey(legs) ? 0 : 1;
};

/** One seed under every switch, then with bad input. `without`: a rule that is taken out; one for numbers alone is tried alone. */
export const simulateGrouping = (seed: number, accuracy = new Accuracy(), without?: string): Report => {
  const all = [...rules];
  const used = rules as Rule[];
  used.splice(0, used.length, ...all.filter(({ name }) => name !== without));
  try {
    const isOfNumbers = all.find(({ name }) => name === without)?.withoutChannel === true;
    return simulate(seed, accuracy, isOfNumbers ? switches.slice(3, 4) : switches);
  } finally {
    used.splice(0, used.length, ...all);
  }
};

const simulate = (seed: number, accuracy: Accuracy, tried: readonly Switch[]): Report => {
  const dice = new Dice(seed);
  const failures: string[] = [];
  const counts = { calls: 0, legs: 0, "merged callers": 0, "not exact with channels or ids": 0 };
  const worlds = worldsOf(seed, tried);
  for (const { name, channels, callIds } of tried) {
    const world = worlds.get(name);
    if (world === undefined) throw new RangeError(`no world ${name}`);
    const rows = typedRows(world.settings, world.rows);
    const grouped = group(world.settings, rows);
    check(name, world, rows, grouped);
    const right = measure(accuracy, name, world, grouped.calls);
    const wrong = world.truth.length - right;
    counts.calls += world.truth.length;
    counts.legs += rows.length;
    if (channels || callIds) {
      counts["not exact with channels or ids"] += wrong;
      if (wrong > 0) failures.push(`${name}: ${wrong} calls not grouped exactly`);
    }
    const stops = new Set([dice.whole(rows.length), dice.whole(rows.length)]);
    if (JSON.stringify(group(world.settings, rows, stops)) !== JSON.stringify(grouped))
      failures.push(`${name}: other calls over snapshots at ${[...stops].join(" and ")}`);
  }
  const spoilt = dice.pick(tried);
  for (const { name, exact, spoil } of tried === switches ? badInputs : []) {
    const world = worlds.get(exact ? "channels" : spoilt.name);
    if (world === undefined) throw new RangeError(`no world ${spoilt.name}`);
    const bad = spoil(world, dice);
    const rows = typedRows(bad.settings, bad.rows);
    const grouped = group(bad.settings, rows);
    check(`${name} (${spoilt.name})`, bad, rows, grouped);
    const wrong = exact ? bad.truth.length - exactly(bad.truth, grouped.calls).length : 0;
    if (wrong > 0) failures.push(`${name}: ${wrong} calls not grouped exactly`);
  }
  return { faults: badInputs.length, counts, failures };

  function check(name: string, world: World, rows: readonly ExportRow[], grouped: Grouped): void {
    const merged = mergedCallers(grouped.calls, world.truth);
    counts["merged callers"] += merged;
    if (merged > 0) failures.push(`${name}: ${merged} calls with several callers`);
    if (lostLegs(grouped, rows) > 0) failures.push(`${name}: legs and calls do not fit`);
  }
};

const exactly = (
  truth: readonly TrueCall[],
  calls: readonly Call[],
): { readonly truth: Truth; readonly call: Call }[] => {
  const byLegs = new Map(calls.map((call) => [legsKey(call.leg_ids), call]));
  return truth.flatMap((each) => {
    const call = byLegs.get(legsKey(each.ids));
    return call === undefined ? [] : [{ truth: each.truth, call }];
  });
};

const measure = (accuracy: Accuracy, name: string, world: World, calls: readonly Call[]): number => {
  for (const { truth } of world.truth) accuracy.played(name, truth);
  const right = exactly(world.truth, calls);
  for (const { truth, call } of right) accuracy.found(name, truth, call);
  return right.length;
};
