interface NamedFormat {
  readonly extension: string;
  /** Whether Athena reads it as a table. It would read the headings of CSV as rows. */
  readonly table: boolean;
  /** Whether it is a kind of CSV, with its separators and headings. */
  readonly csv: boolean;
  /** The options by which `wildix export` writes it. */
  readonly options: string;
}

/** What the name of each export format says; lib/history/parts/formats.ts has what it does. Add a format in both. */
export const formats = {
  ndjson: { extension: "ndjson.gz", table: true, csv: false, options: "--format ndjson" },
  parquet: { extension: "parquet", table: true, csv: false, options: "--format parquet" },
  csv: { extension: "csv.gz", table: false, csv: true, options: "--format csv" },
  "csv-plain": { extension: "csv", table: false, csv: true, options: "--format csv --plain" },
} as const satisfies Record<string, NamedFormat>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];

/** Those that a deployment may write: Athena reads them as a table. */
export const tableFormats = formatNames.filter((name) => formats[name].table);

/** The format of a part, by its key. */
export const formatOf = (key: string): FormatName | undefined =>
  formatNames.find((name) => key.endsWith(`.${formats[name].extension}`));
