/** The same day in each format, in turns; and what Parquet's memory does over size. */

import { type FormatName, formatNames, formats } from "../lib/format-names.ts";
import { type ExportTold, exportOne, serve } from "./children.ts";
import { deployedHeap } from "./heap.ts";
import { median, report, round, times } from "./report.ts";
import { size } from "./size.ts";

/** What Parquet may take at its peak, in MB as the aim has it, and in MiB as it is measured. */
const aim = { mb: 400, mib: 400e6 / 1024 ** 2 };

const middle = (told: readonly ExportTold[], of: "ms" | "cpuMs"): number =>
  median(told.map((each) => each[of]));
const peak = (told: readonly ExportTold[]): number => Math.max(...told.map(({ peakMiB }) => peakMiB));
const perSecond = (rows: number, told: readonly ExportTold[]): string =>
  round((rows / middle(told, "ms")) * 1000);

const formatsTable = async (rows: number, runs: number): Promise<void> => {
  const pages = await serve("pages", rows, 0);
  const told = Object.fromEntries(formatNames.map((name): [string, ExportTold[]] => [name, []])) as Record<
    FormatName,
    ExportTold[]
  >;
  for (let run = 0; run < runs; run++)
    for (const format of formatNames)
      told[format].push(await exportOne(pages.port, deployedHeap, { format }));
  pages.stop();
  const first = middle(told.ndjson, "ms");
  await report(
    "formats",
    [
      `${round(rows)} rows, median of ${runs}`,
      "rows/s",
      "time relative to the first",
      "CPU a row",
      "bytes a row",
      "peak memory, MiB",
    ],
    formatNames.map((format) => [
      formats[format].extension,
      perSecond(rows, told[format]),
      times(middle(told[format], "ms"), first),
      `${((middle(told[format], "cpuMs") * 1000) / rows).toFixed(1)} µs`,
      ((told[format][0]?.bytes ?? 0) / rows).toFixed(0),
      round(peak(told[format])),
    ]),
  );
};

const parquetTable = async (sizes: readonly number[], runs: number): Promise<void> => {
  const measured = await Promise.all(
    sizes.map(async (rows) => ({ rows, pbx: await serve("simulator", rows), told: [] as ExportTold[] })),
  );
  for (let run = 0; run < runs; run++)
    for (const { pbx, told } of measured)
      told.push(await exportOne(pbx.port, deployedHeap, { format: "parquet" }));
  for (const { pbx } of measured) pbx.stop();
  await report(
    "parquet",
    [
      `rows in Parquet (simulator; ${deployedHeap.join(" ")}), median of ${runs}`,
      "seconds",
      "rows/s",
      "peak memory, MiB",
      `at most ${aim.mb} MB (${aim.mib.toFixed(0)} MiB)`,
    ],
    measured.map(({ rows, told }) => [
      round(rows),
      (middle(told, "ms") / 1000).toFixed(2),
      perSecond(rows, told),
      round(peak(told)),
      peak(told) <= aim.mib ? "hit" : "missed",
    ]),
  );
};

await formatsTable(size(100_000, 2_000), size(5, 1));
await parquetTable(size([10_000, 100_000, 1_000_000], [1_000, 2_000, 4_000]), size(3, 1));
