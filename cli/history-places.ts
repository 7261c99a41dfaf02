import type { Day } from "../lib/history/calendar/local-days.ts";
import { type PlannedPbx, plannedPbxs } from "../lib/history/days/due-days.ts";
import { placePbxs } from "../lib/history/publication/place-pbxs.ts";
import { localPorts } from "../lib/local/ports.ts";
import { silentLog } from "../lib/log.ts";
import { unknownPbx } from "../lib/pbxs/registry.ts";
import type { PlannerPorts } from "../lib/ports.ts";
import { placedStore, readPlacements } from "../lib/store/customers.ts";
import { type Context, checkStage, regionOf } from "./context.ts";
import { UsageError } from "./output.ts";

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
  const { deployedPlanning } = await import("../lib/aws/deployed-planning.ts");
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

/** The PBXs whose history is exported: all, or those that are named. */
export const placesOf = async (
  ports: FleetPorts,
  named: readonly string[] | undefined,
): Promise<PlannedPbx[]> => {
  const entries = await ports.registry.list();
  const unknown = named?.find((id) => !entries.some((entry) => entry.id === id));
  if (unknown !== undefined)
    throw unknownPbx(
      unknown,
      entries.map(({ id }) => id),
    );
  const places = plannedPbxs(entries, ports.config, ports);
  const left = named?.find((id) => !places.some(({ pbx }) => pbx === id));
  if (left !== undefined)
    throw new UsageError(`${left} is not exported: it has no \`timezone\`, or its export is off.`);
  if (places.length === 0) throw new UsageError("No PBX has a `timezone`, so none is exported.");
  return named === undefined ? places : places.filter(({ pbx }) => named.includes(pbx));
};

/** The newest of the PBXs' own dates. */
export const latestToday = (places: readonly PlannedPbx[]): Day =>
  places
    .map(({ today }) => today)
    .sort()
    .at(-1) ?? "";
