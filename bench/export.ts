/**
 * The export: rows a second beside what the work alone takes, latency, time and memory over size. Each comparison in one run.
 * `export.ts rows growth` measures only these tables.
 */
import { type ExportTold, exportOne, folder, serve, type Told, workOne } from "./children.ts";
import { deployedHeap, runtimeHeap } from "./heap.ts";
import { median, ratio, report, round, times } from "./report.ts";
import { size } from "./size.ts";

const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const middle = (told: readonly Told[], of: "ms" | "cpuMs"): number => median(told.map((each) => each[of]));

const rowsTable = async (rows: number, runs: number): Promise<void> => {
  const pages = await serve("pages", rows, 0);
  const told: { export: Told[]; legs: Told[]; both: Told[]; bound: Told[]; pager: Told[] } = {
    export: [],
    legs: [],
    both: [],
    bound: [],
    pager: [],
  };
  const exported = await folder("exported");
  await exportOne(pages.port, deployedHeap, { into: exported });
  for (let run = 0; run < runs; run++) {
    told.export.push(await exportOne(pages.port, deployedHeap));
    told.legs.push(await exportOne(pages.port, deployedHeap, { calls: false }));
    told.both.push(await workOne("both", pages.port, rows, deployedHeap, exported));
    told.bound.push(await workOne("bound", pages.port, rows, deployedHeap));
    told.pager.push(await workOne("pager", pages.port, rows, deployedHeap));
  }
  pages.stop();
  const line = (what: string, of: Told[]): string[] => [
    what,
    round((rows / middle(of, "ms")) * 1000),
    `${((middle(of, "cpuMs") * 1000) / rows).toFixed(1)} µs`,
    ((of[0]?.bytes ?? 0) / rows).toFixed(0),
    of === told.export ? "" : ratio(middle(of, "ms"), middle(told.export, "ms")),
    of === told.export ? "" : times(middle(told.export, "ms"), middle(of, "ms")),
    of === told.export ? "" : times(middle(told.export, "cpuMs"), middle(of, "cpuMs")),
  ];
  await report(
    "rows",
    [
      `${round(rows)} rows, median of ${runs}`,
      "rows/s",
      "CPU a row",
      "gzip bytes a row",
      "speed of the export relative to this line",
      "time of the export ÷ this line",
      "CPU of the export ÷ this line",
    ],
    [
      line("export with calls (signed, checked, typed fields, grouped, hashed, to disk)", told.export),
      line("the same without calls: legs only, no grouping", told.legs),
      line("bound of both datasets: parse the pages, stringify and gzip legs and calls", told.both),
      line("bound: parse, stringify, gzip of the same pages in memory", told.bound),
      line("plain pager: fetch, parse, stringify, gzip", told.pager),
    ],
  );
};

const latencyTable = async (rows: number, latency: number, runs: number): Promise<void> => {
  const pages = await serve("pages", rows, latency);
  const told: ExportTold[] = [];
  for (let run = 0; run < runs; run++)
    told.push(await exportOne(pages.port, deployedHeap, { perSecond: "default" }));
  pages.stop();
  const least = (rows / 1000) * latency;
  await report(
    "latency",
    [
      `${round(rows)} rows, pages that take ${latency} ms, median of ${runs}`,
      "seconds",
      "speed of the export relative to this line",
    ],
    [
      [`export (${told[0]?.requests} requests for rows)`, seconds(middle(told, "ms")), ""],
      [`pages × latency (${rows / 1000} × ${latency} ms)`, seconds(least), ratio(least, middle(told, "ms"))],
    ],
  );
};

const growthTable = async (runs: number): Promise<void> => {
  const sizes = size([10_000, 100_000, 1_000_000], [1_000, 2_000, 4_000]);
  const measured = await Promise.all(
    sizes.map(async (rows) => ({ rows, pbx: await serve("simulator", rows), told: [] as Told[] })),
  );
  for (let run = 0; run < runs; run++)
    for (const { pbx, told } of measured) told.push(await exportOne(pbx.port, deployedHeap));
  const peak = (told: readonly Told[]): number => Math.max(...told.map(({ peakMiB }) => peakMiB));
  const [small, middling, large] = measured;
  if (!small || !middling || !large) throw new Error("a size was not measured");
  const withRuntimeHeap = [
    await exportOne(small.pbx.port, runtimeHeap),
    await exportOne(large.pbx.port, runtimeHeap),
  ];
  for (const { pbx } of measured) pbx.stop();
  const above = (less: readonly Told[], more: readonly Told[]): string =>
    `+${round(peak(more) - peak(less))}`;
  await report(
    "growth",
    [
      `rows (simulator; ${deployedHeap.join(" ")}), median of ${runs}`,
      "seconds",
      "rows/s",
      "peak memory, MiB",
    ],
    [
      ...measured.map(({ rows, told }) => [
        round(rows),
        seconds(middle(told, "ms")),
        round((rows / middle(told, "ms")) * 1000),
        round(peak(told)),
      ]),
      ["1 M ÷ 100 k", times(middle(large.told, "ms"), middle(middling.told, "ms")), "", ""],
      ["1 M minus 10 k", "", "", above(small.told, large.told)],
      [
        `the same with the runtime's own heap (${runtimeHeap.join(" ")})`,
        "",
        "",
        above(withRuntimeHeap.slice(0, 1), withRuntimeHeap.slice(1)),
      ],
    ],
  );
};

const tables: Readonly<Record<string, () => Promise<void>>> = {
  rows: () => rowsTable(size(100_000, 2_000), size(9, 1)),
  latency: () => latencyTable(size(50_000, 2_000), 100, size(3, 1)),
  growth: () => growthTable(size(3, 1)),
};
const chosen = process.argv.slice(2);
for (const name of chosen.length > 0 ? chosen : Object.keys(tables)) {
  const table = tables[name];
  if (table === undefined) throw new Error(`\`${name}\` must be one of ${Object.keys(tables).join(", ")}`);
  await table();
}
