/** What the name of each export format says; lib/history/parts/formats.ts has what it does. Add a format in both. */
export const formats = {
  ndjson: { extension: "ndjson.gz", table: true },
  parquet: { extension: "parquet", table: true },
  // for a spreadsheet: Athena would read the headings as rows
  csv: { extension: "csv.gz", table: false },
  "csv-plain": { extension: "csv", table: false },
} as const satisfies Record<string, { readonly extension: string; readonly table: boolean }>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];

/** Those that a deployment may write: Athena reads them as a table. */
export const tableFormats = formatNames.filter((name) => formats[name].table);

/** The format of a part, by its key. */
export const formatOf = (key: string): FormatName | undefined =>
  formatNames.find((name) => key.endsWith(`.${formats[name].extension}`));
