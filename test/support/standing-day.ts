import type { FormatName } from "../../lib/format-names.ts";
import { partFormats } from "../../lib/history/parts/formats.ts";
import { legShape } from "../../lib/history/parts/row-shape.ts";
import {
  type Dataset,
  type Manifest,
  manifestKey,
  type OldManifest,
  type Part,
  partKey,
  tablesOf,
} from "../../lib/history/publication/manifest.ts";
import { type ExportRow, noFindings, typing } from "../../lib/history/rows/rows.ts";
import { type ExportStore, writeText } from "../../lib/store/store.ts";

const typed = typing({ zone: "UTC" }, noFindings());

/** Rows as an export has them, one id after the other. */
export const exportRows = (count: number, first = 1, change: Record<string, unknown> = {}): ExportRow[] =>
  Array.from({ length: count }, (_, at) => {
    const record = { id: String(first + at), start: "2026-11-23 08:00:00", from_name: "Zoë", ...change };
    return { record, typed: typed(record) };
  });

interface Where {
  readonly pbx?: string;
  readonly day?: string;
  readonly format?: FormatName;
}

const writeParts = async (
  store: ExportStore,
  folder: Dataset,
  parts: readonly (readonly ExportRow[])[],
  { pbx, day, format }: Required<Where>,
): Promise<Part[]> => {
  const written: Part[] = [];
  for (const [at, rows] of parts.entries()) {
    const part = partFormats[format].open(
      legShape,
      store,
      partKey(folder, day, pbx, at + 1, format),
      undefined,
    );
    await part.write(rows);
    const { key, staged, sha256 } = await part.finish();
    const { etag, size } = await staged.commit({ absent: true });
    written.push({ key, etag, sha256, size, rows: rows.length });
  }
  return written;
};

/** Writes a day: a part of legs for each list of rows, and the manifest that fits them. */
export const standingDay = async (
  store: ExportStore,
  parts: readonly (readonly ExportRow[])[],
  { pbx = "milan", day = "2026-11-23", format = "ndjson" }: Where = {},
): Promise<Manifest> => {
  const written = await writeParts(store, "legs", parts, { pbx, day, format });
  const manifest = manifestOf(written, { pbx, day, format });
  await writeText(store, manifestKey(day, pbx), JSON.stringify(manifest), { absent: true });
  return manifest;
};

/** The same in the layout of version 1. */
export const oldDay = async (
  store: ExportStore,
  parts: readonly (readonly ExportRow[])[],
  where: Where & { readonly change?: Partial<OldManifest> } = {},
): Promise<OldManifest> => {
  const { pbx = "milan", day = "2026-11-23", format = "ndjson", change } = where;
  const written = await writeParts(store, "calls", parts, { pbx, day, format });
  const manifest = oldManifestOf(written, { pbx, day, format, ...change });
  await writeText(store, manifestKey(day, pbx), JSON.stringify(manifest), { absent: true });
  return manifest;
};

/** A manifest with other parts of legs. */
export const withLegs = (
  { datasets, ...manifest }: Manifest,
  change: (parts: readonly Part[]) => readonly Part[],
): Manifest => ({
  ...manifest,
  datasets: { ...datasets, legs: { ...datasets.legs, parts: [...change(datasets.legs.parts)] } },
});

/** What a manifest of either version has. */
const readingOf = (parts: readonly Part[]) => {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return {
    pbx: "milan",
    day: "2026-11-23",
    zone: "UTC",
    window_local: { from: "2026-11-23 00:00:00", to: "2026-11-24 00:00:00" },
    window_utc: { from: "2026-11-23T00:00:00Z", to: "2026-11-24T00:00:00Z" },
    pbx_count_before: rows,
    pbx_count_after: rows,
    rows,
    duplicates_dropped: 0,
    rows_outside: 0,
    paging: "id" as const,
    windows: 1,
    requests: 1,
    restarts: [],
    first_id: null,
    last_id: null,
    min_start: null,
    max_start: null,
    format: "ndjson" as const,
    fields_unknown: {},
    fields_missing: {},
    fields_retyped: {},
    offset_mismatches: 0,
    changes: null,
    exported_at: "2026-11-24T00:10:00.000Z",
    software: "test",
  };
};

export const manifestOf = (parts: readonly Part[], change: Partial<Manifest> = {}): Manifest => {
  const reading = readingOf(parts);
  return {
    version: 2,
    ...reading,
    datasets: {
      legs: { schema_version: 3, rows: reading.rows, parts: [...parts] },
      calls: {
        schema_version: 1,
        rules_version: 1,
        rows: 0,
        parts: [],
        exact: 0,
        channel: 0,
        inferred: 0,
        anomalies: {},
      },
    },
    ...change,
  };
};

/** A manifest of version 1. */
const oldManifestOf = (parts: readonly Part[], change: Partial<OldManifest> = {}): OldManifest => ({
  version: 1,
  ...readingOf(parts),
  schema_version: 2,
  parts: [...parts],
  ...change,
});

/** The parts of the legs. */
export const legParts = (manifest: Manifest | OldManifest): readonly Part[] =>
  tablesOf(manifest).find(({ dataset }) => dataset === "legs")?.parts ?? [];
