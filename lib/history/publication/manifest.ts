import * as z from "zod/mini";
import { ProductError } from "../../errors.ts";
import { type FormatName, formatNames, formats } from "../../format-names.ts";
import { type Day, isDay } from "../calendar/local-days.ts";
import { callVersion } from "../grouping/grouping.ts";
import { legVersion } from "../rows/leg-fields.ts";
import { agentVersion, queueVersion } from "../rows/name-fields.ts";

/** The tables of the export. Each has its own folder. */
export const rowDatasets = ["legs", "calls"] as const;
/** Of each day the queues and agents, with their names. */
export const nameDatasets = ["queues", "agents"] as const;
export const datasets = [...rowDatasets, ...nameDatasets] as const;
export type NameDataset = (typeof nameDatasets)[number];
export type Dataset = (typeof datasets)[number];

/** Keys of the export. Manifests have their own prefix, because Athena reads every object below a table's. */
export const partKey = (
  dataset: Dataset,
  day: Day,
  pbx: string,
  part: number,
  format: FormatName = "ndjson",
): string =>
  `${partsPrefix(dataset, day, pbx)}part-${String(part).padStart(5, "0")}.${formats[format].extension}`;
export const partsPrefix = (dataset: Dataset, day: Day, pbx: string): string =>
  `${dataset}/dt=${day}/pbx=${pbx}/`;
/** The dataset in the key of a part. */
export const datasetOf = (key: string): Dataset | undefined =>
  datasets.find((dataset) => key.startsWith(`${dataset}/`));
export const manifestPrefix = "manifests/";
export const manifestKey = (day: Day, pbx: string): string => `${manifestPrefix}dt=${day}/${pbx}.json`;

/** Other objects beside the manifests: no PBX's id begins so. */
const isOther = (name: string): boolean => name.startsWith("_");

/** The PBX of a key below `manifests/dt=…/`. Undefined for the report and for states of the grouping. */
export const manifestPbx = (key: string): string | undefined => {
  const name = /\/([^/]+)\.json$/.exec(key)?.[1];
  return name === undefined || isOther(name) ? undefined : name;
};

/** The day and PBX in the key of a manifest or part. Undefined for other objects. */
export const placeOf = (key: string): { day: Day; pbx: string } | undefined => {
  const { day = "", pbx = "" } =
    /^manifests\/dt=(?<day>[^/]+)\/(?<pbx>[^_/][^/]*)\.json$/.exec(key)?.groups ??
    /^[a-z]+\/dt=(?<day>[^/]+)\/pbx=(?<pbx>[^/]+)\//.exec(key)?.groups ??
    {};
  return isDay(day) ? { day, pbx } : undefined;
};

/** What an unfinished day needs to group its next legs. */
export const groupingKey = (day: Day, pbx: string): string =>
  `${manifestPrefix}dt=${day}/_${pbx}.grouping.json.gz`;

/** The day and PBX in the key of such a state. */
export const groupingPlaceOf = (key: string): { day: Day; pbx: string } | undefined => {
  const { day = "", pbx = "" } =
    /^manifests\/dt=(?<day>[^/]+)\/_(?<pbx>[^/]+)\.grouping\.json\.gz$/.exec(key)?.groups ?? {};
  return isDay(day) ? { day, pbx } : undefined;
};

/** The report on all PBXs of a day. */
export const fleetKey = (day: Day): string => `${manifestPrefix}dt=${day}/_fleet.json`;

export const manifestVersion = 2;

export const partSchema = z.strictObject({
  key: z.string(),
  etag: z.string(),
  sha256: z.string(),
  /** Bytes. */
  size: z.number(),
  rows: z.number(),
});

const counts = z.record(z.string(), z.number());

/** How the legs of a day were read and written. */
const readingFields = {
  pbx: z.string(),
  day: z.string(),
  zone: z.string(),
  /** Wall clock of the PBX, half open. */
  window_local: z.strictObject({ from: z.string(), to: z.string() }),
  window_utc: z.strictObject({ from: z.string(), to: z.string() }),
  /** What was read: the window, and hours around it for calls over midnight. Absent in version 1. */
  context_local: z.optional(z.strictObject({ from: z.string(), to: z.string() })),
  /** Rows that the PBX counts in what was asked for (the window, and time around it); null if it counts none. */
  pbx_count_before: z.nullable(z.number()),
  pbx_count_after: z.nullable(z.number()),
  /** Legs written, each once, all of them starting on this day. */
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
  fields_unknown: counts,
  fields_missing: counts,
  fields_retyped: counts,
  /** Text that is not UTF-8. Absent: none. */
  fields_replaced: z.optional(counts),
  offset_mismatches: z.number(),
  /**
   * Rows that were added, changed or removed since the manifest before. Null if there is no manifest to compare with, or for
   * another format, CSV, or a day that was written over several invocations.
   */
  changes: z.nullable(z.strictObject({ added: z.number(), changed: z.number(), removed: z.number() })),
  exported_at: z.string(),
  software: z.string(),
  /** Each time that numbers were erased from rows, with the number of these rows. Absent: never. */
  erased: z.optional(z.array(z.strictObject({ at: z.string(), legs: z.number(), calls: z.number() }))),
};

