import { atOnce } from "../../at-once.ts";
import { defined } from "../../defined.ts";
import type { FormatName } from "../../format-names.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { isOfTable } from "../publication/day-kind.ts";
import { type HeldDay, readPbxDays } from "./day-ledger.ts";
import { isKept, type PlannedPbx } from "./due-days.ts";
import { type ManifestPbxs, manifestPbxs } from "./manifest-pbxs.ts";
import { type DayStatus, deadLettersOf, type PbxDay, reasonOf, statusOf } from "./pbx-day.ts";

/** A PBX without a manifest for a day. */
export interface PbxNotExported {
  readonly pbx: string;
  /** `failing`: its message comes again. `waiting`: it has no message, and is queued again at `next_try`. */
  readonly state: Exclude<DayStatus, "done">;
  readonly code?: string;
  readonly reason?: string;
  /** Dead letters since the last export. */
  readonly deaths: number;
  readonly next_try?: string;
}

export interface FleetDay {
  readonly day: Day;
  /** PBXs that should have the day or have it: since their registration, or because of a backfill. */
  readonly pbxs: number;
  readonly exported: number;
  readonly waiting: readonly PbxNotExported[];
  /** Exported PBX days whose parts have another format than new ones. */
  readonly other_format?: number;
  /** Exported PBX days of version 1, whose legs are where newer days have calls. */
  readonly old_layout?: number;
}

interface FleetStatusPorts {
  readonly state: Pick<StateStore, "list">;
  readonly store: Pick<ExportStore, "list" | "read">;
}

/** Days that are read at the same time. */
const daysAtOnce = 8;

/** A day as its records and manifests say. */
export interface ReadDay {
  readonly day: Day;
  readonly records: ReadonlyMap<string, HeldDay>;
  readonly manifests: ManifestPbxs;
  /** PBXs that should have the day or have it. */
  readonly expected: readonly PlannedPbx[];
}

/** Reads days, newest first, without those that no PBX should have. Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE. */
export const readFleet = async (
  ports: FleetStatusPorts,
  pbxs: readonly PlannedPbx[],
  days: readonly Day[],
): Promise<ReadDay[]> => {
  const read = new Map<Day, ReadDay>();
  await atOnce(daysAtOnce, days, async (day) => {
    const records = await readPbxDays(ports.state, day);
    const manifests = await manifestPbxs(ports.store, day, records);
    const expected = pbxs.filter(
      (planned) =>
        day < planned.today &&
        isKept(planned, day) &&
        (planned.first <= day || records.has(planned.pbx) || manifests.has(planned.pbx)),
    );
    if (expected.length > 0) read.set(day, { day, records, manifests, expected });
  });
  return [...read.values()].sort((a, b) => (a.day < b.day ? 1 : -1));
};

/** The status of days that were read. Reads no part and asks no PBX. `now` is epoch ms, `format` that of new parts. */
export const statusOfDays = (read: readonly ReadDay[], now: number, format?: FormatName): FleetDay[] =>
  read.map(({ day, records, manifests, expected }) => {
    const missing = expected.filter(({ pbx }) => !manifests.has(pbx));
    const kinds = expected.map(({ pbx }) => manifests.get(pbx));
    const old = kinds.filter((kind) => kind?.isOld).length;
    const other =
      format === undefined ? 0 : kinds.filter((kind) => !kind?.isOld && !isOfTable(kind, format)).length;
    return {
      day,
      pbxs: expected.length,
      exported: expected.length - missing.length,
      waiting: missing.map(({ pbx }) => notExported(pbx, records.get(pbx)?.value, stateSeconds(now))),
      ...defined({
        other_format: other === 0 ? undefined : other,
        old_layout: old === 0 ? undefined : old,
      }),
    };
  });

/** `now` is epoch seconds. */
const notExported = (pbx: string, day: PbxDay | undefined, now: number): PbxNotExported => {
  const status = statusOf(day, now);
  const reason = reasonOf(day);
  const retryAt = day?.state === "waiting" && day.retryAt > now ? day.retryAt : undefined;
  return {
    pbx,
    // the manifest of a day that was done is gone: the planner queues the day
    state: status === "done" ? "waiting" : status,
    deaths: deadLettersOf(day),
    ...defined({
      code: reason?.code,
      reason: reason?.detail,
      next_try: retryAt === undefined ? undefined : new Date(retryAt * 1000).toISOString(),
    }),
  };
};
