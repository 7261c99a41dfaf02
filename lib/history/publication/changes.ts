import { hash } from "node:crypto";
import { type FormatName, formatOf } from "../../format-names.ts";
import type { ExportStore } from "../../store/store.ts";
import { identity } from "../../wms/history/history-rows.ts";
import { partFormats } from "../parts/formats.ts";
import type { ReadRow } from "../parts/part-reader.ts";
import type { Manifest, Part } from "./manifest.ts";

type Parts = readonly Pick<Part, "key" | "sha256">[];

/** What an earlier manifest's rows said, each by a hash of its identity. */
export type RowDigests = ReadonlyMap<number, number>;

export type Changes = NonNullable<Manifest["changes"]>;

/** The parts that are not the same in both, from the first that differs on: a row more or less shifts all that follow. */
export const differing = <A extends Parts[number], B extends Parts[number]>(
  before: readonly A[],
  after: readonly B[],
): { before: readonly A[]; after: readonly B[] } => {
  let same = 0;
  while (before[same] !== undefined && before[same]?.sha256 === after[same]?.sha256) same++;
  return { before: before.slice(same), after: after.slice(same) };
};

/** Reads what the parts say. Undefined if they cannot be compared: a format that cannot be read, or another one than `format`. */
export const digestRows = async (
  store: ExportStore,
  parts: Parts,
  format: FormatName,
): Promise<RowDigests | undefined> => {
  if (partFormats[format].read === undefined) return undefined;
  const digests = new Map<number, number>();
  for (const { key } of parts) {
    if (formatOf(key) !== format) return undefined;
    for await (const { row, text } of rowsOf(store, key, format))
      digests.set(short(identity(row)), short(saidOf(text)));
  }
  return digests;
};

/** What became of the earlier rows. */
export const compareRows = async (
  store: ExportStore,
  before: RowDigests,
  after: Parts,
  format: FormatName,
): Promise<Changes> => {
  const left = new Map(before);
  let [added, changed] = [0, 0];
  for (const { key } of after) {
    for await (const { row, text } of rowsOf(store, key, format)) {
      const name = short(identity(row));
      const said = left.get(name);
      if (said === undefined) added++;
      else if (said !== short(saidOf(text))) changed++;
      left.delete(name);
    }
  }
  return { added, changed, removed: left.size };
};

async function* rowsOf(store: ExportStore, key: string, format: FormatName): AsyncIterable<ReadRow> {
  const bytes = await store.read(key);
  const rows = bytes && partFormats[format].read?.(bytes);
  if (rows !== undefined) yield* rows;
}

/** A row without its call: a leg is not changed if another leg of its call is removed. */
const saidOf = (text: string): string => text.replace(/"call_id":"[0-9a-f]+"/, "");

/** 52 bits of a hash: exact as a number, and a million rows meet once in ten thousand days. */
const short = (text: string): number => Number.parseInt(hash("sha256", text, "hex").slice(0, 13), 16);
