import { createHash } from "node:crypto";
import { formatOf } from "../../format-names.ts";
import { type ReadableStore, readText } from "../../store/store.ts";
import { type Day, shiftDay } from "../calendar/local-days.ts";
import { partFormats } from "../parts/formats.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { Finding, Warning } from "./findings.ts";
import {
  type AnyManifest,
  datasets,
  isOld,
  type Manifest,
  manifestKey,
  manifestPbx,
  manifestPrefix,
  type Part,
  parseManifest,
  partKey,
  partsOf,
  partsPrefix,
  placeOf,
  type Table,
  tablesOf,
} from "./manifest.ts";
import { unreadable } from "./unreadable.ts";
import { CallCheck } from "./verify-calls.ts";
import { EmptyDays } from "./verify-empty.ts";

export type { Finding, Warning };

/** The days and PBXs to verify. @default all */
export interface VerifyScope {
  /** Days from here on must be there, included. */
  readonly from?: Day;
  readonly to?: Day;
  /** Older days are deleted by the retention: what is left of them is not read, and nothing of them is missing. */
  readonly keptFrom?: Day;
  readonly pbxs?: readonly string[];
}

export interface Verdict {
  readonly days: number;
  readonly parts: number;
  readonly rows: number;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Warning[];
}

/** Reads each manifest and each part again, and finds changed, missing and extra parts, wrong counts, and missing days. */
export const verifyExport = async (
  store: ReadableStore,
  onProgress: (key: string) => void = () => undefined,
  scope: VerifyScope = {},
): Promise<Verdict> => {
  const findings: Finding[] = [];
  const warnings: Warning[] = [];
  const days = new Map<string, Day[]>((scope.pbxs ?? []).map((pbx) => [pbx, []]));
  const kinds = new Kinds();
  const empty = new EmptyDays();
  const calls = new CallCheck(store);
  const ofDays = new Set<string>();
  const tally = { days: 0, parts: 0, rows: 0 };
  for await (const { key } of store.list(manifestPrefix)) {
    if (manifestPbx(key) === undefined || !isIn(scope, key)) continue;
    onProgress(key);
    const manifest = await load(store, key, findings);
    noteDay(days, key);
    if (manifest === undefined) continue;
    tally.days++;
    // calls are compared only if the day is right until then: no other file is read
    const before = findings.length;
    findings.push(...wrongByItself(key, manifest));
    warnings.push(...mismatches(key, manifest));
    kinds.add(key, manifest);
    empty.add(manifest);
    for (const table of tablesOf(manifest)) {
      for (const part of table.parts) {
        // no other file is read, even if a manifest names one
        if (!isPartOf(manifest, table, part.key)) continue;
        tally.parts++;
        tally.rows += part.rows;
        await checkPart(store, part, findings);
      }
    }
    if (findings.length === before && !isOld(manifest)) await calls.add(key, manifest);
    const named = new Set(partsOf(manifest).map((part) => part.key));
    for (const dataset of datasets)
      for await (const object of store.list(partsPrefix(dataset, manifest.day, manifest.pbx))) {
        ofDays.add(object.key);
        if (!named.has(object.key))
          findings.push({
            key: object.key,
            problem: "part too many",
            detail: "the manifest does not name it",
          });
      }
  }
  for (const dataset of datasets)
    for await (const { key } of store.list(`${dataset}/`)) {
      if (!ofDays.has(key) && isIn(scope, key))
        findings.push({ key, problem: "part without manifest", detail: "its day has no readable manifest" });
    }
  for (const [pbx, ofPbx] of days) findings.push(...gaps(pbx, ofPbx, scope));
  calls.finish();
  findings.push(...calls.findings);
  return {
    ...tally,
    findings,
    warnings: [...warnings, ...calls.warnings, ...kinds.warnings(), ...empty.warnings()],
  };
};

/** Layouts, formats and versions of the days: a table must not read two kinds together. */
class Kinds {
  readonly #old: string[] = [];
  readonly #formats = new Map<string, string>();
  readonly #versions = new Map<number, string>();

