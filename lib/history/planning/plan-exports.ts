import { errorFields, type Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import type { WorkQueue } from "../../queue.ts";
import type { ExportStore } from "../../store/store.ts";
import { type Day, shiftDay } from "../calendar/local-days.ts";
import { buried, type DayRecord, dayKey, recordsOf } from "../days/day-record.ts";
import { isDue, type PlannedPbx } from "../days/due-days.ts";
import { type ExportMessage, readMessage } from "../days/export-message.ts";
import { manifestPbxs } from "../days/manifest-pbxs.ts";
import { epoch, type QueuePorts, queueDays, type WantedDay, writeRecord } from "../days/queue-days.ts";

export interface PlanPorts extends QueuePorts {
  readonly store: Pick<ExportStore, "list" | "read">;
  readonly deadLetters: WorkQueue;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface PlanSummary {
  /** PBXs whose history is exported. */
  readonly pbxs: number;
  readonly queued: number;
  /** Dead letters that were taken off the queue. */
  readonly buried: number;
}

/** Messages of one PBX: with so many none is added for a day that is made up for, because they are worked off in order. */
const perPbx = 4;

/**
 * Finds the days that are due, for PBXs where they stand now, and queues them: newest first, and of a PBX's missing days a few at a
 * time, so that yesterday never waits behind a month. Reads tags and lists; no secret, no PBX. A day has one record and at most one
 * message, however often this runs.
 * Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE, QUEUE_UNAVAILABLE.
 */
export const planExports = async (ports: PlanPorts, places: readonly PlannedPbx[]): Promise<PlanSummary> => {
  const buriedNow = await buryDead(ports);
  const waiting = new Map<string, number>();
  let queued = 0;
  for (const day of daysToLookAt(places)) {
    const due = await dueOn(ports, day, places, waiting);
    queued += (await queueDays(ports, due)).length;
  }
  const summary = { pbxs: places.length, queued, buried: buriedNow };
  if (buriedNow > 0) ports.metrics.put({ days_buried: buriedNow });
  ports.log.info("exports planned", { ...summary });
  return summary;
};

/** From the newest yesterday to the oldest day that somebody wants. */
function* daysToLookAt(places: readonly PlannedPbx[]): Generator<Day> {
  const newest = places
    .map(({ today }) => shiftDay(today, -1))
    .sort()
    .at(-1);
  const oldest = places.flatMap(({ first, again }) => [first, again]).sort()[0];
  if (newest === undefined || oldest === undefined) return;
  for (let day = newest; day >= oldest; day = shiftDay(day, -1)) yield day;
}

/** `waiting`: messages of each PBX for newer days; those for this day are added. */
const dueOn = async (
  ports: PlanPorts,
  day: Day,
  places: readonly PlannedPbx[],
  waiting: Map<string, number>,
): Promise<WantedDay[]> => {
  // records before manifests: a record that is done was so after its manifest was written
  const records = await recordsOf(ports.state, day);
  // days that are read again are read with or without a manifest
  const older = new Set(places.filter(({ again }) => day < again).map(({ pbx }) => pbx));
  const manifests = await manifestPbxs(ports.store, day, records, (pbx) => older.has(pbx));
  const now = epoch(ports.clock);
  return places.flatMap((place) => {
    const { pbx, zone, today } = place;
    const item = records.get(pbx);
    const before = waiting.get(pbx) ?? 0;
    const isWanted =
      (day >= place.again || before < perPbx) && isDue(place, day, manifests.has(pbx), item?.value, now);
    if (isWanted || (item?.value.messageUntil ?? 0) > now) waiting.set(pbx, before + 1);
    return isWanted ? [{ pbx, zone, day, round: today, item }] : [];
  });
};

/** Takes the dead letters off their queue; from here on their records say when the days are tried again. */
export const buryDead = async (ports: PlanPorts): Promise<number> => {
  let count = 0;
  for (let letters = await ports.deadLetters.receive(); letters.length > 0; ) {
    for (const { body, receipt } of letters) {
      if (!(await bury(ports, body))) continue;
      await ports.deadLetters.remove(receipt);
      count++;
    }
    letters = await ports.deadLetters.receive();
  }
  return count;
};

/** False: somebody else is at the record; the letter stays for the next plan. */
const bury = async (ports: PlanPorts, body: string): Promise<boolean> => {
  const message = lettersMessage(ports, body);
  if (message === undefined) return true;
  const { pbx, day, token } = message;
  const item = await ports.state.read<DayRecord>(dayKey(day, pbx));
  // of another message, or one that was buried when this run's predecessor was killed
  if (item === undefined || item.value.token !== token || item.value.messageUntil === 0) return true;
  const record = buried(item.value, epoch(ports.clock));
  if ((await writeRecord(ports, day, pbx, record, item)) === undefined) return false;
  ports.log.error("PBX day failed; it is retried later", {
    pbx,
    day,
    deaths: record.deaths,
    ...record.reason,
  });
  return true;
};

const lettersMessage = (ports: PlanPorts, body: string): ExportMessage | undefined => {
  try {
    return readMessage(body);
  } catch (error) {
    ports.log.error("a dead letter cannot be read", errorFields(error));
    return undefined;
  }
};
