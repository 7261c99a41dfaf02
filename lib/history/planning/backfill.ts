import { atOnce } from "../../at-once.ts";
import type { FormatName } from "../../format-names.ts";
import { stateSeconds } from "../../state.ts";
import { type ExportStore, readText } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { createDayLedger, type DayLedger, type PbxDayName, readPbxDays } from "../days/day-ledger.ts";
import { isKept, type PlannedPbx } from "../days/due-days.ts";
import { manifestPbxs } from "../days/manifest-pbxs.ts";
import { isUnderWay, statusOf, whyNotExported } from "../days/pbx-day.ts";
import { type QueuePorts, queueDays, type WantedDay } from "../days/queue-days.ts";
import { type DayKind, dayKindOf, isOfTable, kindName } from "../publication/day-kind.ts";
import { manifestKey } from "../publication/manifest.ts";

/** A PBX, its time zone and its own date. */
export type DatedPbx = Pick<PlannedPbx, "pbx" | "zone" | "today" | "kept">;

export interface BackfillPorts extends QueuePorts {
  readonly store: Pick<ExportStore, "list" | "read">;
}

export const backfillDefaults = {
  /** PBX days that wait or run at the same time. */
  atOnce: 20,
  /** Of these, days of one PBX. Its messages are handled in order, and yesterday must not wait behind a year. */
  perPbx: 2,
  /** Manifests that are read at the same time. */
  readsAtOnce: 32,
  /** Between two reads of the days' records, ms. */
  pollMs: 3_000,
  /** A day that has been failing for so long is left to the planner, s. */
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

interface MissingDay extends DatedPbx {
  readonly day: Day;
}

/** Which exported days are exported again: none by default, all, or those whose parts have another format. */
export type Again = "all" | { readonly unlessFormat: FormatName };

export interface BackfillPlan {
  /** PBX days of the range that are over. */
  readonly days: number;
  /** Days that are not exported again. */
  readonly kept: number;
  /** Days without a manifest. */
  readonly missing: number;
  /** Exported days that are exported again, by the format of their parts. */
  readonly rewritten: Readonly<Record<string, number>>;
}

/**
 * Exports the days that have no manifest through the deployment's queue, newest first. Only a few days are in the queue at the
 * same time, so that the days which the planner queues meanwhile do not wait. The days' records say what is done; a second
 * backfill of the same range continues with the days that have no manifest. A day that fails is left to the planner and stops
 * no other day. With `again`, exported days are exported again. `signal` ends the wait; days that are in the queue are exported nevertheless.
 * Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE, QUEUE_UNAVAILABLE.
 */
export const backfill = async (
  ports: BackfillPorts,
  pbxs: readonly DatedPbx[],
  days: readonly Day[],
  options: { readonly atOnce?: number; readonly again?: Again; readonly signal?: AbortSignal } = {},
  onProgress: (progress: BackfillProgress) => void = () => undefined,
): Promise<Backfilled> => {
  const most = options.atOnce ?? backfillDefaults.atOnce;
  const ledger = createDayLedger(ports);
  const { exported, missing } = await findMissing(ports, pbxs, days, options.again);
  const failures: Failure[] = [];
  /** Days in the queue, and since when each is failing. */
  const underWay = new Map<MissingDay, number | undefined>();
  let there = exported;
  let waiting = missing;
  const progress = (): BackfillProgress => ({
    days: exported + missing.length,
    there,
    underWay: underWay.size,
    failed: failures.length,
  });
  onProgress(progress());
  while (waiting.length + underWay.size > 0 && !options.signal?.aborted) {
    const next = take(waiting, [...underWay.keys()], most);
    await queueIdle(ports, ledger, next);
    waiting = waiting.filter((day) => !next.includes(day));
    for (const day of next) underWay.set(day, undefined);
    // an aborted sleep is not an error: the loop reads the signal
    await ports.clock.sleep(backfillDefaults.pollMs, options.signal).catch(() => undefined);
    const now = stateSeconds(ports.clock.now());
    await atOnce(most, [...underWay], async ([day, since]) => {
      const seen = await look(ledger, day, since, now);
      if (seen.kind === "under way") underWay.set(day, seen.failingSince);
      else underWay.delete(day);
      if (seen.kind === "done") there++;
      else if (seen.kind === "failed") failures.push(seen.failure);
    });
    onProgress(progress());
  }
  return { ...progress(), failures };
};

/** What a backfill of these days exports. Changes nothing. Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE. */
export const planBackfill = async (
  ports: BackfillPorts,
  pbxs: readonly DatedPbx[],
  days: readonly Day[],
  again?: Again,
): Promise<BackfillPlan> => {
  const { exported: kept, missing, rewritten } = await findMissing(ports, pbxs, days, again);
  const counts: Record<string, number> = {};
  for (const format of rewritten) counts[format] = (counts[format] ?? 0) + 1;
  return {
    days: kept + missing.length,
    kept,
    missing: missing.length - rewritten.length,
    rewritten: counts,
  };
};

/**
 * Counts the days with a manifest that are over in the PBX's time zone and stay, without those too old to be kept, and lists the others, newest first. `rewritten`: the
 * formats of days that have a manifest and are exported again.
 */
const findMissing = async (
  ports: BackfillPorts,
  pbxs: readonly DatedPbx[],
  days: readonly Day[],
  again: Again | undefined,
): Promise<{ exported: number; missing: MissingDay[]; rewritten: string[] }> => {
  let exported = 0;
  const missing: MissingDay[] = [];
  const rewritten: string[] = [];
  for (const day of [...days].sort().reverse()) {
    const over = pbxs.filter((pbx) => day < pbx.today && isKept(pbx, day));
    const manifests = await manifestPbxs(ports.store, day, await readPbxDays(ports.state, day));
    const there = over.filter(({ pbx }) => manifests.has(pbx)).map(({ pbx }) => pbx);
    const kinds =
      again === undefined ? new Map<string, DayKind | undefined>() : await kindsOf(ports.store, day, there);
    for (const pbx of over) {
      const kind = kinds.get(pbx.pbx);
      const isKept = again === undefined || (kind !== undefined && isKeptBy(again, kind));
      if (manifests.has(pbx.pbx) && isKept) exported++;
      else missing.push({ ...pbx, day });
      if (kinds.has(pbx.pbx) && !isKept) rewritten.push(kindName(kind));
    }
  }
  return { exported, missing, rewritten };
};

/** Whether an exported day of this kind stays. */
export const isKeptBy = (again: Again, kind: DayKind): boolean =>
  again !== "all" && isOfTable(kind, again.unlessFormat);

/** The kind of each PBX's day, as its manifest says. */
const kindsOf = async (
  store: Pick<ExportStore, "read">,
  day: Day,
  pbxs: readonly string[],
): Promise<Map<string, DayKind | undefined>> => {
  const kinds = new Map<string, DayKind | undefined>();
  await atOnce(backfillDefaults.readsAtOnce, pbxs, async (pbx) => {
    const text = await readText(store, manifestKey(day, pbx));
    // a manifest that was removed since the list is missing
    if (text !== undefined) kinds.set(pbx, dayKindOf(text));
  });
  return kinds;
};

/** The next days to queue: `most` in all with those under way, and only a few of one PBX. */
const take = (
  waiting: readonly MissingDay[],
  underWay: readonly MissingDay[],
  most: number,
): MissingDay[] => {
  const taken: MissingDay[] = [];
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
const queueIdle = async (
  ports: BackfillPorts,
  ledger: DayLedger,
  days: readonly MissingDay[],
): Promise<void> => {
  const wanted: WantedDay[] = [];
  const now = stateSeconds(ports.clock.now());
  await atOnce(backfillDefaults.atOnce, days, async ({ pbx, zone, today, day }) => {
    const seen = await ledger.read({ pbx, day });
    if (!isUnderWay(statusOf(seen?.value, now))) wanted.push({ pbx, zone, day, round: today, seen });
  });
  await queueDays(ports, wanted);
};

type Look =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** `failingSince`: epoch seconds. */
  | { readonly kind: "under way"; readonly failingSince: number | undefined };

/** The outcome of a queued day so far. `since`: when the day was first seen failing; `now`: both epoch seconds. */
const look = async (
  ledger: DayLedger,
  { pbx, day }: MissingDay,
  since: number | undefined,
  now: number,
): Promise<Look> => {
  const record = (await ledger.read({ pbx, day }))?.value;
  const failed = (): Look => {
    const { code, detail: reason } = whyNotExported(record, now);
    return { kind: "failed", failure: { pbx, day, code, reason } };
  };
  switch (statusOf(record, now)) {
    case "done":
      return { kind: "done" };
    case "waiting":
      return failed();
    case "failing": {
      const failingSince = since ?? now;
      if (now - failingSince >= backfillDefaults.patienceSeconds) return failed();
      return { kind: "under way", failingSince };
    }
    case "not planned":
    case "queued":
    case "running":
      return { kind: "under way", failingSince: undefined };
  }
};

/**
 * Queues immediately the days that have no message and wait for their next attempt, and returns them: for use after the cause of a
 * failure is fixed. Throws STATE_UNAVAILABLE, QUEUE_UNAVAILABLE.
 */
export const redrive = async (
  ports: QueuePorts,
  pbxs: readonly DatedPbx[],
  days: readonly Day[],
): Promise<PbxDayName[]> => {
  const known = new Map(pbxs.map((pbx) => [pbx.pbx, pbx]));
  const now = stateSeconds(ports.clock.now());
  const wanted: WantedDay[] = [];
  for (const day of days) {
    for (const [pbx, seen] of await readPbxDays(ports.state, day)) {
      const dated = known.get(pbx);
      if (dated && isKept(dated, day) && statusOf(seen.value, now) === "waiting")
        wanted.push({ pbx, zone: dated.zone, day, round: dated.today, seen });
    }
  }
  return (await queueDays(ports, wanted)).map(({ pbx, day }) => ({ pbx, day }));
};
