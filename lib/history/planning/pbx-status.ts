import { atOnce } from "../../at-once.ts";
import { defined } from "../../defined.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import { type Day, shiftDay } from "../calendar/local-days.ts";
import { type HeldDay, readPbxDays } from "../days/day-ledger.ts";
import type { PlannedPbx } from "../days/due-days.ts";
import type { ReadDay } from "../days/fleet-status.ts";
import { whyNotExported } from "../days/pbx-day.ts";

/** The exports of one PBX on the requested days. */
export interface PbxExports {
  readonly pbx: string;
  /** The newest day with a manifest. */
  readonly last_exported?: Day;
  /** Newest first. */
  readonly missing: readonly { readonly day: Day; readonly code: string; readonly reason: string }[];
  /** Legs of the newest exported day, if its record still exists. */
  readonly rows?: number;
  /** Legs of the same weekday in the weeks before: their median, or the greater of two. One of the days can be a holiday. */
  readonly usual_rows?: number;
}

const weeksCompared = 3;

/**
 * The exports of each PBX, in the order of the PBXs. `days` are newest first, `now` is epoch ms. Reads the records of the same
 * weekdays before the newest exported days. Throws STATE_UNAVAILABLE.
 */
export const exportsOfPbxs = async (
  state: Pick<StateStore, "list">,
  pbxs: readonly PlannedPbx[],
  days: readonly ReadDay[],
  now: number,
): Promise<PbxExports[]> => {
  const newest = new Map<string, ReadDay>();
  const missing = new Map<string, PbxExports["missing"][number][]>();
  for (const read of days) {
    for (const { pbx } of read.expected) {
      if (!read.manifests.has(pbx)) {
        const { code, detail: reason } = whyNotExported(read.records.get(pbx)?.value, stateSeconds(now));
        missing.set(pbx, [...(missing.get(pbx) ?? []), { day: read.day, code, reason }]);
      } else if (!newest.has(pbx)) newest.set(pbx, read);
    }
  }
  const before = new Map<Day, ReadonlyMap<string, HeldDay>>();
  const compared = new Set([...newest.values()].flatMap(({ day }) => sameWeekdays(day)));
  await atOnce(4, [...compared], async (day) => {
    const known = days.find((read) => read.day === day)?.records;
    before.set(day, known ?? (await readPbxDays(state, day)));
  });
  return pbxs.map(({ pbx }) => {
    const last = newest.get(pbx);
    const earlier = last === undefined ? [] : sameWeekdays(last.day);
    return {
      pbx,
      missing: missing.get(pbx) ?? [],
      ...defined({
        last_exported: last?.day,
        rows: last?.records.get(pbx)?.value.result?.rows,
        usual_rows: medianOf(earlier.flatMap((day) => before.get(day)?.get(pbx)?.value.result?.rows ?? [])),
      }),
    };
  });
};

const sameWeekdays = (day: Day): Day[] =>
  Array.from({ length: weeksCompared }, (_, at) => shiftDay(day, -7 * (at + 1)));

const medianOf = (rows: readonly number[]): number | undefined =>
  rows.toSorted((a, b) => a - b)[Math.floor(rows.length / 2)];
