/** Each format and how the name of a part ends in it. */
export const extensions = { ndjson: "ndjson.gz", parquet: "parquet", csv: "csv.gz" } as const;

export type FormatName = keyof typeof extensions;
export const formatNames: readonly FormatName[] = ["ndjson", "parquet", "csv"];

/** The format of a part, by its key. */
export const formatOf = (key: string): FormatName | undefined =>
  formatNames.find((name) => key.endsWith(`.${extensions[name]}`));
