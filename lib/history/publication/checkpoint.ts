import * as z from "zod/mini";
import type { HistoryCursor } from "../../wms/history/call-history.ts";
import type { FieldFindings } from "../rows/rows.ts";
import { anyManifestSchema, namesSchema, partSchema } from "./manifest.ts";

const count = z.nullable(z.number());

const cursorSchema: z.ZodMiniType<HistoryCursor> = z.strictObject({
  plan: z.strictObject({ paging: z.enum(["id", "offset"]), largestPiece: count }),
  restarts: z.array(z.string()),
  total: count,
  pieces: z.number(),
  before: count,
  after: count,
  piece: z.strictObject({ from: z.number(), to: z.number(), total: count }),
  distinct: z.number(),
  last: z.strictObject({ id: z.string(), start: z.string(), pbxid: z.string() }),
  ties: z.array(z.string()),
  rows: z.number(),
  duplicates: z.number(),
  outside: z.number(),
  requests: z.number(),
});

const counts = z.record(z.string(), z.number());
const findingsSchema: z.ZodMiniType<FieldFindings> = z.strictObject({
  unknown: counts,
  missing: counts,
  retyped: counts,
  replaced: counts,
  offsetMismatches: z.number(),
});

/** First and last of the rows that were written. */
export interface Extremes {
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly min_start: string | null;
  readonly max_start: string | null;
}
const extremesSchema: z.ZodMiniType<Extremes> = z.strictObject({
  first_id: z.nullable(z.string()),
  last_id: z.nullable(z.string()),
  min_start: z.nullable(z.string()),
  max_start: z.nullable(z.string()),
});

/**
 * Replaces the manifest while a run changes a day's parts. The run that wrote it has the lease. A day with a checkpoint
 * has no manifest, so no reader takes its parts for complete.
 */
const checkpointSchema = z.strictObject({
  draft: z.literal(2),
  /** The run's own token; each checkpoint is another object. */
  run: z.string(),
  /** Epoch ms; from then on other runs may take the day. 0: immediately. */
  until: z.number(),
  /** Finished parts. */
  parts: z.array(partSchema),
  /** Where to continue; null if the day cannot be continued. */
  progress: z.nullable(
    z.strictObject({
      cursor: cursorSchema,
      findings: findingsSchema,
      extremes: extremesSchema,
      /** The time that is read, seconds of the PBX's wall clock. */
      context: z.strictObject({ from: z.number(), to: z.number() }),
      /** Names that an earlier export of the day wrote: their parts stay. */
      names: namesSchema,
      /** The object that has the state of the grouping. */
      grouping: z.strictObject({ etag: z.string(), sha256: z.string() }),
    }),
  ),
  /** Numbers are being erased from a day with a manifest: each of its parts is as in `before` or as in `after`. */
  erasing: z.optional(
    z.strictObject({
      before: anyManifestSchema,
      /** Parts that are replaced. They have no ETag yet. */
      after: z.array(z.omit(partSchema, { etag: true })),
      at: z.string(),
      /** Rows with the number in each of these parts. */
      rows: z.record(z.string(), z.number()),
    }),
  ),
});

export type StoredCheckpoint = z.infer<typeof checkpointSchema>;
export type Erasing = NonNullable<StoredCheckpoint["erasing"]>;
export type Progress = NonNullable<StoredCheckpoint["progress"]>;

/** Whether a string is a checkpoint of any version. Stored checkpoints have the name `draft`. */
export const isCheckpoint = (text: string): boolean => text.startsWith('{"draft":');

/** Undefined if the text is not a checkpoint of this version. */
export const parseCheckpoint = (text: string): StoredCheckpoint | undefined => {
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
