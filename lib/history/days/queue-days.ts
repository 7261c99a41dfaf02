import { atOnce } from "../../at-once.ts";
import type { WorkQueue } from "../../queue.ts";
import type { StateItem, StateStore } from "../../state.ts";
import { newToken } from "../../token.ts";
import type { Clock, Random } from "../../wms/clock.ts";
import type { Day } from "../calendar/local-days.ts";
import { type DayRecord, dayKey, planned, recordDefaults, sent } from "./day-record.ts";
import { messageFor } from "./export-message.ts";

export interface QueuePorts {
  readonly state: StateStore;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
}

export interface WantedDay {
  readonly pbx: string;
  readonly zone: string;
  readonly day: Day;
  /** The PBX's own date. */
  readonly round: Day;
  /** The record as it was when the day was found due. */
  readonly item: StateItem<DayRecord> | undefined;
}

/** Records written at the same time. */
const writesAtOnce = 32;

/**
 * Sends a message for each day, the record first, on condition that it is as it was seen: of two planners one sends. The
 * days that this one sent. Killed between record and message, the day is planned again when the announcement has run out.
 */
export const queueDays = async (ports: QueuePorts, days: readonly WantedDay[]): Promise<WantedDay[]> => {
  const announced: { wanted: WantedDay; item: StateItem<DayRecord> }[] = [];
  await atOnce(writesAtOnce, days, async (wanted) => {
    const { item, pbx, day, round } = wanted;
    const record = planned(item?.value, newToken(ports.random), round, epoch(ports.clock));
    const written = await writeRecord(ports, day, pbx, record, item);
    if (written) announced.push({ wanted, item: written });
  });
  await ports.queue.send(
    announced.map(({ wanted: { pbx, day, zone }, item }) =>
      messageFor({ pbx, day, zone, token: item.value.token, part: 1 }),
    ),
  );
  await atOnce(writesAtOnce, announced, async ({ wanted: { pbx, day }, item }) => {
    // a worker that was faster has written more than this
    await writeRecord(ports, day, pbx, sent(item.value, epoch(ports.clock)), item);
  });
  return announced.map(({ wanted }) => wanted);
};

/** Writes a day's record where it is as it was seen; undefined: it is not. */
export const writeRecord = (
  ports: Pick<QueuePorts, "state" | "clock">,
  day: Day,
  pbx: string,
  record: DayRecord,
  seen: StateItem<DayRecord> | undefined,
): Promise<StateItem<DayRecord> | undefined> =>
  ports.state.write(
    dayKey(day, pbx),
    record,
    seen === undefined ? { absent: true } : { version: seen.version },
    epoch(ports.clock) + recordDefaults.keptSeconds,
  );

/** Epoch seconds. */
export const epoch = (clock: Pick<Clock, "now">): number => Math.floor(clock.now() / 1000);
