import type { GroupingSettings } from "../../../lib/history/grouping/grouping.ts";
import type { ExportRow } from "../../../lib/history/rows/rows.ts";
import { noFindings, typing } from "../../../lib/history/rows/rows.ts";
import { History } from "../../../simulator/history/history.ts";
import type { Row } from "../../../simulator/history/row.ts";
import type { Truth } from "../../../simulator/scenes/truth.ts";
import { Dice } from "../random.ts";
import type { Switch } from "./switches.ts";

/** Ordinary days, and days on which a clock is set: a Sunday has few calls, so this one has its own number. */
const places = [
  { now: "2026-11-25T10:00:00Z", zone: "Europe/Rome", callsOn: {} },
  { now: "2026-11-25T22:00:00Z", zone: "America/New_York", callsOn: {} },
  { now: "2026-10-26T10:00:00Z", zone: "Europe/Rome", callsOn: { "2026-10-25": 40 } },
  { now: "2026-03-30T10:00:00Z", zone: "Europe/Rome", callsOn: { "2026-03-29": 40 } },
  { now: "2026-11-02T20:00:00Z", zone: "America/New_York", callsOn: { "2026-11-01": 40 } },
] as const;

/** A call as it really was, by the ids of its legs. */
export interface TrueCall {
  readonly key: string;
  readonly truth: Truth;
  readonly ids: readonly string[];
}

export interface World {
  readonly settings: GroupingSettings;
  readonly rows: readonly Row[];
  readonly truth: readonly TrueCall[];
}

/** Some days of a PBX that shows this much of its history. */
export const worldsOf = (seed: number, switches: readonly Switch[]): Map<string, World> => {
  const dice = new Dice(seed);
  const { now, zone, callsOn } = dice.pick(places);
  const calls = dice.pick([30, 60, 120]);
  const worlds = new Map<string, World>();
  for (const unanswered of [true, false]) {
    const wanted = switches.filter((each) => each.unanswered === unanswered);
    if (wanted.length === 0) continue;
    const history = new History({
      seed,
      zone,
      calls,
      callsOn: { ...callsOn },
      rowsOn: {},
      unanswered,
      days: 3,
      now: () => Date.parse(now) / 1000,
      pbxid: "2211000011b3",
    });
    const truth = history.days().flatMap(({ day }) => history.callsOf(day));
    for (const { name, channels, callIds } of wanted) {
      history.show({ channels, callIds });
      const rows = [...history.positions(0, Number.MAX_SAFE_INTEGER, 0, Number.MAX_SAFE_INTEGER)].map(
        (position) => position.row(),
      );
      const settings = { zone, country: "IT", ...(callIds ? { callIdField: "linkedid" } : {}) };
      worlds.set(name, { settings, rows, truth });
    }
  }
  return worlds;
};

export const typedRows = (settings: GroupingSettings, rows: readonly Row[]): ExportRow[] => {
  const type = typing(settings, noFindings());
  return rows.map((record) => ({ record, typed: type(record) }));
};
