import { atOnce } from "../../at-once.ts";
import type { WorkQueue } from "../../queue.ts";
import type { StateStore } from "../../state.ts";
import { newToken } from "../../token.ts";
import type { Clock, Random } from "../../wms/clock.ts";
import type { Day } from "../calendar/local-days.ts";
import { createDayLedger, type HeldDay, type PbxDayName } from "./day-ledger.ts";
import { messageFor } from "./export-message.ts";
import type { QueuedDay } from "./pbx-day.ts";

export interface QueuePorts {
  readonly state: StateStore;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
}

export interface WantedDay extends PbxDayName {
  readonly zone: string;
  /** The PBX's own date. */
  readonly round: Day;
  /** The record when the day was found due. */
  readonly seen: HeldDay | undefined;
}

/** Records written at the same time. */
const writesAtOnce = 32;

/**
 * Sends a message for each day whose record did not change since it was read, and returns these days. The record is written first, so that
 * only one of two planners sends. After a crash between record and message, the planner queues the day again soon.
 */
export const queueDays = async (ports: QueuePorts, days: readonly WantedDay[]): Promise<WantedDay[]> => {
  const ledger = createDayLedger(ports);
  const announced: { wanted: WantedDay; held: HeldDay<QueuedDay> }[] = [];
  await atOnce(writesAtOnce, days, async (wanted) => {
    const held = await ledger.plan(wanted, wanted.seen, newToken(ports.random), wanted.round);
    if (held) announced.push({ wanted, held });
  });
  await ports.queue.send(
    announced.map(({ wanted: { pbx, day, zone }, held: { value } }) =>
      messageFor({ pbx, day, zone, token: value.token, part: 1 }),
    ),
  );
  await atOnce(writesAtOnce, announced, async ({ held }) => {
    // a worker that was faster has written more than this
    await ledger.send(held);
  });
  return announced.map(({ wanted }) => wanted);
};
