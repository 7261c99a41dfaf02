import { type Day, dayAt } from "../../lib/history/calendar/local-days.ts";
import { type PlannedPbx, plannedPbx } from "../../lib/history/days/due-days.ts";
import { placePbxs } from "../../lib/history/publication/place-pbxs.ts";
import { localPorts } from "../../lib/local/ports.ts";
import { silentLog } from "../../lib/log.ts";
import { type PbxEntry, unknownPbx } from "../../lib/pbxs/registry.ts";
import type { PlannerPorts } from "../../lib/ports.ts";
import { placedStore, readPlacements } from "../../lib/store/customers.ts";
import { CodedError } from "../../lib/wms/errors.ts";
import { paint, UsageError } from "../terminal/output.ts";
import { type Context, checkStage, regionOf } from "./context.ts";

/** Options of every command about the exports of many PBXs. */
export interface FleetOptions {
  readonly stage?: string;
  readonly region?: string;
  /** Directory of this machine's exports. */
  readonly out?: string;
  readonly pbxs?: string;
  readonly pbx?: readonly string[];
  readonly json?: boolean;
}

export type FleetPorts = Omit<PlannerPorts, "alarms" | "bus">;

/** What plans the exports of a deployment on AWS if a stage is named, otherwise of this machine. `place`: it exports. */
export const openFleet = async (
  context: Context,
  options: FleetOptions,
  place = false,
): Promise<FleetPorts> => {
  const { stage, region, out = "exports", pbxs } = options;
  if (stage === undefined) {
    const ports = await localPorts({
      env: context.env,
      directory: out,
      clock: context.clock,
      log: silentLog,
      pbxFile: pbxs,
    });
    return inPlace(ports, place);
  }
  if (pbxs !== undefined) throw new UsageError("Give `--stage` or `--pbxs`, not both.");
  const where = regionOf(context, region);
  // loaded here, so that no other command waits for the SDK
  const { deployedPlanning } = await import("../../lib/aws/deployed/planning.ts");
  const ports = await deployedPlanning(checkStage(stage), where, silentLog);
  return inPlace(ports, place);
};

/** With the exports of each PBX where its customer's are. `place` decides where those of new PBXs are. */
const inPlace = async <P extends FleetPorts>(ports: P, place: boolean): Promise<P> => {
  const placements = place
    ? (await placePbxs(ports.store, await ports.registry.list())).placements
    : await readPlacements(ports.store);
  return { ...ports, store: placedStore(ports.store, placements) };
};

/** A PBX whose history is not exported. */
export interface UnplannedPbx {
  readonly pbx: string;
  /** `invalid`: its time zone or its customer is not valid, so the planner skips it. */
  readonly export: "off" | "no zone" | "invalid";
  /** After "is not exported:", without a period at the end. */
  readonly reason: string;
}

export interface Fleet {
  readonly places: PlannedPbx[];
  readonly unplanned: UnplannedPbx[];
}

/** The PBXs whose history is exported, and the others with the reason: all, or those that are named. Throws PBX_UNKNOWN. */
export const fleetOf = async (
  ports: Pick<FleetPorts, "registry" | "config" | "clock">,
  named: readonly string[] | undefined,
): Promise<Fleet> => {
  const entries = await ports.registry.list();
  const unknown = named?.find((id) => !entries.some((entry) => entry.id === id));
  if (unknown !== undefined)
    throw unknownPbx(
      unknown,
      entries.map(({ id }) => id),
    );
  const fleet: Fleet = { places: [], unplanned: [] };
  for (const entry of entries) {
    if (named !== undefined && !named.includes(entry.id)) continue;
    const one = placeOf(entry, ports);
    if ("reason" in one) fleet.unplanned.push(one);
    else fleet.places.push(one);
  }
  return fleet;
};

const placeOf = (
  entry: PbxEntry,
  { config, clock }: Pick<FleetPorts, "config" | "clock">,
): PlannedPbx | UnplannedPbx => {
  const pbx = entry.id;
  try {
    const place = plannedPbx(entry, config, clock.now());
    if (place !== undefined) return place;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { pbx, export: "invalid", reason: error.message.replace(/\.$/, "") };
  }
  return entry.timezone === undefined
    ? { pbx, export: "no zone", reason: "it has no `timezone`" }
    : { pbx, export: "off", reason: "its export is off" };
};

/**
 * The PBXs whose history is exported: all, or those that are named. Warns about those with a time zone or customer that is not valid.
 * Throws UsageError if a named one, or every one, is not exported.
 */
export const placesOf = async (
  { output }: Pick<Context, "output">,
  ports: FleetPorts,
  named: readonly string[] | undefined,
): Promise<PlannedPbx[]> => {
  const { places, unplanned } = await fleetOf(ports, named);
  const [left] = unplanned;
  if (named !== undefined && left !== undefined)
    throw new UsageError(`${left.pbx} is not exported: ${left.reason}.`);
  if (places.length === 0)
    throw new UsageError(
      left === undefined
        ? "No PBX is registered, so none is exported."
        : "No PBX is exported. Set the `timezone` of a PBX, and resume its export if it is off.",
    );
  for (const { pbx, export: state, reason } of unplanned)
    if (state === "invalid") output.err(`${paint(output, "yellow", "!")} ${pbx} is skipped: ${reason}.`);
  return places;
};

/** The newest of the PBXs' own dates; without a PBX, the date in UTC. `now` is epoch ms. */
export const latestToday = (places: readonly PlannedPbx[], now: number): Day =>
  places
    .map(({ today }) => today)
    .sort()
    .at(-1) ?? dayAt("UTC", now);
