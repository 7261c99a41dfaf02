import * as z from "zod/mini";
import { ProductError } from "../../errors.ts";
import { type FormatName, formatNames, formats } from "../../format-names.ts";
import type { Day } from "../calendar/local-days.ts";
import { recordVersion } from "../rows/call-record.ts";

/** Keys of objects. Manifests have a prefix of their own, because Athena reads every object below a table's. */
export const partKey = (day: Day, pbx: string, part: number, format: FormatName = "ndjson"): string =>
  `${partsPrefix(day, pbx)}part-${String(part).padStart(5, "0")}.${formats[format].extension}`;
export const partsPrefix = (day: Day, pbx: string): string => `calls/dt=${day}/pbx=${pbx}/`;
export const manifestPrefix = "manifests/";
export const manifestKey = (day: Day, pbx: string): string => `${manifestPrefix}dt=${day}/${pbx}.json`;

/** The report on all PBXs of a day. No PBX's id begins so. */
export const fleetKey = (day: Day): string => `${manifestPrefix}dt=${day}/_fleet.json`;

export const manifestVersion = 1;

export const partSchema = z.strictObject({
  key: z.string(),
  etag: z.string(),
  sha256: z.string(),
  /** Bytes. */
  size: z.number(),
  rows: z.number(),
});

const counts = z.record(z.string(), z.number());

/** What a manifest says of a PBX's day. A day without a manifest, or with one whose parts do not match, does not exist. */
const manifestSchema = z.strictObject({
  version: z.literal(manifestVersion),
  pbx: z.string(),
  day: z.string(),
  zone: z.string(),
  /** Wall clock of the PBX, half open. */
  window_local: z.strictObject({ from: z.string(), to: z.string() }),
  window_utc: z.strictObject({ from: z.string(), to: z.string() }),
  /** Rows that the PBX counts in what was asked for (the window and a second around it); null where it counts none. */
  pbx_count_before: z.nullable(z.number()),
  pbx_count_after: z.nullable(z.number()),
  /** Rows written, each once, all of them starting on this day. */
  rows: z.number(),
  duplicates_dropped: z.number(),
  rows_outside: z.number(),
  paging: z.enum(["id", "offset"]),
  windows: z.number(),
  requests: z.number(),
  restarts: z.array(z.string()),
  first_id: z.nullable(z.string()),
  last_id: z.nullable(z.string()),
  min_start: z.nullable(z.string()),
  max_start: z.nullable(z.string()),
  format: z.enum(formatNames),
  parts: z.array(partSchema),
  /** Version of the rows: docs/call-record.md. Version 1 had the column `pbx`, which the folder's name has too. */
  schema_version: z.union([z.literal(1), z.literal(recordVersion)]),
  fields_unknown: counts,
  fields_missing: counts,
  fields_retyped: counts,
  offset_mismatches: z.number(),
  /**
   * Rows that were added, changed or removed since the manifest before. Null if there is no manifest to compare with, or for
   * another format, CSV, or a day that was written over several invocations.
   */
  changes: z.nullable(z.strictObject({ added: z.number(), changed: z.number(), removed: z.number() })),
  exported_at: z.string(),
  software: z.string(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Reads a manifest's text; throws MANIFEST_INVALID. */
export const parseManifest = (text: string, key: string): Manifest => {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ProductError("MANIFEST_INVALID", {
      detail: `${key} is not a manifest of this version`,
      field: key,
      cause,
    });
  }
};
