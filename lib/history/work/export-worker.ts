import { ProductError } from "../../errors.ts";
import { errorFields, type Log } from "../../log.ts";
import { maskText } from "../../mask.ts";
import type { Metrics } from "../../metrics.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import { stateSeconds } from "../../state.ts";
import { placedStore, prefixOf, readPlacements } from "../../store/customers.ts";
import type { ExportStore } from "../../store/store.ts";
import { newToken } from "../../token.ts";
import { CodedError } from "../../wms/errors.ts";
import { announceDay, type DayEventPorts } from "../days/day-event.ts";
import { createDayLedger, type DayLedger, type HeldDay, isOpen } from "../days/day-ledger.ts";
import { type ExportMessage, messageFor } from "../days/export-message.ts";
import { type FailureReason, type RunningDay, statusOf } from "../days/pbx-day.ts";
import type { QueuePorts } from "../days/queue-days.ts";
import { type Exported, exportSome, type Unfinished } from "../export/export-day.ts";
import { type ExportSettings, erasedOf, jobFor } from "../export/export-job.ts";

export interface WorkerPorts extends QueuePorts, DayEventPorts {
  readonly pbxs: { get(id: string): Promise<Pick<Pbx, "id" | "client" | "settings">> };
  readonly store: ExportStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly config: ExportSettings;
}

/** `dropped`: the message does not count any more. `busy`: another worker has the day for so long; the message comes again. */
export type WorkResult =
  | { readonly kind: "exported"; readonly rows: number }
  | { readonly kind: "continued"; readonly part: number }
  | { readonly kind: "dropped" }
  | { readonly kind: "busy"; readonly seconds: number };

/** Kept back from the function's time, so that a run that cannot finish stops cleanly, ms. */
const reserve = 10_000;
/** The lease of the day ends so long after the function's time, s. */
const leaseBeyond = 30;

/**
 * Exports the PBX day that a message names, from the part that it names on. If the time does not suffice for all parts, sends a
 * message for the continuation. Only the message whose token is in the day's record counts, and only one of several workers with
 * this message exports the day. Throws what the export throws; the record then says why, and the message must come again.
 */
export const workOn = async (
  ports: WorkerPorts,
  message: ExportMessage,
  timeLeft: () => number,
): Promise<WorkResult> => {
  const { pbx, day, token } = message;
  const ledger = createDayLedger(ports);
  const seen = await ledger.read(message);
  if (seen === undefined || seen.value.token !== token || !isOpen(seen)) return { kind: "dropped" };
  const now = stateSeconds(ports.clock.now());
  if (seen.value.state === "running" && statusOf(seen.value, now) === "running")
    return { kind: "busy", seconds: seen.value.leaseUntil - now };
  const mine = await ledger.start(seen, now + Math.ceil(timeLeft() / 1000) + leaseBeyond);
  if (mine === undefined) return { kind: "busy", seconds: 1 };
  try {
    const began = ports.clock.now();
    const placements = await readPlacements(ports.store);
    const placed = { ...ports, store: placedStore(ports.store, placements) };
    const result = await run(placed, message, timeLeft);
    const seconds = Math.round((ports.clock.now() - began) / 1000);
    return result.kind === "exported"
      ? await finish(ports, ledger, mine, result, seconds, prefixOf(placements, pbx))
      : await queueContinuation(ports, ledger, mine, message, result.part, seconds);
  } catch (error) {
    ports.log.warn("export failed", { pbx, day, part: message.part, ...errorFields(error) });
    ports.metrics.put({ export_failures: 1 });
    await ledger.fail(mine, reasonOf(error));
    throw error;
  }
};

const run = async (
  ports: WorkerPorts,
  { pbx, day, zone, part }: ExportMessage,
  timeLeft: () => number,
): Promise<Exported | Unfinished> => {
  const known = await ports.pbxs.get(pbx);
  const signal = AbortSignal.timeout(Math.max(0, timeLeft() - reserve));
  // `force`: the day is read even if it has a manifest, because rows come late and change
  const erased = await erasedOf(ports.state, known);
  const job = { ...jobFor(known, day, zone, ports.config), part, force: true, signal, erased };
  try {
    return await exportSome(
      { ...ports, client: known.client },
      { ...job, timeLeft: () => timeLeft() - reserve },
    );
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const detail = `the function reached its time limit in part ${part}`;
    throw new ProductError("EXPORT_TIMEOUT", { detail, cause });
  }
};

const finish = async (
  ports: WorkerPorts,
  ledger: DayLedger,
  mine: HeldDay<RunningDay>,
  { manifest }: Exported,
  seconds: number,
  prefix: string,
): Promise<WorkResult> => {
  const { pbx, day } = mine;
  const { rows, changes, paging, restarts } = manifest;
  const late = changes === null ? 0 : changes.added + changes.changed + changes.removed;
  const changed = changes === null || late > 0;
  // if another worker has the day by now, its message finds the manifest that this run wrote
  const done = await ledger.finish(mine, { rows, seconds, format: ports.config.format }, changed);
  ports.metrics.put({ days_exported: 1, rows_exported: rows, late_changed: late });
  const took = (mine.value.spent ?? 0) + seconds;
  ports.log.info("day exported", { pbx, day, rows, seconds: took, paging, restarts, late_changed: late });
  if (done?.value.eventDue) await announceDay(ports, ledger, done, manifest, prefix);
  return { kind: "exported", rows };
};

/** Sends a message for the other parts of the day. The current message does not count any more. */
const queueContinuation = async (
  ports: WorkerPorts,
  ledger: DayLedger,
  mine: HeldDay<RunningDay>,
  { pbx, day, zone }: ExportMessage,
  part: number,
  seconds: number,
): Promise<WorkResult> => {
  const token = newToken(ports.random);
  const next = await ledger.continue(mine, token, seconds);
  if (next !== undefined) {
    await ports.queue.send([messageFor({ pbx, day, zone, token, part })]);
    await ledger.send(next);
  }
  ports.log.info("day continues in another invocation", { pbx, day, part });
  return { kind: "continued", part };
};

const reasonOf = (error: unknown): FailureReason =>
  error instanceof CodedError
    ? { code: error.code, detail: maskText(error.message) }
    : { code: "INTERNAL", detail: error instanceof Error ? error.name : "an error" };
