import { atOnce } from "../../lib/at-once.ts";
import { type CountedOutcome, callsToday, type DayCounts } from "../../lib/calls/guard/day-counts.ts";
import { type KillSwitch, listStops } from "../../lib/calls/guard/kill-switch.ts";
import { defined } from "../../lib/defined.ts";
import type { Day } from "../../lib/history/calendar/local-days.ts";
import { type FleetDay, readFleet, statusOfDays } from "../../lib/history/days/fleet-status.ts";
import { exportsOfPbxs, type PbxExports } from "../../lib/history/planning/pbx-status.ts";
import { type Misplaced, misplacedAdvice } from "../../lib/history/publication/place-pbxs.ts";
import { knownHealth } from "../../lib/pbxs/notify-health.ts";
import type { Fleet, FleetPorts, UnplannedPbx } from "../context/history-places.ts";
import { readMisplaced } from "./misplaced.ts";

/** One PBX of a deployment, as `wildix status` shows it. */
export interface PbxView extends PbxExports {
  /** Whether the history is exported; if not, why. */
  readonly export: "on" | UnplannedPbx["export"];
  /** Why the history is not exported. */
  readonly not_exported?: string;
  /** A problem that the hourly check found, and since when. */
  readonly problem?: { readonly kind: string; readonly since: string };
  /** The day on which the credentials end, as far as the hourly check knows. */
  readonly credentials_end?: string;
  /** Whether a kill switch stops its calls. */
  readonly stopped: boolean;
  /** Its exports belong to another customer than the registry says; null: to none. `advice` says what to do. */
  readonly misplaced?: Omit<Misplaced, "pbx"> & { readonly advice: string };
  /** Calls of the current day in UTC. */
  readonly calls_today: DayCounts;
}

/** PBXs whose counters are read at the same time. */
const readsAtOnce = 64;

export interface FleetView {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly totals: {
    readonly pbxs: number;
    /** PBXs whose history is not exported. */
    readonly not_exported: number;
    /** PBXs with a day that is missing. */
    readonly incomplete: number;
    readonly missing_days: number;
    readonly failing: number;
    readonly stopped: number;
    readonly calls_today: DayCounts;
    /** PBXs with far fewer rows than usually on this weekday. */
    readonly few_rows: number;
    /** PBXs whose exports belong to another customer than the registry says. */
    readonly misplaced: number;
  };
  readonly days: readonly FleetDay[];
  readonly pbxs: readonly PbxView[];
}

/** Fewer rows than a tenth of the usual ones are worth a look, if there are usually this many. */
const usual = { rows: 100, part: 0.1 };
export const hasFewRows = ({ rows, usual_rows }: PbxExports): boolean =>
  rows !== undefined &&
  usual_rows !== undefined &&
  usual_rows >= usual.rows &&
  rows < usual_rows * usual.part;

/** Reads what a deployment remembers of its PBXs. Asks no PBX and reads no secret. */
export const viewFleet = async (
  ports: FleetPorts,
  { places, unplanned }: Readonly<Fleet>,
  range: readonly Day[],
): Promise<FleetView> => {
  const now = ports.clock.now();
  const [read, health, stops, misplaced] = await Promise.all([
    readFleet(ports, places, range),
    knownHealth(ports.state),
    listStops(ports.state),
    readMisplaced(ports.store, places),
  ]);
  const wrong = new Map(
    misplaced.map(({ pbx, ...each }) => [pbx, { ...each, advice: misplacedAdvice(each) }]),
  );
  const exported = [
    ...(await exportsOfPbxs(ports.state, places, read, now)).map((one) => ({
      ...one,
      export: "on" as const,
    })),
    ...unplanned.map(({ pbx, export: state, reason }) => ({
      pbx,
      export: state,
      not_exported: reason,
      missing: [],
      ...defined({ last_exported: read.find(({ manifests }) => manifests.has(pbx))?.day }),
    })),
  ];
  const calls = new Map<string, DayCounts>();
  await atOnce(readsAtOnce, exported, async ({ pbx }) => {
    calls.set(pbx, await callsToday(ports.state, pbx, now));
  });
  const pbxs = exported.map((one): PbxView => {
    const { kind, since, ends, wellSince } = health[one.pbx] ?? {};
    const isFailing = kind !== undefined && wellSince === undefined;
    return {
      ...one,
      calls_today: calls.get(one.pbx) ?? { placed: 0, refused: 0, unknown: 0 },
      stopped: stops.some((stop) => isStopped(stop, one.pbx)),
      ...defined({
        problem: isFailing ? { kind, since: new Date(since ?? now).toISOString() } : undefined,
        credentials_end: ends,
        misplaced: wrong.get(one.pbx),
      }),
    };
  });
  const count = (matches: (pbx: PbxView) => boolean): number => pbxs.filter(matches).length;
  return {
    at: new Date(now).toISOString(),
    totals: {
      pbxs: pbxs.length,
      not_exported: unplanned.length,
      incomplete: count(({ missing }) => missing.length > 0),
      missing_days: pbxs.reduce((sum, { missing }) => sum + missing.length, 0),
      failing: count(({ problem }) => problem !== undefined),
      stopped: count(({ stopped }) => stopped),
      calls_today: {
        placed: sum(pbxs, "placed"),
        refused: sum(pbxs, "refused"),
        unknown: sum(pbxs, "unknown"),
      },
      few_rows: count(hasFewRows),
      misplaced: misplaced.length,
    },
    days: statusOfDays(read, now, ports.config.format),
    pbxs,
  };
};

const sum = (pbxs: readonly PbxView[], outcome: CountedOutcome): number =>
  pbxs.reduce((total, { calls_today: calls }) => total + calls[outcome], 0);

const isStopped = ({ stops }: KillSwitch, pbx: string): boolean => stops === "all" || stops.pbx === pbx;
