import type { FormatName } from "../../lib/format-names.ts";
import { daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import { type FleetDay, fleetStatus, type PbxNotExported } from "../../lib/history/days/fleet-status.ts";
import type { Context } from "../context.ts";
import { type FleetOptions, type FleetPorts, latestToday, openFleet, placesOf } from "../history-places.ts";
import { counted, number, paint, table, whole } from "../output.ts";

/** How far the last days are, of all PBXs or those that are named, and why something is missing. */
export const statusCommand = async (
  context: Context,
  options: FleetOptions & { readonly days: string },
): Promise<number> => {
  const { output } = context;
  const back = whole(options.days, "--days");
  const ports = await openFleet(context, options);
  const places = await placesOf(ports, options.pbx);
  const last = latestToday(places);
  const range = daysBetween(shiftDay(last, -back), shiftDay(last, -1));
  const wanted =
    options.stage === undefined && ports.config.startDate === undefined
      ? places.map((place) => ({ ...place, first: range[0] ?? place.first }))
      : places;
  const found = await fleetStatus(ports, wanted, range, ports.clock.now(), formatOf(ports, options));
  const days = options.stage === undefined ? sinceFirst(found) : found;
  const complete = days.every(({ waiting }) => waiting.length === 0);
  if (options.json) output.out(JSON.stringify(days));
  else {
    output.out(table(output, ["day", "PBXs", "exported", "missing"], days.map(lineOf)));
    for (const { day, waiting } of days)
      for (const one of waiting) {
        const { pbx, reason, code, next_try } = one;
        const why = reason === undefined ? "" : `: ${reason} (${code})`;
        const next = next_try === undefined ? "" : `; next try ${next_try}`;
        output.out(`${paint(output, "red", "✗")} ${day} ${pbx}: ${stateOf(one, options.stage)}${why}${next}`);
      }
  }
  if (!options.json && options.stage !== undefined)
    showFormats(context, days, ports.config.format, options.stage);
  return complete ? 0 : 1;
};

/** The format of new parts; on this machine it is an option of each export. */
const formatOf = ({ config }: FleetPorts, { stage }: FleetOptions): FormatName | undefined =>
  stage === undefined ? undefined : config.format;

const showFormats = (context: Context, days: readonly FleetDay[], format: string, stage: string): void => {
  const [other, exported] = [
    days.reduce((sum, { other_format = 0 }) => sum + other_format, 0),
    days.reduce((sum, day) => sum + day.exported, 0),
  ];
  const [from, to] = [days.at(-1)?.day, days[0]?.day];
  if (other > 0)
    context.output.out(
      `${paint(context.output, "yellow", "!")} ${number(exported - other)} of ${counted(exported, "PBX day")} have the format ${format}. To rewrite the others, run \`wildix backfill --stage ${stage} --force --format ${format} --from ${from} --to ${to}\`.`,
    );
};

/** This machine does not know since when a PBX is exported: since the first day of which it knows anything. */
const sinceFirst = (days: readonly FleetDay[]): FleetDay[] => {
  const known = days.findLastIndex(
    ({ exported, waiting }) => exported > 0 || waiting.some(({ state }) => state !== "not planned"),
  );
  return days.slice(0, Math.max(1, known + 1));
};

/** On this machine nothing is planned or queued. */
const stateOf = ({ state, reason }: PbxNotExported, stage: string | undefined): string => {
  if (stage !== undefined) return state;
  return reason === undefined ? "not exported" : "failed";
};

const lineOf = ({ day, pbxs, exported, waiting }: FleetDay): readonly unknown[] => [
  day,
  pbxs,
  exported,
  waiting.length,
];
