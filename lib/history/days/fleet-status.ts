import { defined } from "../../defined.ts";
import type { FormatName } from "../../format-names.ts";
import { type StateStore, stateSeconds } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { readPbxDays } from "./day-ledger.ts";
import type { PlannedPbx } from "./due-days.ts";
import { manifestPbxs } from "./manifest-pbxs.ts";
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
}

/**
 * The status of days, newest first, from manifests and records. Reads no part and asks no PBX. `now` is epoch ms, `format` that of
 * new parts.
 * Throws STORE_UNAVAILABLE, STATE_UNAVAILABLE.
 */
export const fleetStatus = async (
  ports: { readonly state: Pick<StateStore, "list">; readonly store: Pick<ExportStore, "list" | "read"> },
  pbxs: readonly PlannedPbx[],
  days: readonly Day[],
  now: number,
  format?: FormatName,
): Promise<FleetDay[]> => {
  const found: FleetDay[] = [];
  for (const day of [...days].sort().reverse()) {
    const records = await readPbxDays(ports.state, day);
    const manifests = await manifestPbxs(ports.store, day, records);
    const expected = pbxs.filter(
      ({ pbx, first, today }) => day < today && (first <= day || records.has(pbx) || manifests.has(pbx)),
    );
    if (expected.length === 0) continue;
    const missing = expected.filter(({ pbx }) => !manifests.has(pbx));
    const other = expected.filter(({ pbx }) => {
      const written = records.get(pbx)?.value.result?.format;
      return manifests.has(pbx) && format !== undefined && written !== undefined && written !== format;
    }).length;
    found.push({
      day,
      pbxs: expected.length,
      exported: expected.length - missing.length,
      waiting: missing.map(({ pbx }) => notExported(pbx, records.get(pbx)?.value, stateSeconds(now))),
      ...defined({ other_format: other === 0 ? undefined : other }),
    });
  }
  return found;
};

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
