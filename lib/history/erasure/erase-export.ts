import { atOnce } from "../../at-once.ts";
import type { IsErased } from "../../erased-numbers.ts";
import { readText } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { datasets, groupingPlaceOf, manifestPrefix, placeOf } from "../publication/manifest.ts";
import { type ErasedDay, type ErasePorts, eraseDay } from "./erase-day.ts";
import { valueWithout } from "./erased-rows.ts";

export interface EraseOptions {
  /** @default all PBXs */
  readonly pbxs?: readonly string[] | undefined;
  /** Parts of older days may be deleted by the retention already: what is left cannot be read, and goes soon. */
  readonly keptFrom?: Day | undefined;
  /** Finds the rows, and changes nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** A day from which nothing could be erased. */
export interface FailedDay {
  readonly pbx: string;
  readonly day: Day;
  readonly error: unknown;
}

export interface Erasure {
  /** Days that were looked at. */
  readonly days: number;
  /** Days with the number, and days that are not finished, in order. */
  readonly changed: readonly ErasedDay[];
  readonly failed: readonly FailedDay[];
  /** Archived events that were removed, or would be. */
  readonly events: number;
}

/** Days at the same time: each has up to one part in memory. */
const daysAtOnce = 2;

/**
 * Erases a number from all days of an export, and from the archived events. `testOf` gives the test of a PBX. A day that fails
 * stops no other.
 */
export const eraseExport = async (
  ports: ErasePorts,
  testOf: (pbx: string) => Promise<IsErased>,
  options: EraseOptions,
  onDay: (done: number, all: number) => void = () => undefined,
): Promise<Erasure> => {
  const places = await placesIn(ports, options);
  const changed: ErasedDay[] = [];
  const failed: FailedDay[] = [];
  let done = 0;
  await atOnce(daysAtOnce, places, async ({ pbx, day }) => {
    options.signal.throwIfAborted();
    try {
      const result = await eraseDay(ports, { pbx, day }, await testOf(pbx), options.dryRun);
      if (result.kind !== "clean") changed.push(result);
    } catch (error) {
      if (options.keptFrom === undefined || day >= options.keptFrom) failed.push({ pbx, day, error });
    }
    onDay(++done, places.length);
  });
  const inOrder = (a: { day: Day; pbx: string }, b: { day: Day; pbx: string }): number =>
    `${a.day}/${a.pbx}` < `${b.day}/${b.pbx}` ? -1 : 1;
  return {
    days: places.length,
    changed: changed.sort(inOrder),
    failed: failed.sort(inOrder),
    events: await eraseEvents(ports, testOf, options),
  };
};

interface Place {
  readonly pbx: string;
  readonly day: Day;
}

const isIn = ({ pbxs }: Pick<EraseOptions, "pbxs">, { pbx }: Place): boolean =>
  pbxs === undefined || pbxs.includes(pbx);

/** The days with a manifest, a checkpoint or parts. */
const placesIn = async ({ store }: ErasePorts, scope: EraseOptions): Promise<Place[]> => {
  const places = new Map<string, Place>();
  for (const prefix of [manifestPrefix, ...datasets.map((dataset) => `${dataset}/`)])
    for await (const { key } of store.list(prefix)) {
      const place = placeOf(key) ?? groupingPlaceOf(key);
      if (place !== undefined && isIn(scope, place)) places.set(`${place.day}/${place.pbx}`, place);
    }
  return [...places.values()];
};

/** Removes archived events with the number: each is kept in the form in which it was sent, or not at all. */
const eraseEvents = async (
  { store }: ErasePorts,
  testOf: (pbx: string) => Promise<IsErased>,
  { dryRun, signal, ...scope }: EraseOptions,
): Promise<number> => {
  let count = 0;
  for await (const { key, etag } of store.list("events/")) {
    signal.throwIfAborted();
    const place = placeOf(key);
    if (place === undefined || !isIn(scope, place)) continue;
    const text = await readText(store, key);
    if (text && valueWithout(parsed(text), await testOf(place.pbx)) !== undefined) {
      count++;
      if (!dryRun) await store.remove(key, etag);
    }
  }
  return count;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