  add(key: string, manifest: AnyManifest): void {
    if (!this.#formats.has(manifest.format)) this.#formats.set(manifest.format, key);
    if (!isOld(manifest)) return;
    this.#old.push(key);
    if (!this.#versions.has(manifest.schema_version)) this.#versions.set(manifest.schema_version, key);
  }

  warnings(): Warning[] {
    const found: Warning[] = [];
    const [first] = this.#old;
    if (first !== undefined) {
      const count = this.#old.length;
      const which = count === 1 ? "this day has" : `${count} PBX days, of which this is the first, have`;
      const detail = `${which} the layout of version 1: legs are under calls/, where newer days have calls. Export them again with --force, or move them to a separate directory`;
      found.push({ key: first, problem: "old layout", detail });
    }
    const [, version] = this.#versions.values();
    if (version !== undefined) {
      const detail = "the days have rows of different versions; export the older days again with --force";
      found.push({ key: version, problem: "rows of two versions", detail });
    }
    const [, other] = this.#formats;
    if (other !== undefined) {
      const formats = [...this.#formats.keys()].join(" and ");
      const detail = `the days have the formats ${formats}, and one table cannot read both; export the days of one format again with --force`;
      found.push({ key: other[1], problem: "two formats", detail });
    }
    return found;
  }
}

/** Whether to look at a key. A key without a day and PBX is always looked at. */
const isIn = ({ from, to, keptFrom, pbxs }: VerifyScope, key: string): boolean => {
  const place = placeOf(key);
  if (place === undefined) return true;
  const { day, pbx } = place;
  return (
    (from === undefined || day >= from) &&
    (keptFrom === undefined || day >= keptFrom) &&
    (to === undefined || day <= to) &&
    (pbxs === undefined || pbxs.includes(pbx))
  );
};

const noteDay = (days: Map<string, Day[]>, key: string): void => {
  const place = placeOf(key);
  if (place === undefined) return;
  days.set(place.pbx, [...(days.get(place.pbx) ?? []), place.day]);
};

/** Days without a manifest between the first and the last, or in the range that was asked for. */
const gaps = (pbx: string, days: readonly Day[], { from, to, keptFrom }: VerifyScope): Finding[] => {
  const found: Finding[] = [];
  const gap = (first: Day, last: Day): void => {
    const count = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
    const which = count === 1 ? `${first} has` : `${count} days, ${first} to ${last}, have`;
    if (count > 0)
      found.push({ key: manifestKey(first, pbx), problem: "days missing", detail: `${which} no manifest` });
  };
  let expected = from && [from, keptFrom ?? from].toSorted()[1];
  for (const day of days) {
    gap(expected ?? day, shiftDay(day, -1));
    expected = shiftDay(day, 1);
  }
  if (to !== undefined) gap(expected ?? to, to);
  return found;
};

const mismatches = (
  key: string,
  { offset_mismatches: rows, zone }: Pick<Manifest, "offset_mismatches" | "zone">,
): Warning[] =>
  rows === 0
    ? []
    : [
        {
          key,
          problem: "UTC offsets differ",
          detail: `${rows} ${rows === 1 ? "leg has a UTC offset that differs" : "legs have a UTC offset that differs"} from ${zone}; check the time zone of the PBX`,
        },
      ];

/** Whether a key is exactly that of a part of the day's table. */
const isPartOf = ({ day, pbx }: Pick<Manifest, "day" | "pbx">, { folder }: Table, key: string): boolean => {
  const number = Number(/part-(\d+)\.[^/]+$/.exec(key)?.[1]);
  return key === partKey(folder, day, pbx, number, formatOf(key));
};

const load = async (
  store: ReadableStore,
  key: string,
  findings: Finding[],
): Promise<AnyManifest | undefined> => {
  let text: string;
  try {
    text = (await readText(store, key)) ?? "";
  } catch (error) {
    findings.push(unreadable(key, "manifest", error));
    return undefined;
  }
  try {
    const manifest = parseManifest(text, key);
    const { day, pbx } = manifest;
    if (manifestKey(day, pbx) === key) return manifest;
    // it is not about this day, and its own day has another manifest
    findings.push({
      key,
      problem: "manifest out of place",
      detail: `it is the manifest of ${pbx} on ${day}`,
    });
    return undefined;
  } catch {
    findings.push(
      parseCheckpoint(text) === undefined
        ? { key, problem: "manifest damaged", detail: "it is not a manifest of this version" }
        : {
            key,
            problem: "not finished",
            detail: "a run is writing this day, or was stopped before it finished",
          },
    );
    return undefined;
  }
};

/** Contradictions within a manifest: it was edited. */
const wrongByItself = (key: string, manifest: AnyManifest): Finding[] => {
  const { rows, rows_outside, pbx_count_before: before, pbx_count_after: after } = manifest;
  const found: Finding[] = [];
  const tables = tablesOf(manifest);
  for (const { dataset, rows: said, parts } of tables) {
    const sum = parts.reduce((total, part) => total + part.rows, 0);
    const unlike = dataset === "legs" && said !== rows;
    if (sum === said && !unlike) continue;
    const detail = `the manifest has ${unlike ? rows : said} rows of ${dataset}, and its parts have ${sum}`;
    found.push({ key, problem: "rows do not add up", detail });
  }
  if (!isOld(manifest)) {
    const { rows: calls, exact, channel, inferred } = manifest.datasets.calls;
    if (exact + channel + inferred !== calls) {
      const detail = `the manifest has ${calls} rows of calls, and ${exact + channel + inferred} by the rules that grouped them`;
      found.push({ key, problem: "counts do not agree", detail });
    }
  }
  const counted = before !== null && after !== null;
  if (counted && !(before === after && before === rows + rows_outside)) {
    const detail = `the PBX counted ${before}, then ${after}; ${rows} rows were written, and ${rows_outside} were outside the day`;
    found.push({ key, problem: "counts do not agree", detail });
  }
  const named = new Set<string>();
  for (const table of tables) {
    for (const part of table.parts) {
      const detail = outOfPlace(manifest, table, part.key, named);
      if (detail !== undefined) found.push({ key, problem: "part out of place", detail });
      named.add(part.key);
    }
  }
  return found;
};

/** Why a manifest cannot name a part. */
const outOfPlace = (
  manifest: AnyManifest,
  table: Table,
  key: string,
  named: ReadonlySet<string>,
): string | undefined => {
  if (!isPartOf(manifest, table, key)) return `${key} is not a part of this day`;
  if (named.has(key)) return `${key} is named twice`;
  if (formatOf(key) !== manifest.format)
    return `${key} is not in ${manifest.format}, the format in the manifest`;
  return undefined;
};

const checkPart = async (store: ReadableStore, part: Part, findings: Finding[]): Promise<void> => {
  const { key } = part;
  const seen = await measure(store, key).catch((error: unknown) => unreadable(key, "part", error));
  if (seen === undefined) findings.push({ key, problem: "part missing", detail: "the manifest names it" });
  else if ("problem" in seen) findings.push(seen);
  else if (seen.sha256 !== part.sha256 || seen.size !== part.size) {
    findings.push({
      key,
      problem: "part changed",
      detail: "its size or SHA-256 differs from the manifest",
    });
  } else if (seen.rows !== part.rows) {
    findings.push({
      key,
      problem: "rows do not add up",
      detail:
        seen.rows < 0
          ? "it cannot be unpacked"
          : `it has ${seen.rows} rows, and ${part.rows} in the manifest`,
    });
  }
};

/** Size, hash and, where the bytes are sound, rows. Undefined if there is no such part. */
const measure = async (
  store: ReadableStore,
  key: string,
): Promise<{ sha256: string; size: number; rows: number } | undefined> => {
  const bytes = await store.read(key);
  if (bytes === undefined) return undefined;
  const hash = createHash("sha256");
  const counter = partFormats[formatOf(key) ?? "ndjson"].count();
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.byteLength;
    await counter.write(chunk);
  }
  return { sha256: hash.digest("hex"), size, rows: await counter.end() };
};
