import { listStops, resumeCalls, type Stops, stopCalls } from "../../lib/calls/guard/kill-switch.ts";
import { type Context, openState, type StateOptions } from "../context/context.ts";
import { checkPbxs } from "../context/known-names.ts";
import { paint, UsageError } from "../terminal/output.ts";

export interface SwitchOptions extends StateOptions {
  readonly pbx?: string;
  readonly all?: boolean;
  readonly pbxs?: string;
  readonly json?: boolean;
}

/** Stops calls through one PBX or all, from the next call on. */
export const stopCommand = async (context: Context, options: SwitchOptions): Promise<number> => {
  const stops = meant(options);
  const state = await openState(context, options);
  if (stops !== "all") await checkPbxs(context, options, [stops.pbx]);
  const done = await stopCalls(state, context.clock, stops);
  return report(
    context,
    options,
    await listStops(state),
    `${words(stops)} ${done ? "are" : "were already"} stopped`,
  );
};

/** Allows calls again. A stop of all calls and the stop of a PBX are separate. */
export const resumeCommand = async (context: Context, options: SwitchOptions): Promise<number> => {
  const stops = meant(options);
  const state = await openState(context, options);
  if (stops !== "all") {
    // a PBX that was removed may still be stopped
    const stopped = (await listStops(state)).flatMap((each) => (each.stops === "all" ? [] : each.stops.pbx));
    await checkPbxs(context, options, [stops.pbx], stopped);
  }
  const done = await resumeCalls(state, stops);
  const text = done ? `${words(stops)} are no longer stopped` : wasNone(stops);
  return report(context, options, await listStops(state), text);
};

/** "All calls were not stopped" can mean that some were. */
const wasNone = (stops: Stops): string =>
  stops === "all" ? "there was no stop of all calls" : `${words(stops)} were not stopped`;

const meant = ({ pbx, all }: SwitchOptions): Stops => {
  if ((pbx === undefined) === (all === undefined)) throw new UsageError("Give either `--pbx` or `--all`.");
  return pbx === undefined ? "all" : { pbx };
};

const words = (stops: Stops): string => (stops === "all" ? "all calls" : `calls through ${stops.pbx}`);

const report = (
  { output }: Context,
  { json }: SwitchOptions,
  stops: Awaited<ReturnType<typeof listStops>>,
  text: string,
): number => {
  if (json) {
    output.out(
      JSON.stringify({
        stopped: stops.map(({ stops: which, at }) => ({ stops: which, at: new Date(at).toISOString() })),
      }),
    );
    return 0;
  }
  output.out(`${paint(output, "green", "✓")} ${text}`);
  for (const { stops: which, at } of stops)
    output.out(`  stopped: ${words(which)}, since ${new Date(at).toISOString()}`);
  return 0;
};
