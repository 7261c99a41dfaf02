import { errorFields, type Log } from "../../log.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";

/** `placed`: the PBX accepted it. `refused`: the guard, a cap, a kill switch or the PBX refused it. `unknown`: its answer was lost. */
export const countedOutcomes = ["placed", "refused", "unknown"] as const;
export type CountedOutcome = (typeof countedOutcomes)[number];
export type DayCounts = Readonly<Record<CountedOutcome, number>>;

/** A count is kept until the day after its day is over, s. */
const keptSeconds = 2 * 86_400;

/** The counter of a PBX for the current day in UTC. */
const keyOf = (pbx: string, outcome: CountedOutcome, now: number) => ({
  partition: `calls/today/${pbx}`,
  id: `${new Date(now).toISOString().slice(0, 10)}/${outcome}`,
});

export interface DayCountPorts {
  readonly state: Pick<StateStore, "count">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}

/** Counts a call for `wildix status`. A count that fails stops no call. */
export const countOutcome = async (
  { state, clock, log }: DayCountPorts,
  pbx: string,
  outcome: CountedOutcome,
): Promise<void> => {
  const now = clock.now();
  const expiresAt = stateSeconds(now) + keptSeconds;
  try {
    await state.count(keyOf(pbx, outcome, now), { by: 1, expiresAt });
  } catch (error) {
    log.warn("a call is missing from the counts of `wildix status`", { pbx, outcome, ...errorFields(error) });
  }
};

/** The calls of a PBX on the current day in UTC. Throws STATE_UNAVAILABLE. */
export const callsToday = async (
  state: Pick<StateStore, "counted">,
  pbx: string,
  now: number,
): Promise<DayCounts> => {
  const [placed = 0, refused = 0, unknown = 0] = await Promise.all(
    countedOutcomes.map((outcome) => state.counted(keyOf(pbx, outcome, now))),
  );
  return { placed, refused, unknown };
};
