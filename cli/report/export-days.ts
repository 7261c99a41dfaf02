import { isError } from "../../lib/errors.ts";
import { type FormatName, formatOf } from "../../lib/format-names.ts";
import { type Day, dayAt, daysBetween, shiftDay } from "../../lib/history/calendar/local-days.ts";
import {
  type Dataset,
  manifestKey,
  manifestPrefix,
  type Part,
  parseManifest,
  partsPrefix,
  placeOf,
  readManifest,
  tablesOf,
} from "../../lib/history/publication/manifest.ts";
import { isPbxId } from "../../lib/pbxs/registry.ts";
import { type ReadableStore, readText } from "../../lib/store/store.ts";
import { isZoneName } from "../../lib/zone-name.ts";
import type { NameDataset } from "./database.ts";

/** @default the last thirty days of the export, and all PBXs */
export interface ReportScope {
  readonly from?: Day;
  readonly to?: Day;
  /** Older days are deleted by the retention. */
  readonly keptFrom?: Day;
  /** Epoch ms: days that are not over on a PBX's clock are not missing. @default all days are over */
  readonly now?: number;
  readonly pbxs?: readonly string[];
}

/** Days of a PBX that follow each other. */
export interface DayRange {
  readonly pbx: string;
  readonly first: Day;
  readonly last: Day;
  readonly days: number;
}

export interface CallPart extends Pick<Part, "key" | "size" | "sha256"> {
  /** @default calls */
  readonly dataset?: NameDataset;
  readonly day: Day;
  readonly pbx: string;
}

/** The days of an export that a report is about. */
export interface ExportDays {
  readonly from: Day;
  readonly to: Day;
  readonly pbxs: readonly string[];
  /**
   * Parts of the dataset `calls` and of the names of each day. Also those of the day before `from` and of the two days after `to`:
   * calls back can come then, on the clock of another PBX or after a change of the clocks.
   */
  readonly parts: readonly CallPart[];
  /** Days without a manifest. */
  readonly missing: readonly DayRange[];
  /** Days of an older version, which have legs and no calls. */
  readonly legsOnly: readonly DayRange[];
  /** PBXs without the day after `to`, on which callers of the last day can have been called back. */
  readonly withoutNext: readonly string[];
  /** Days of which at least one PBX has calls. */
  readonly exported: readonly Day[];
  /** Days with calls by the format of their parts. A table of Athena cannot read two. */
  readonly formats: readonly FormatRange[];
}

/** The first and the last day of a format. */
export interface FormatRange extends Omit<DayRange, "pbx"> {
  readonly format: FormatName;
}

/** Reads the manifests. Undefined if the export has none in the scope. */
export const readExportDays = async (
  store: ReadableStore,
  { from: asked, to, keptFrom, now, pbxs }: ReportScope,
): Promise<ExportDays | undefined> => {
  const from = asked !== undefined && keptFrom !== undefined ? laterOf(asked, keptFrom) : asked;
  const known = new Map<string, Day[]>();
  for await (const { key } of store.list(manifestPrefix)) {
    const place = placeOf(key);
    if (place === undefined || (keptFrom !== undefined && place.day < keptFrom)) continue;
    const { day, pbx } = place;
    // another program's file; `wildix verify` names it
    if (!isPbxId(pbx)) continue;
    if (pbxs === undefined || pbxs.includes(pbx)) known.set(pbx, [...(known.get(pbx) ?? []), day]);
  }
  const all = [...known.values()].flat().sort();
  const newest = all.at(-1);
  if (newest === undefined) return undefined;
  const until = to ?? newest;
  const lastOver = now === undefined ? () => until : await readLastOver(store, known, until, now);
  const last = earlierOf(until, [...known.keys()].map(lastOver).reduce(laterOf, newest));
  const first = from ?? laterOf(all[0] ?? last, shiftDay(last, -29));
  if (first > last) return undefined;

  const parts: CallPart[] = [];
  const missing: DayRange[] = [];
  const legsOnly: DayRange[] = [];
  const withoutNext: string[] = [];
  const ofFormats: { day: Day; format: FormatName }[] = [];
  for (const pbx of new Set([...known.keys(), ...(pbxs ?? [])])) {
    const days = known.get(pbx) ?? [];
    // a PBX that began later lacks no days, unless they were asked for
    const begin = from ?? laterOf(first, days[0] ?? first);
    const absent: Day[] = [];
    const old: Day[] = [];
    for (const day of begin > last ? [] : daysBetween(shiftDay(begin, -1), shiftDay(last, 2))) {
      const found = days.includes(day) ? await callParts(store, day, pbx) : undefined;
      const isAsked = day >= begin && day <= last;
      if (found === "legs only") old.push(day);
      else if (found === undefined) absent.push(day);
      else {
        parts.push(...found.parts);
        if (isAsked) ofFormats.push({ day, format: found.format });
      }
    }
    missing.push(...rangesOf(pbx, absent, begin, earlierOf(last, lastOver(pbx))));
    const next = shiftDay(last, 1);
    if (begin <= last && (absent.includes(next) || old.includes(next))) withoutNext.push(pbx);
    legsOnly.push(...rangesOf(pbx, old, begin, last));
  }
  const formats = formatRanges(ofFormats);
  return {
    from: first,
    to: last,
    pbxs: [...known.keys()].sort(),
    parts,
    missing,
    legsOnly,
    withoutNext: withoutNext.sort(),
    exported: [...new Set(ofFormats.map(({ day }) => day))].sort(),
    formats,
  };
};

