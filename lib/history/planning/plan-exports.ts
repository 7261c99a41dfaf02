import { defined } from "../../defined.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import type { WorkQueue } from "../../queue.ts";
import { stateSeconds } from "../../state.ts";
import { type Placements, prefixOf } from "../../store/customers.ts";
import { type ExportStore, readText } from "../../store/store.ts";
import { type Day, shiftDay } from "../calendar/local-days.ts";
import { announceDay, type DayEventPorts } from "../days/day-event.ts";
import {
  createDayLedger,
  type DayLedger,
  type HeldDay,
  hasMessage,
  readPbxDays,
} from "../days/day-ledger.ts";
import { isDue, type PlannedPbx } from "../days/due-days.ts";
import { type ExportMessage, readMessage } from "../days/export-message.ts";
import { type ManifestPbxs, manifestPbxs } from "../days/manifest-pbxs.ts";
import { type DoneDay, isUnderWay, statusOf } from "../days/pbx-day.ts";
import { type QueuePorts, queueDays, type WantedDay } from "../days/queue-days.ts";
import type { ExportSettings } from "../export/export-job.ts";
import { manifestKey, readManifest } from "../publication/manifest.ts";
import { type OtherDays, OtherDaysCount } from "./other-days.ts";

export interface PlanPorts extends QueuePorts, DayEventPorts {
  readonly store: Pick<ExportStore, "list" | "read">;
  readonly deadLetters: WorkQueue;
  /** Where the exports of PBXs with a customer are. */
  readonly placements?: Placements | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly config: Pick<ExportSettings, "format">;
}

export type DeadLetterPorts = Pick<PlanPorts, "state" | "clock" | "deadLetters" | "log">;

export interface PlanSummary {
  /** PBXs whose history is exported. */
  readonly pbxs: number;
  readonly queued: number;
  /** Dead letters that were removed from their queue. */
  readonly buried: number;
  /** Exported days of another format or layout than new ones, among those that were looked at. Absent: none. */
  readonly others?: OtherDays;
}

/** Messages of one PBX. A PBX with so many gets none for a backfilled day, because its messages are handled in order. */
const perPbx = 4;

/**
 * Queues the days that are due, newest first. Of each PBX's missing days only a few are in the queue at the same time, so that
 * yesterday does not wait behind a month. Reads tags and lists; no secret and no PBX. A day has one record and at most one
 * message, however often this runs.
 * Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE, QUEUE_UNAVAILABLE.
 */
export const planExports = async (ports: PlanPorts, pbxs: readonly PlannedPbx[]): Promise<PlanSummary> => {
  const buried = await takeDeadLetters(ports);
  const waiting = new Map<string, number>();
  const others = new OtherDaysCount(ports.config.format);
  let isBusUp = true;
  let queued = 0;
  for (const day of daysToLookAt(pbxs)) {
    // records before manifests: a record says done only after the manifest was written
    const records = await readPbxDays(ports.state, day);
    // a day that is read again is due with or without a manifest
    const older = new Set(pbxs.filter(({ again }) => day < again).map(({ pbx }) => pbx));
    const manifests = await manifestPbxs(ports.store, day, records, (pbx) => older.has(pbx));
    const due = dueOn(ports, day, pbxs, manifests, records, waiting);
    queued += (await queueDays(ports, due)).length;
    for (const { pbx } of pbxs) others.add(day, manifests.get(pbx));
    if (isBusUp) isBusUp = await sendLateEvents(ports, [...records.values()].filter(hasEventDue));
  }
  const summary = { pbxs: pbxs.length, queued, buried, ...defined({ others: others.found }) };
  // the heartbeat of the export stops only while there is something to export
  const isIdle = waiting.size === 0;
  if (buried > 0) ports.metrics.put({ days_buried: buried });
  if (isIdle) ports.metrics.put({ export_heartbeats: 1 });
  ports.log.info("exports planned", { ...summary });
  return summary;
};

