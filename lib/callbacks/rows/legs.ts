import { type Call, CallGrouper, personTest } from "../../history/grouping/grouping.ts";
import { fieldText, fromNumber, toNumber } from "../../history/rows/field-text.ts";
import { rowSettingsOf } from "../../history/rows/row-settings.ts";
import { type ExportRow, noFindings, typing } from "../../history/rows/rows.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";

/** A leg, with the fields that the datasets have. Times are epoch ms. */
export interface Leg {
  readonly row: ExportRow;
  readonly startedAt: number;
  readonly answeredAt: number | undefined;
  readonly endedAt: number;
  /** Whether a person answered, by the rules of the dataset of calls, and talked. */
  readonly isBridged: boolean;
  readonly from: string;
  readonly to: string;
}

/** A call of the dataset of calls, and its legs. */
export interface CallLegs {
  readonly call: Call;
  readonly legs: readonly Leg[];
}

/** How rows of a PBX are read. */
const readingOf = (settings: PbxSettings) => rowSettingsOf(settings, settings.timezone ?? "UTC");

export const fieldOf = ({ row }: Leg, field: string): string => fieldText(row.record[field]);

/** Epoch ms of a typed time. */
const instant = (utc: string | null): number | undefined => (utc === null ? undefined : Date.parse(utc));

const byId = (a: Leg, b: Leg): number => Number(fieldOf(a, "id")) - Number(fieldOf(b, "id"));

/** Rows as legs, oldest first. One with an invalid start is left out. */
export const legsOf = (rows: readonly CallRecord[], settings: PbxSettings): Leg[] => {
  const read = readingOf(settings);
  const [type, isPerson] = [typing(read, noFindings()), personTest(read)];
  return rows
    .flatMap((record): Leg[] => {
      const row = { record, typed: type(record) };
      const { start_utc, answer_utc, end_utc, total_seconds: total, talk_seconds: talk } = row.typed;
      const startedAt = instant(start_utc);
      if (startedAt === undefined) return [];
      return [
        {
          row,
          startedAt,
          answeredAt: instant(answer_utc),
          endedAt: instant(end_utc) ?? startedAt + (total ?? 0) * 1000,
          isBridged: isPerson(row) && (talk ?? 0) >= 1,
          from: fromNumber(record),
          to: toNumber(record),
        },
      ];
    })
    .toSorted((a, b) => a.startedAt - b.startedAt || byId(a, b));
};

/** Both halves of a Local channel are one. */
export const channelOf = (leg: Leg, field: "channel" | "dstchannel"): string =>
  fieldOf(leg, field).replace(/;[12]$/, "");

/** Legs by call, by the rules of the dataset of calls. */
export const callsOf = (legs: readonly Leg[], settings: PbxSettings): CallLegs[] => {
  // an id names a row of its PBX only, and no call has legs of two
  const ofPbxs = Map.groupBy(legs, (leg) => fieldOf(leg, "pbxid"));
  return [...ofPbxs.values()].flatMap((ofPbx) => {
    // as they arrive in history
    const rows = ofPbx.toSorted(byId);
    const grouper = new CallGrouper(readingOf(settings));
    const settled = [...rows.map(({ row }) => grouper.add(row)), grouper.finish()];
    // not by their ids: a PBX can give two legs the same one
    const callOf = new Map(
      settled.flatMap(({ legs: some }) => some.map(({ row, call_id }) => [row, call_id])),
    );
    return settled
      .flatMap(({ calls }) => calls)
      .map((call) => ({ call, legs: ofPbx.filter(({ row }) => callOf.get(row) === call.call_id) }));
  });
};
