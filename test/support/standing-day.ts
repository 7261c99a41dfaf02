import type { FormatName } from "../../lib/format-names.ts";
import { partFormats } from "../../lib/history/parts/formats.ts";
import { type Manifest, manifestKey, partKey } from "../../lib/history/publication/manifest.ts";
import { type ExportRow, noFindings, typing } from "../../lib/history/rows/rows.ts";
import { type ExportStore, writeText } from "../../lib/store/store.ts";

const typed = typing({ zone: "UTC" }, noFindings());

/** Rows as an export has them, one id after the other. */
export const exportRows = (count: number, first = 1, change: Record<string, unknown> = {}): ExportRow[] =>
  Array.from({ length: count }, (_, at) => {
    const record = { id: String(first + at), start: "2026-11-23 08:00:00", from_name: "Zoë", ...change };
    return { record, typed: typed(record) };
  });

/** Writes a day: a part for each list of rows, and the manifest that fits them. */
export const standingDay = async (
  store: ExportStore,
  parts: readonly (readonly ExportRow[])[],
  where: { readonly pbx?: string; readonly day?: string; readonly format?: FormatName } = {},
): Promise<Manifest> => {
  const { pbx = "milan", day = "2026-11-23", format = "ndjson" } = where;
  const written: Manifest["parts"] = [];
  for (const [at, rows] of parts.entries()) {
    const part = partFormats[format].open(store, partKey(day, pbx, at + 1, format), undefined);
    await part.write(rows);
    const { key, staged, sha256 } = await part.finish();
    const { etag, size } = await staged.commit({ absent: true });
    written.push({ key, etag, sha256, size, rows: rows.length });
  }
  const manifest = manifestOf(written, { pbx, day, format });
  await writeText(store, manifestKey(day, pbx), JSON.stringify(manifest), { absent: true });
  return manifest;
};

export const manifestOf = (parts: Manifest["parts"], change: Partial<Manifest> = {}): Manifest => {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return {
    version: 1,
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
    paging: "id",
    windows: 1,
    requests: 1,
    restarts: [],
    first_id: null,
    last_id: null,
    min_start: null,
    max_start: null,
    format: "ndjson",
    parts,
    schema_version: 2,
    fields_unknown: {},
    fields_missing: {},
    fields_retyped: {},
    offset_mismatches: 0,
    changes: null,
    exported_at: "2026-11-24T00:10:00.000Z",
    software: "test",
    ...change,
  };
};