/** From the newest yesterday to the oldest day that is wanted of a PBX. */
function* daysToLookAt(pbxs: readonly PlannedPbx[]): Generator<Day> {
  const newest = pbxs
    .map(({ today }) => shiftDay(today, -1))
    .sort()
    .at(-1);
  const oldest = pbxs.flatMap(({ first, again }) => [first, again]).sort()[0];
  if (newest === undefined || oldest === undefined) return;
  for (let day = newest; day >= oldest; day = shiftDay(day, -1)) yield day;
}

/** `waiting`: messages of each PBX for newer days. Those for this day are added. */
const dueOn = (
  ports: Pick<PlanPorts, "clock">,
  day: Day,
  pbxs: readonly PlannedPbx[],
  manifests: ManifestPbxs,
  records: ReadonlyMap<string, HeldDay>,
  waiting: Map<string, number>,
): WantedDay[] => {
  const now = stateSeconds(ports.clock.now());
  return pbxs.flatMap((planned) => {
    const { pbx, zone, today, again } = planned;
    const seen = records.get(pbx);
    const before = waiting.get(pbx) ?? 0;
    const isWanted =
      (day >= again || before < perPbx) && isDue(planned, day, manifests.has(pbx), seen?.value, now);
    if (isWanted || isUnderWay(statusOf(seen?.value, now))) waiting.set(pbx, before + 1);
    return isWanted ? [{ pbx, zone, day, round: today, seen }] : [];
  });
};

/** Whether the worker could not send the event about its export. */
const hasEventDue = (seen: HeldDay): seen is HeldDay<DoneDay> =>
  seen.value.state === "done" && seen.value.eventDue === true;

/**
 * Sends the events that the workers could not send. If one fails, the bus does not respond: false, and the next run continues. A day
 * without a manifest is with a worker again, which sends its own event.
 */
const sendLateEvents = async (ports: PlanPorts, days: readonly HeldDay<DoneDay>[]): Promise<boolean> => {
  const ledger = createDayLedger(ports);
  for (const done of days) {
    const key = manifestKey(done.day, done.pbx);
    const text = await readText(ports.store, key);
    const manifest = text && readManifest(text, key);
    if (!manifest) continue;
    const prefix = prefixOf(ports.placements, done.pbx);
    if (!(await announceDay(ports, ledger, done, manifest, prefix))) return false;
  }
  return true;
};

/** Removes the dead letters from their queue, and returns their number. Their days' records say when each day is retried. */
export const takeDeadLetters = async (ports: DeadLetterPorts): Promise<number> => {
  const ledger = createDayLedger(ports);
  let count = 0;
  for (let letters = await ports.deadLetters.receive(); letters.length > 0; ) {
    for (const { body, receipt } of letters) {
      if (!(await noteDeadLetter(ports, ledger, body))) continue;
      await ports.deadLetters.remove(receipt);
      count++;
    }
    letters = await ports.deadLetters.receive();
  }
  return count;
};

/** False: another writer changed the record meanwhile, and the dead letter stays for the next plan. */
const noteDeadLetter = async (ports: DeadLetterPorts, ledger: DayLedger, body: string): Promise<boolean> => {
  const message = messageOf(ports, body);
  if (message === undefined) return true;
  const { pbx, day } = message;
  const seen = await ledger.read(message);
  // the day has another message, or this one was noted by a run that stopped before it removed the dead letter
  if (seen === undefined || seen.value.token !== message.token || !hasMessage(seen)) return true;
  const noted = await ledger.deadLetter(seen);
  if (noted === undefined) return false;
  const { deadLetters: deaths, reason } = noted.value;
  ports.log.error("PBX day failed; it is retried later", { pbx, day, deaths, ...reason });
  return true;
};

const messageOf = (ports: DeadLetterPorts, body: string): ExportMessage | undefined => {
  try {
    return readMessage(body);
  } catch (error) {
    ports.log.error("a dead letter cannot be read", errorFields(error));
    return undefined;
  }
};
