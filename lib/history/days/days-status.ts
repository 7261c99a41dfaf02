import type { StateStore } from "../../state.ts";
import type { ExportStore } from "../../store/store.ts";
import type { Day } from "../calendar/local-days.ts";
import { type DayRecord, recordsOf } from "./day-record.ts";
import type { PlannedPbx } from "./due-days.ts";
import { manifestPbxs } from "./manifest-pbxs.ts";

/** Why a PBX's day has no manifest. */
export interface WaitingDay {
  readonly pbx: string;
  /** `failing`: its message comes again; `waiting`: it was given up, and is tried again at `next_try`. */
  readonly state: "not planned" | "queued" | "running" | "failing" | "waiting";
  readonly code?: string;
  readonly reason?: string;
  /** How often it was given up since it was last exported. */
  readonly deaths: number;
  readonly next_try?: string;
}

export interface DayStatus {
  readonly day: Day;
  /** PBXs that are to have the day, or have it: since their registration, or because it was asked for. */
  readonly pbxs: number;
  readonly exported: number;
  readonly waiting: readonly WaitingDay[];
}

/** How far the days are, newest first, by manifests and records: no part is read, no PBX asked. */
export const daysStatus = async (
  ports: { readonly state: Pick<StateStore, "list">; readonly store: Pick<ExportStore, "list" | "read"> },
  places: readonly PlannedPbx[],
  days: readonly Day[],
  now: number,
): Promise<DayStatus[]> => {
  const found: DayStatus[] = [];
  for (const day of [...days].sort().reverse()) {
    const records = await recordsOf(ports.state, day);
    const manifests = await manifestPbxs(ports.store, day, records);
    const expected = places.filter(
      ({ pbx, first, today }) => day < today && (first <= day || records.has(pbx) || manifests.has(pbx)),
    );
    if (expected.length === 0) continue;
    const missing = expected.filter(({ pbx }) => !manifests.has(pbx));
    found.push({
      day,
      pbxs: expected.length,
      exported: expected.length - missing.length,
      waiting: missing.map(({ pbx }) => whyWaiting(pbx, records.get(pbx)?.value, now)),
    });
  }
  return found;
};

/** `now` is epoch ms. */
const whyWaiting = (pbx: string, record: DayRecord | undefined, now: number): WaitingDay => {
  if (record === undefined) return { pbx, state: "not planned", deaths: 0 };
  const { deaths, reason, nextTry } = record;
  const why = reason === undefined ? {} : { code: reason.code, reason: reason.detail };
  const seconds = now / 1000;
  if (record.runUntil > seconds) return { pbx, state: "running", deaths, ...why };
  if (record.messageUntil > seconds)
    return { pbx, state: reason === undefined ? "queued" : "failing", deaths, ...why };
  return {
    pbx,
    state: "waiting",
    deaths,
    ...why,
    ...(nextTry > seconds ? { next_try: new Date(nextTry * 1000).toISOString() } : {}),
  };
};
