import { atOnce } from "../../at-once.ts";
import type { StateItem } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { type DayRecord, dayKey, recordsOf } from "../days/day-record.ts";
import type { PlannedPbx } from "../days/due-days.ts";
import { manifestPbxs } from "../days/manifest-pbxs.ts";
import { epoch, type QueuePorts, queueDays, type WantedDay } from "../days/queue-days.ts";

/** A PBX, its zone and its own date. */
export type Place = Pick<PlannedPbx, "pbx" | "zone" | "today">;

export interface BackfillPorts extends QueuePorts {
  readonly store: Pick<ExportStore, "list" | "read">;
}

export const backfillDefaults = {
  /** PBX days that wait or run at the same time. */
  atOnce: 20,
  /** Of one PBX: its messages are worked off in order, and yesterday is not to wait behind a year. */
  perPbx: 2,
  /** Between two looks at what became of them, ms. */
  pollMs: 3_000,
  /** A day whose last try failed so long ago is left to the planner, s. */
  patienceSeconds: 15 * 60,
};

export interface BackfillProgress {
  /** PBX days of the range. */
  readonly days: number;
  /** Of these, with a manifest. */
  readonly there: number;
  readonly underWay: number;
  readonly failed: number;
}

export interface Failure {
  readonly pbx: string;
  readonly day: Day;
  readonly code: string;
  readonly reason: string;
}

export interface Backfilled extends BackfillProgress {
  readonly failures: readonly Failure[];
}

interface PbxDay extends Place {
  readonly day: Day;
}

/**
 * Has the days exported that have no manifest, newest first, through the deployment's queue: a few at a time, so that the days
 * which the planner queues meanwhile find their place. What is done shows in the days' records, and in the manifests when this
 * is begun again. A day that fails is left to the planner's own tries, and stops no other. Ends early at `signal`; what is
 * queued by then is exported all the same. Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE, QUEUE_UNAVAILABLE.
 */
export const backfill = async (
  ports: BackfillPorts,
  places: readonly Place[],
  days: readonly Day[],
  options: { readonly atOnce?: number; readonly signal?: AbortSignal } = {},
  onProgress: (progress: BackfillProgress) => void = () => undefined,
): Promise<Backfilled> => {
  const most = options.atOnce ?? backfillDefaults.atOnce;
  const { there: stood, missing } = await missingDays(ports, places, days);
  const failures: Failure[] = [];
  /** Days that were queued, and since when their last try stands as failed. */
  const underWay = new Map<PbxDay, number | undefined>();
  let there = stood;
  let waiting = missing;
  const progress = (): BackfillProgress => ({
    days: stood + missing.length,
    there,
    underWay: underWay.size,
    failed: failures.length,
  });
  onProgress(progress());
  while (waiting.length + underWay.size > 0 && !options.signal?.aborted) {
    const next = take(waiting, [...underWay.keys()], most);
    await begin(ports, next);
    waiting = waiting.filter((day) => !next.includes(day));
    for (const day of next) underWay.set(day, undefined);
    // a signal ends the waiting; the loop sees it
    await ports.clock.sleep(backfillDefaults.pollMs, options.signal).catch(() => undefined);
    await atOnce(most, [...underWay], async ([day, since]) => {
      const became = await look(ports, day, since);
      if (typeof became === "number" || became === undefined) underWay.set(day, became);
      else underWay.delete(day);
      if (became === "there") there++;
      else if (typeof became === "object") failures.push(became);
    });
    onProgress(progress());
  }
  return { ...progress(), failures };
};

/** Days that are over where the PBX stands; those without a manifest newest first, PBX by PBX. */
const missingDays = async (
  ports: BackfillPorts,
  places: readonly Place[],
  days: readonly Day[],
): Promise<{ there: number; missing: PbxDay[] }> => {
  let there = 0;
  const missing: PbxDay[] = [];
  for (const day of [...days].sort().reverse()) {
    const over = places.filter(({ today }) => day < today);
    const manifests = await manifestPbxs(ports.store, day, await recordsOf(ports.state, day));
    for (const place of over) {
      if (manifests.has(place.pbx)) there++;
      else missing.push({ ...place, day });
    }
  }
  return { there, missing };
};

/** The next to begin: so many in all that none waits needlessly, and of one PBX no more than a few. */
const take = (waiting: readonly PbxDay[], underWay: readonly PbxDay[], most: number): PbxDay[] => {
  const taken: PbxDay[] = [];
  const ofPbx = new Map<string, number>();
  for (const { pbx } of underWay) ofPbx.set(pbx, (ofPbx.get(pbx) ?? 0) + 1);
  for (const day of waiting) {
    if (underWay.length + taken.length >= most) break;
    const count = ofPbx.get(day.pbx) ?? 0;
    if (count >= backfillDefaults.perPbx) continue;
    ofPbx.set(day.pbx, count + 1);
    taken.push(day);
  }
  return taken;
};

/** Queues the days for which no message exists. */
const begin = async (ports: BackfillPorts, days: readonly PbxDay[]): Promise<void> => {
  const wanted: WantedDay[] = [];
  await atOnce(backfillDefaults.atOnce, days, async ({ pbx, zone, today, day }) => {
    const item = await ports.state.read<DayRecord>(dayKey(day, pbx));
    if (item === undefined || item.value.messageUntil <= epoch(ports.clock))
      wanted.push({ pbx, zone, day, round: today, item });
  });
  await queueDays(ports, wanted);
};

/** What became of a day: there, still under way, failing since then (epoch seconds), or given up here. */
const look = async (
  ports: BackfillPorts,
  { pbx, day }: PbxDay,
  since: number | undefined,
): Promise<"there" | number | undefined | Failure> => {
  const record = (await ports.state.read<DayRecord>(dayKey(day, pbx)))?.value;
  if (record === undefined) return undefined;
  if (record.done) return "there";
  if (record.reason === undefined || record.runUntil > 0) return undefined;
  const now = epoch(ports.clock);
  const failing = since ?? now;
  const isOver = record.messageUntil <= now || now - failing >= backfillDefaults.patienceSeconds;
  return isOver ? { pbx, day, code: record.reason.code, reason: record.reason.detail } : failing;
};

/**
 * Queues at once what was given up and waits for its next try: what was mended is not to wait for up to a day. The days that
 * were queued. Throws as `backfill` does.
 */
export const redrive = async (
  ports: QueuePorts,
  places: readonly Place[],
  days: readonly Day[],
): Promise<{ readonly pbx: string; readonly day: Day }[]> => {
  const known = new Map(places.map((place) => [place.pbx, place]));
  const now = epoch(ports.clock);
  const isIdle = ({ value }: StateItem<DayRecord>): boolean => !value.done && value.messageUntil <= now;
  const wanted: WantedDay[] = [];
  for (const day of days) {
    for (const [pbx, item] of await recordsOf(ports.state, day)) {
      const place = known.get(pbx);
      if (place && isIdle(item)) wanted.push({ pbx, zone: place.zone, day, round: place.today, item });
    }
  }
  return (await queueDays(ports, wanted)).map(({ pbx, day }) => ({ pbx, day }));
};
