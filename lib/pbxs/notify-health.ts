import * as z from "zod/mini";
import type { Alarms } from "../alarms.ts";
import { asRead, type StateItem, type StateKey, type StateStore } from "../state.ts";
import type { Clock } from "../wms/clock.ts";
import type { PbxHealth } from "./check-pbxs.ts";
import { compareHealth, type KnownPbxs, knownPbxsSchema } from "./health-changes.ts";
import { healthMessage } from "./health-notification.ts";

export interface NotifyHealthPorts {
  readonly state: Pick<StateStore, "read" | "write">;
  readonly alarms: Alarms;
  readonly clock: Pick<Clock, "now">;
  readonly config: { readonly stage: string | undefined };
}

/** One record for all PBXs: about 100 bytes for each, so 1,000 fit into DynamoDB's 400 KB. */
export const healthKey: StateKey = { partition: "health", id: "notified" };

const recordSchema = z.object({
  pbxs: knownPbxsSchema,
  /** A notification that was not sent yet, or whose run was stopped before it noted that it was sent. */
  outbox: z.optional(z.array(z.tuple([z.string(), z.string()]))),
});
/** Notifications that are kept while the topic cannot be reached, the newest. */
const held = 10;
type HealthRecord = z.infer<typeof recordSchema>;

/** What the last check found, for people. Throws STATE_UNAVAILABLE. */
export const knownHealth = async (state: Pick<StateStore, "read">): Promise<KnownPbxs> => {
  const item = await state.read(healthKey);
  return item === undefined ? {} : recordSchema.parse(item.value).pbxs;
};

/**
 * Notifies the operators of what changed since the last notification, once. The record is written, only if no other run
 * wrote it, before the notification is sent, so that of two runs at the same time only one notifies. A notification that could not
 * be sent is sent by the next run. Throws STATE_UNAVAILABLE, ALARMS_UNAVAILABLE.
 */
export const notifyHealth = async (
  ports: NotifyHealthPorts,
  healths: readonly PbxHealth[],
): Promise<{ readonly notified: number }> => {
  const { state, alarms, clock, config } = ports;
  const now = clock.now();
  const item = await state.read(healthKey);
  const record: HealthRecord = item === undefined ? { pbxs: {} } : recordSchema.parse(item.value);
  const { changes, next } = compareHealth(record.pbxs, healths, now);
  const message = healthMessage(changes, healths.length, config.stage, now);
  const outbox: [string, string][] = [
    ...(record.outbox ?? []),
    ...(message ? [[...message] as [string, string]] : []),
  ].slice(-held);
  const write = (value: HealthRecord, before: StateItem | undefined) =>
    state.write(healthKey, value, asRead(before));
  if (JSON.stringify(next) === JSON.stringify(record.pbxs) && outbox.length === 0) return { notified: 0 };
  const written = await write({ pbxs: next, ...(outbox.length > 0 && { outbox }) }, item);
  // another run compared at the same time, and notifies
  if (written === undefined) return { notified: 0 };
  for (const [at, [subject, text]] of outbox.entries())
    try {
      await alarms.notify(subject, text);
    } catch (error) {
      // those that were sent are not sent again
      if (at > 0) await write({ pbxs: next, outbox: outbox.slice(at) }, written);
      throw error;
    }
  if (outbox.length > 0) await write({ pbxs: next }, written);
  return { notified: outbox.length };
};
