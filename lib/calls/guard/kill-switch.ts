import type { StateStore } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";
import { CallRefusal } from "./refusal.ts";

/** Partition of the state. */
export const killSwitchPartition = "switches";

/** Which calls a kill switch stops: those through one PBX, or all. */
export type Stops = { readonly pbx: string } | "all";

export interface KillSwitch {
  readonly stops: Stops;
  /** When it was set, epoch ms. */
  readonly at: number;
}

const idOf = (stops: Stops): string => (stops === "all" ? "stop/all" : `stop/pbx/${stops.pbx}`);

/** Throws CALLS_STOPPED if a kill switch is set. It is read at each attempt, so a stop holds from the next call on. */
export const checkStops = async (state: StateStore, pbx: string): Promise<void> => {
  const found = await Promise.all(
    (["all", { pbx }] as const).map((stops) =>
      state.read<KillSwitch>({ partition: killSwitchPartition, id: idOf(stops) }),
    ),
  );
  const set = found.find((item) => item !== undefined);
  if (set === undefined) return;
  const which = set.value.stops === "all" ? "all calls" : `calls through ${pbx}`;
  throw new CallRefusal("CALLS_STOPPED", {
    field: "pbx",
    detail: `${which} have been stopped since ${new Date(set.value.at).toISOString()}`,
  });
};

/** False: it was set already. */
export const stopCalls = async (
  state: StateStore,
  clock: Pick<Clock, "now">,
  stops: Stops,
): Promise<boolean> => {
  const set: KillSwitch = { stops, at: clock.now() };
  return (
    (await state.write({ partition: killSwitchPartition, id: idOf(stops) }, set, { absent: true })) !==
    undefined
  );
};

/** False: there was no such stop. */
export const resumeCalls = async (state: StateStore, stops: Stops): Promise<boolean> => {
  const key = { partition: killSwitchPartition, id: idOf(stops) };
  const set = await state.read(key);
  return set !== undefined && (await state.remove(key, { version: set.version }));
};

export const listStops = async (state: StateStore): Promise<KillSwitch[]> => {
  const stops: KillSwitch[] = [];
  for await (const { value } of state.list<KillSwitch>(killSwitchPartition)) stops.push(value);
  return stops;
};
