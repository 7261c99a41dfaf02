import type { EventBus } from "../../event-bus.ts";
import { errorFields, type Log } from "../../log.ts";
import type { Clock } from "../../wms/clock.ts";
import { type AnyManifest, manifestKey, tablesOf } from "../publication/manifest.ts";
import type { DayLedger, HeldDay } from "./day-ledger.ts";
import type { DoneDay } from "./pbx-day.ts";

export interface DayEventPorts {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
}

/** The type of the event that a PBX day is exported, for the first time or with other rows. */
const detailType = "wildix.day.exported";

/**
 * Sends the event that a PBX day is exported, at least once, and notes it in the day's record. If it cannot be sent, nothing is lost:
 * the manifest says what is exported, and the planner tries again. `prefix` is that of the PBX's customer. False: not sent. Throws STATE_UNAVAILABLE.
 */
export const announceDay = async (
  { bus, clock, log }: DayEventPorts,
  ledger: Pick<DayLedger, "announce">,
  done: HeldDay<DoneDay>,
  manifest: AnyManifest,
  prefix: string,
): Promise<boolean> => {
  const { pbx, day } = done;
  const { format, changes, exported_at } = manifest;
  const rows = Object.fromEntries(tablesOf(manifest).map((table) => [table.dataset, table.rows]));
  const detail = { pbx, day, manifest: prefix + manifestKey(day, pbx), format, rows, changes, exported_at };
  try {
    await bus.put({ detailType, pbx, detail, at: clock.now() });
  } catch (error) {
    log.warn("the event of an exported day was not sent; plan-exports sends it later", {
      pbx,
      day,
      ...errorFields(error),
    });
    return false;
  }
  await ledger.announce(done);
  return true;
};
