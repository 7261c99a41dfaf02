import { ProductError } from "../../errors.ts";
import type { StateStore } from "../../state.ts";
import type { Clock } from "../../wms/clock.ts";

const partition = "switches";

/** Which calls a switch stops: those through one PBX, or all. */
export type Stops = { readonly pbx: string } | "all";

export interface StopSwitch {
  readonly stops: Stops;
  /** When it was thrown, epoch ms. */
  readonly at: number;
}

const idOf = (stops: Stops): string => (stops === "all" ? "stop/all" : `stop/pbx/${stops.pbx}`);

/** Throws CALLS_STOPPED where a switch is thrown. Asked at each attempt, so a stop holds from the next call on. */
export const checkSwitches = async (state: StateStore, pbx: string): Promise<void> => {
  const found = await Promise.all(
    (["all", { pbx }] as const).map((stops) => state.read<StopSwitch>({ partition, id: idOf(stops) })),
  );
  const thrown = found.find((item) => item !== undefined);
  if (thrown === undefined) return;
  const which = thrown.value.stops === "all" ? "all calls are" : `calls through ${pbx} are`;
  throw new ProductError("CALLS_STOPPED", {
    field: "pbx",
    detail: `${which} stopped since ${new Date(thrown.value.at).toISOString()}`,
    sent: "no",
  });
};

/** False: it was thrown already. */
export const stopCalls = async (
  state: StateStore,
  clock: Pick<Clock, "now">,
  stops: Stops,
): Promise<boolean> => {
  const thrown: StopSwitch = { stops, at: clock.now() };
  return (await state.write({ partition, id: idOf(stops) }, thrown, { absent: true })) !== undefined;
};

/** False: there was no such stop. */
export const resumeCalls = async (state: StateStore, stops: Stops): Promise<boolean> => {
  const key = { partition, id: idOf(stops) };
  const thrown = await state.read(key);
  return thrown !== undefined && (await state.remove(key, { version: thrown.version }));
};

export const listStops = async (state: StateStore): Promise<StopSwitch[]> => {
  const stops: StopSwitch[] = [];
  for await (const { value } of state.list<StopSwitch>(partition)) stops.push(value);
  return stops;
};