const tableFields = { rows: z.number(), parts: z.array(partSchema) };

/** Names of a day, or the code of the error of a PBX that does not give them. */
const namesTable = <Version extends number>(version: Version) =>
  z.optional(
    z.union([
      z.strictObject({
        schema_version: z.literal(version),
        /** When the PBX was asked: names of an older day are those of this moment. */
        read_at: z.string(),
        ...tableFields,
        /** Queues whose members are not known: the PBX refused them, or has too many queues. Absent: none. */
        members_missing: z.optional(z.number()),
      }),
      z.strictObject({ refused: z.string() }),
    ]),
  );

const namesFields = { queues: namesTable(queueVersion), agents: namesTable(agentVersion) };
/** What a manifest says of queues and agents. */
export const namesSchema = z.strictObject(namesFields);
export type NamesTable = NonNullable<z.infer<typeof namesSchema>["queues"]>;

/** The content of a PBX's day. A day without a manifest, or with one whose parts do not match, does not exist. */
const manifestSchema = z.strictObject({
  version: z.literal(manifestVersion),
  ...readingFields,
  datasets: z.strictObject({
    legs: z.strictObject({ schema_version: z.literal(legVersion), ...tableFields }),
    calls: z.strictObject({
      schema_version: z.literal(callVersion),
      /** Version of the rules that group legs. */
      rules_version: z.number(),
      ...tableFields,
      /** Calls by the weakest rule that they needed. */
      exact: z.number(),
      channel: z.number(),
      inferred: z.number(),
      /** What was odd in the legs that were grouped, with the number of times. */
      anomalies: counts,
    }),
    ...namesFields,
  }),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Part = z.infer<typeof partSchema>;

/**
 * A manifest of version 1. Its only dataset are the legs, in the folder that now has the calls. Version 1 of the rows had the
 * column `pbx`, which the folder's name has too.
 */
const oldManifestSchema = z.strictObject({
  version: z.literal(1),
  ...readingFields,
  schema_version: z.union([z.literal(1), z.literal(2)]),
  parts: z.array(partSchema),
});

export type OldManifest = z.infer<typeof oldManifestSchema>;

export type AnyManifest = Manifest | OldManifest;

export const anyManifestSchema = z.union([manifestSchema, oldManifestSchema]);

export const isOld = (manifest: AnyManifest): manifest is OldManifest => manifest.version === 1;

/** A table of a manifest, and the folder of its parts. */
export interface Table {
  readonly dataset: Dataset;
  /** The first folder in the keys of its parts. */
  readonly folder: Dataset;
  readonly schemaVersion: number;
  readonly rows: number;
  readonly parts: readonly Part[];
}

export const tablesOf = (manifest: AnyManifest): Table[] => {
  if (isOld(manifest)) {
    const { schema_version: schemaVersion, rows, parts } = manifest;
    return [{ dataset: "legs", folder: "calls", schemaVersion, rows, parts }];
  }
  return datasets.flatMap((dataset) => {
    const table = manifest.datasets[dataset];
    if (table === undefined || "refused" in table) return [];
    const { schema_version: schemaVersion, rows, parts } = table;
    return [{ dataset, folder: dataset, schemaVersion, rows, parts }];
  });
};

/** The parts of all tables. */
export const partsOf = (manifest: AnyManifest): readonly Part[] =>
  tablesOf(manifest).flatMap(({ parts }) => parts);

/** Reads the text of a manifest of any version; throws MANIFEST_INVALID. */
export const parseManifest = (text: string, key: string): AnyManifest => {
  try {
    const json: unknown = JSON.parse(text);
    const old = oldManifestSchema.safeParse(json);
    return old.success ? old.data : manifestSchema.parse(json);
  } catch (cause) {
    throw new ProductError("MANIFEST_INVALID", {
      detail: `${key} is not a manifest of this version`,
      field: key,
      cause,
    });
  }
};

/** The same, for callers to which a string that is not a manifest is as good as none. */
export const readManifest = (text: string, key: string): AnyManifest | undefined => {
  try {
    return parseManifest(text, key);
  } catch {
    return undefined;
  }
};
