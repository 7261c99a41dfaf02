import { ProductError } from "../../errors.ts";
import { errorFields, type Log } from "../../log.ts";
import { maskText } from "../../mask.ts";
import type { Metrics } from "../../metrics.ts";
import type { Pbx } from "../../pbxs/pbxs.ts";
import type { StateItem } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import { newToken } from "../../token.ts";
import { CodedError } from "../../wms/errors.ts";
import { type DayRecord, dayKey, failed, finished, handedOver, running, sent } from "../days/day-record.ts";
import { type ExportMessage, messageFor } from "../days/export-message.ts";
import { epoch, type QueuePorts, writeRecord } from "../days/queue-days.ts";
import { type Exported, exportSome, type HandedOver } from "../export/export-day.ts";
import { type ExportSettings, jobFor } from "../export/export-job.ts";

export interface WorkerPorts extends QueuePorts {
  readonly pbxs: { get(id: string): Promise<Pick<Pbx, "id" | "client" | "settings">> };
  readonly store: ExportStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly config: ExportSettings;
}

/** `dropped`: the message does not count any more. `busy`: another worker has the day; it is to be asked for again then. */
export type Outcome =
  | { readonly kind: "exported"; readonly rows: number }
  | { readonly kind: "handed over"; readonly part: number }
  | { readonly kind: "dropped" }
  | { readonly kind: "busy"; readonly seconds: number };

/** Kept back from the function's time, so that a run that cannot finish stops cleanly, ms. */
const reserve = 10_000;
/** A worker's hold on the day outlasts its function by this, s. */
const holdBeyond = 30;

/**
 * Works on one message: a PBX's day, from the part that it names on, to parts and manifest, or as far as time allows; the
 * rest is handed to the queue. Only the message whose token the day's record has counts, and of several workers that have
 * it one goes on. Throws what the export throws; the record then says why, and the message is to come again.
 */
export const workOn = async (
  ports: WorkerPorts,
  message: ExportMessage,
  timeLeft: () => number,
): Promise<Outcome> => {
  const { pbx, day } = message;
  const seen = await ports.state.read<DayRecord>(dayKey(day, pbx));
  if (seen === undefined || seen.value.done || seen.value.token !== message.token) return { kind: "dropped" };
  const now = epoch(ports.clock);
  if (seen.value.runUntil > now) return { kind: "busy", seconds: seen.value.runUntil - now };
  const until = now + Math.ceil(timeLeft() / 1000) + holdBeyond;
  const mine = await writeRecord(ports, day, pbx, running(seen.value, until), seen);
  if (mine === undefined) return { kind: "busy", seconds: 1 };
  try {
    const began = ports.clock.now();
    const result = await run(ports, message, timeLeft);
    const seconds = Math.round((ports.clock.now() - began) / 1000);
    return result.kind === "exported"
      ? await settle(ports, message, mine, result, seconds)
      : await passOn(ports, message, mine, result, seconds);
  } catch (error) {
    ports.log.warn("export failed", { pbx, day, part: message.part, ...errorFields(error) });
    ports.metrics.put({ export_failures: 1 });
    await writeRecord(ports, day, pbx, failed(mine.value, reasonOf(error)), mine);
    throw error;
  }
};

const run = async (
  ports: WorkerPorts,
  { pbx, day, zone, part }: ExportMessage,
  timeLeft: () => number,
): Promise<Exported | HandedOver> => {
  const known = await ports.pbxs.get(pbx);
  const signal = AbortSignal.timeout(Math.max(0, timeLeft() - reserve));
  // `force`: a message asks for a reading, also where a manifest stands, because rows come late and change
  const job = { ...jobFor(known, day, zone, ports.config), part, force: true, signal };
  try {
    return await exportSome(
      { ...ports, client: known.client },
      { ...job, timeLeft: () => timeLeft() - reserve },
    );
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const detail = `the function's time ran out in part ${part}`;
    throw new ProductError("EXPORT_TIMEOUT", { detail, cause });
  }
};

const settle = async (
  ports: WorkerPorts,
  { pbx, day }: ExportMessage,
  mine: StateItem<DayRecord>,
  { manifest }: Exported,
  seconds: number,
): Promise<Outcome> => {
  const { rows, changes, paging, restarts } = manifest;
  const late = changes === null ? 0 : changes.added + changes.changed + changes.removed;
  // where the record is another's by now, that one's message finds the manifest that this run wrote
  const record = finished(mine.value, { rows, seconds });
  await writeRecord(ports, day, pbx, record, mine);
  ports.metrics.put({ days_exported: 1, rows_exported: rows, late_changed: late });
  ports.log.info("day exported", { pbx, day, ...record.result, paging, restarts, late_changed: late });
  return { kind: "exported", rows };
};

/** The rest of the day as a message of its own; the one at hand counts no more. */
const passOn = async (
  ports: WorkerPorts,
  { pbx, day, zone }: ExportMessage,
  mine: StateItem<DayRecord>,
  { part }: HandedOver,
  seconds: number,
): Promise<Outcome> => {
  const token = newToken(ports.random);
  const record = handedOver(mine.value, token, epoch(ports.clock), seconds);
  const next = await writeRecord(ports, day, pbx, record, mine);
  if (next !== undefined) {
    await ports.queue.send([messageFor({ pbx, day, zone, token, part })]);
    await writeRecord(ports, day, pbx, sent(next.value, epoch(ports.clock)), next);
  }
  ports.log.info("day handed over", { pbx, day, part });
  return { kind: "handed over", part };
};

const reasonOf = (error: unknown): NonNullable<DayRecord["reason"]> =>
  error instanceof CodedError
    ? { code: error.code, detail: maskText(error.message) }
    : { code: "INTERNAL", detail: error instanceof Error ? error.name : "an error" };
