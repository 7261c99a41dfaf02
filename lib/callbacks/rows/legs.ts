import { defined } from "../../defined.ts";
import { compilePattern } from "../../digit-pattern.ts";
import { CallGrouper, type Settled } from "../../history/grouping/grouping.ts";
import { noFindings, typing } from "../../history/rows/rows.ts";
import { zoneOffset } from "../../pbxs/opening-hours.ts";
import type { PbxSettings } from "../../pbxs/secret.ts";
import { numberSet } from "../../phone-number.ts";
import { parseLocal } from "../../wms/local-time.ts";
import type { CallRecord } from "../../wms/operations/history-page.ts";

/** A row of call history with its times, epoch ms. */
export interface Leg {
  readonly record: CallRecord;
  readonly startedAt: number;
  readonly answeredAt: number | undefined;
  readonly endedAt: number;
  readonly talkSeconds: number;
  readonly from: string;
  readonly to: string;
}

/** The legs of one call between the PBX and a number outside. */
export interface CallLegs {
  readonly legs: readonly Leg[];
  readonly direction: "inbound" | "outbound" | undefined;
  /** The number outside, as the PBX wrote it. */
  readonly number: string | undefined;
}

export const textOf = (value: unknown): string => {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
};

/** Rows as legs, oldest first. One with an invalid start is left out. */
export const legsOf = (rows: readonly CallRecord[], settings: PbxSettings): Leg[] => {
  const { timezone: zone = "UTC" } = settings;
  const instant = (record: CallRecord, field: string): number | undefined => {
    const local = parseLocal(textOf(record[field]));
    if (local === undefined || local <= 0) return undefined;
    const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(textOf(record["timezone"])) ?? [];
    if (sign === undefined)
      return local * 1000 - zoneOffset(zone, local * 1000 - zoneOffset(zone, local * 1000));
    return (local - (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60)) * 1000;
  };
  return rows
    .flatMap((record): Leg[] => {
      const startedAt = instant(record, "start");
      if (startedAt === undefined) return [];
      const duration = Number(textOf(record["duration"])) || 0;
      return [
        {
          record,
          startedAt,
          answeredAt: instant(record, "answer"),
          endedAt: instant(record, "end") ?? startedAt + duration * 1000,
          talkSeconds: Number(textOf(record["billsec"])) || 0,
          from: textOf(record["from_number"]) || textOf(record["src"]),
          to: textOf(record["to_number"]) || textOf(record["dst"]),
        },
      ];
    })
    .toSorted((a, b) => a.startedAt - b.startedAt || Number(a.record["id"]) - Number(b.record["id"]));
};

/** Both halves of a Local channel are one. */
export const channelOf = (leg: Leg, field: "channel" | "dstchannel"): string =>
  textOf(leg.record[field]).replace(/;[12]$/, "");

/** Legs by call, by the rules of the dataset of calls. */
export const groupLegs = (legs: readonly Leg[], settings: PbxSettings): CallLegs[] => {
  const isOwn = ownNumber(settings);
  const rowSettings = {
    zone: settings.timezone ?? "UTC",
    ...defined({
      extensionPattern: settings.extension_pattern,
      ownNumbers: settings.own_numbers,
      country: settings.country,
      outsidePrefix: settings.outside_prefix,
      callIdField: settings.call_id_field,
    }),
  };
  const type = typing(rowSettings, noFindings());
  const grouper = new CallGrouper(rowSettings);
  const ofRecord = new Map(legs.map((leg) => [leg.record, leg]));
  const groups = new Map<string, Leg[]>();
  const take = (settled: Settled): void => {
    for (const { row, call_id: call } of settled.legs) {
      const leg = ofRecord.get(row.record);
      if (leg !== undefined) groups.set(call, [...(groups.get(call) ?? []), leg]);
    }
  };
  // as they arrive in history
  for (const { record } of legs.toSorted((a, b) => Number(a.record["id"]) - Number(b.record["id"])))
    take(grouper.add({ record, typed: type(record) }));
  take(grouper.finish());
  return [...groups.values()].map((group) =>
    describe(
      group.toSorted((a, b) => a.startedAt - b.startedAt),
      isOwn,
    ),
  );
};

const ownNumber = (settings: PbxSettings): ((number: string) => boolean) => {
  const isExtension = compilePattern(settings.extension_pattern ?? "\\d{2,6}");
  const isListed = numberSet(settings.own_numbers ?? [], {
    country: settings.country,
    outsidePrefix: settings.outside_prefix,
  });
  return (number) => (isExtension?.(number) ?? false) || isListed(number);
};

const describe = (legs: readonly Leg[], isOwn: (number: string) => boolean): CallLegs => {
  const isOutside = (number: string): boolean => number !== "" && !isOwn(number);
  const inbound = legs.find((leg) => isOutside(leg.from) && leg.from !== leg.to && isTrunk(leg));
  // a call from outside that a phone of ours sends outside again is an inbound one
  if (inbound !== undefined) return { legs, direction: "inbound", number: inbound.from };
  const outbound = legs.find(({ to }) => isOutside(to));
  return { legs, direction: outbound && "outbound", number: outbound?.to };
};

/**
 * Not a Local channel: the first leg of a callback shows the caller's number too, and is not a call of theirs. The members of a
 * queue have Local channels beside the caller's own.
 */
const isTrunk = ({ record }: Leg): boolean => !textOf(record["channel"]).startsWith("Local/");