/** The parts of a day's calls; undefined if its manifest cannot be read, for example because a run writes it now. */
const callParts = async (
  store: ReadableStore,
  day: Day,
  pbx: string,
): Promise<
  { readonly parts: readonly CallPart[]; readonly format: FormatName } | "legs only" | undefined
> => {
  const key = manifestKey(day, pbx);
  try {
    const text = await readText(store, key);
    if (text === undefined) return undefined;
    const manifest = parseManifest(text, key);
    const calls = tablesOf(manifest).find(({ dataset }) => dataset === "calls");
    if (calls === undefined) return "legs only";
    const tables = tablesOf(manifest).flatMap(({ dataset, parts }) =>
      dataset === "legs" ? [] : [{ dataset, parts }],
    );
    // no other file is read, even if a manifest names one
    if (tables.some(({ dataset, parts }) => parts.some((part) => !isOf(part, dataset, day, pbx))))
      return undefined;
    const parts = tables.flatMap(({ dataset, parts: ofTable }) =>
      ofTable.map(({ key: part, size, sha256 }) => ({
        key: part,
        size,
        sha256,
        day,
        pbx,
        ...(dataset === "calls" ? {} : { dataset }),
      })),
    );
    return { parts, format: manifest.format };
  } catch (error) {
    if (isError(error, "MANIFEST_INVALID")) return undefined;
    throw error;
  }
};

/** Whether a part is a file of the dataset's folder of a day. */
const isOf = ({ key }: Part, dataset: Dataset, day: Day, pbx: string): boolean => {
  const prefix = partsPrefix(dataset, day, pbx);
  return key.startsWith(prefix) && !key.slice(prefix.length).includes("/") && formatOf(key) !== undefined;
};

/** Most days first. */
const formatRanges = (days: readonly { readonly day: Day; readonly format: FormatName }[]): FormatRange[] =>
  [...Map.groupBy(days, ({ format }) => format)]
    .map(([format, each]) => {
      const sorted = each.map(({ day }) => day).sort();
      return { format, first: sorted[0] ?? "", last: sorted.at(-1) ?? "", days: each.length };
    })
    .sort((a, b) => b.days - a.days);

const laterOf = (one: Day, other: Day): Day => (one > other ? one : other);
const earlierOf = (one: Day, other: Day): Day => (one < other ? one : other);

/** The zone in which days end last. */
const lastZone = "Etc/GMT+12";

/** Returns the last day that is over on a PBX's clock; days after `until` do not matter. */
const readLastOver = async (
  store: ReadableStore,
  known: ReadonlyMap<string, readonly Day[]>,
  until: Day,
  now: number,
): Promise<(pbx: string) => Day> => {
  const lastIn = (zone: string): Day => shiftDay(dayAt(zone, now), -1);
  if (until <= lastIn(lastZone)) return () => until;
  const zones = new Map<string, string>();
  for (const [pbx, days] of known) {
    const zone = await readZone(store, pbx, days);
    if (zone !== undefined) zones.set(pbx, zone);
  }
  return (pbx) => lastIn(zones.get(pbx) ?? lastZone);
};

/** The time zone in the newest manifest of a PBX that can be read. */
const readZone = async (
  store: ReadableStore,
  pbx: string,
  days: readonly Day[],
): Promise<string | undefined> => {
  for (const day of days.toSorted().reverse()) {
    const key = manifestKey(day, pbx);
    const zone = readManifest((await readText(store, key)) ?? "", key)?.zone;
    if (zone !== undefined && isZoneName(zone)) return zone;
  }
  return undefined;
};

/** Days from `from` up to `until` as ranges. */
const rangesOf = (pbx: string, days: readonly Day[], from: Day, until: Day): DayRange[] => {
  const ranges: { pbx: string; first: Day; last: Day; days: number }[] = [];
  for (const day of days) {
    if (day < from) continue;
    if (day > until) break;
    const range = ranges.at(-1);
    if (range !== undefined && shiftDay(range.last, 1) === day) {
      range.last = day;
      range.days++;
    } else ranges.push({ pbx, first: day, last: day, days: 1 });
  }
  return ranges;
};
