/** More seconds do not fit into a column of whole numbers: INT32 in Parquet, `int` in Athena, INTEGER in DuckDB. */
const mostSeconds = 2 ** 31 - 1;

/** Seconds as a column can hold them. Null for more: a time of the row is wrong by decades. */
export const columnSeconds = (seconds: number | null): number | null =>
  seconds !== null && seconds <= mostSeconds ? seconds : null;
