import { recent } from "../../cache.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Metrics } from "../../metrics.ts";
import type { Pbx, Pbxs } from "../../pbxs/pbxs.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { formatBound, granularity } from "../../wms/local-time.ts";
import type { CallRecord as HistoryRow } from "../../wms/operations/history-page.ts";
import { evidenceWindow, type Found, findEvidence, offsetSeconds, rowIdentity } from "./evidence.ts";
import type { HeldCall, Ledger } from "./ledger.ts";
import { callTimes, type LedgerCall, phaseOf } from "./record.ts";

export interface ReconcilePorts {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pbxs: Pick<Pbxs, "get">;
}

/** Rows asked for in one request, and pages at most: two minutes of a very busy PBX. */
const pageSize = 500;
const maxPages = 10;
/** For one question to a PBX, ms. */
const patience = 5_000;
/** Calls that are looked up at the same time. */
const atOnce = 5;

/** The way out of UNKNOWN: the PBX's own history. */
export const createReconcile = (ports: ReconcilePorts, ledger: Ledger) => {
  const { state, clock, log, metrics } = ports;
  const offsets = recent<number>(clock, 600_000);

  /** An attempt that ended while it was sending leaves a call whose outcome is not known. */
  const noteAbandoned = async (held: HeldCall): Promise<HeldCall> => {
    if (phaseOf(held.value, clock.now()) !== "abandoned") return held;
    const detail = "the function ended, or was frozen, while it was sending";
    const noted = await ledger.move(held, "UNKNOWN", { detail });
    if (noted === undefined) return (await ledger.read(held.value.id)) ?? held;
    metrics.put({ calls_unknown: 1 });
    return noted;
  };

  /**
   * Asks history about an unknown call, where it was not asked in the last 15 seconds, for 6 hours from when it was sent; then
   * gives it up. What the PBX cannot answer now is asked again later. Throws STATE_UNAVAILABLE.
   */
  const settle = async (held: HeldCall): Promise<HeldCall> => {
    const { value: call } = held;
    const now = clock.now();
    if (call.state !== "UNKNOWN" || call.givenUp) return held;
    if (now - (call.askedAt ?? Number.NEGATIVE_INFINITY) < callTimes.askEveryMs) return held;
    const over = now - call.reservedAt >= callTimes.askForMs;
    const noted = await ledger.note(held, over ? { givenUp: true } : { askedAt: now });
    if (noted === undefined) return (await ledger.read(call.id)) ?? held;
    if (over) {
      metrics.put({ calls_given_up: 1 });
      log.warn("no leg in the call history shows whether a call was placed", {
        call: call.id,
        pbx: call.pbx,
      });
      return noted;
    }
    const found = await look(noted);
    if (found === undefined) return noted;
    return (await ledger.move(noted, "PLACED", { evidence: found.evidence })) ?? noted;
  };

  /** Evidence that no other call has; found rows are taken, so that one row never settles two calls. */
  const look = async (held: HeldCall): Promise<Found | undefined> => {
    const { value: call } = held;
    const pbx = await ports.pbxs.get(call.pbx);
    const offset = await offsetOf(pbx);
    const rows = await rowsAround(pbx, held, offset);
    const { country, outside_prefix: outsidePrefix } = pbx.settings;
    const taken = new Set<string>();
    for (;;) {
      const found = findEvidence(call, rows, { offset, country, outsidePrefix }, taken);
      if (found === undefined) return undefined;
      const others = await take(call.id, call.pbx, found.rows);
      if (found.evidence.kind === "exact" || others.length === 0) return found;
      for (const identity of others) taken.add(identity);
    }
  };

  /** Takes rows for a call; gives those that another call has. */
  const take = async (call: string, pbx: string, rows: readonly HistoryRow[]): Promise<string[]> => {
    const others: string[] = [];
    for (const id of rows.map(rowIdentity)) {
      const key = { partition: `calls/evidence/${pbx}`, id };
      const until = stateSeconds(clock.now()) + callTimes.keptSeconds;
      if ((await state.write(key, call, { absent: true }, until)) !== undefined) continue;
      if ((await state.read<string>(key))?.value !== call) others.push(id);
    }
    return others;
  };

  /** Seconds east of UTC of the PBX's wall clock, as its newest row says. */
  const offsetOf = async (pbx: Pbx): Promise<number> => {
    const { value } = await offsets(pbx.id, async () => {
      const newest = { sort: "start", dir: "DESC", count: 1 } as const;
      const { records } = await pbx.client.historyPage(newest, { timeoutMs: patience });
      return offsetSeconds(records[0]?.["timezone"]) ?? 0;
    });
    return value;
  };

  const rowsAround = async (pbx: Pbx, held: HeldCall, offset: number): Promise<HistoryRow[]> => {
    const format = pbx.settings.date_format ?? "iso";
    const unit = granularity(format);
    const { from, to } = evidenceWindow(held.value);
    const local = (ms: number): number => ms / 1000 + offset;
    const start = {
      from: formatBound(Math.floor(local(from) / unit) * unit, format),
      to: formatBound(Math.ceil(local(to) / unit) * unit, format),
    };
    const rows: HistoryRow[] = [];
    for (let page = 0; page < maxPages; page++) {
      const { records } = await pbx.client.historyPage(
        { sort: "id", dir: "ASC", offset: page * pageSize, count: pageSize, filter: { start } },
        { timeoutMs: patience },
      );
      rows.push(...records);
      if (records.length < pageSize) break;
    }
    return rows;
  };

  /** If the PBX does not respond, the call stays unchanged. */
  const lookAfter = async (held: HeldCall): Promise<{ held: HeldCall; failed: boolean }> => {
    const current = await noteAbandoned(held);
    try {
      return { held: await settle(current), failed: false };
    } catch (error) {
      const { id: call, pbx } = held.value;
      log.warn("call history could not be read for a call", { call, pbx, ...errorFields(error) });
      return { held: current, failed: true };
    }
  };

  /** A call by its id, looked up unless its PBX is among those that fail; one that fails now joins them. */
  const lookUnless = async (failing: Set<string>, id: string): Promise<LedgerCall | undefined> => {
    const current = await ledger.read(id);
    if (current === undefined || failing.has(current.value.pbx)) return current?.value;
    const { held, failed } = await lookAfter(current);
    if (failed) failing.add(held.value.pbx);
    return held.value;
  };

  return {
    noteAbandoned,
    lookAfter,

    /** Checks every call that is under way, until `deadline` (epoch ms). Further calls of a PBX that fails are skipped. */
    sweep: async (deadline: number): Promise<Swept> => {
      const failing = new Set<string>();
      const swept = { open: 0, settled: 0, givenUp: 0 };
      const calls = ledger.listOpen()[Symbol.asyncIterator]();
      const work = async (): Promise<void> => {
        while (clock.now() < deadline) {
          const next = await calls.next();
          if (next.done) return;
          const call = await lookUnless(failing, next.value.id);
          if (call !== undefined && !isOver(call)) {
            swept.open++;
            continue;
          }
          if (call?.evidence !== undefined) swept.settled++;
          if (call?.givenUp) swept.givenUp++;
          await ledger.close(next.value);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      return swept;
    },
  };
};

export type Reconcile = ReturnType<typeof createReconcile>;

/** What a sweep left and found. */
export interface Swept {
  /** Calls that are still to be looked up. */
  readonly open: number;
  /** Number of UNKNOWN calls that a leg in the call history settled, in this sweep or in an earlier request. */
  readonly settled: number;
  readonly givenUp: number;
}

const isOver = ({ state, givenUp }: LedgerCall): boolean =>
  state === "PLACED" || state === "REFUSED" || givenUp === true;
