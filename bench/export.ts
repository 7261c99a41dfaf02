/** The export: rows a second beside what the work alone takes, latency, memory, growth. Each comparison in one run. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { median, ratio, report, round } from "./report.ts";

/** The heap of a Lambda function of 512 MB. */
const heap = "--max-old-space-size=432";
const level = 5;

interface Told {
  readonly rows: number;
  readonly requests: number;
  readonly ms: number;
  readonly rssKiB: number;
}

const start = async (file: string, ...args: string[]): Promise<{ child: ChildProcess; port: number }> => {
  const child = fork(new URL(file, import.meta.url), args);
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
};

const exportOne = async (port: number): Promise<Told> => {
  const directory = await mkdtemp(join(tmpdir(), "wildix-bench-"));
  const child = fork(new URL("export-one.ts", import.meta.url), [String(port), directory], {
    execArgv: [heap],
  });
  const [told] = (await once(child, "message")) as [Told];
  await once(child, "close");
  await rm(directory, { recursive: true });
  return told;
};

const pageUrl = (port: number, from: number): string =>
  `http://127.0.0.1:${port}/?filter[id][from]=${from}&count=1000`;

/** Parse, stringify and gzip of the same pages, already in memory: nothing does less. */
const bound = async (port: number, rows: number): Promise<number> => {
  const bodies: string[] = [];
  for (let from = 0; from < rows; from += 1000) bodies.push(await (await fetch(pageUrl(port, from))).text());
  const begun = performance.now();
  await compress(bodies);
  return performance.now() - begun;
};

/** What a script does: fetch a page, parse, stringify, gzip, next. No signature, no checks, no typed fields. */
const plainPager = async (port: number, rows: number): Promise<number> => {
  const begun = performance.now();
  const gzip = sink();
  for (let from = 0; from < rows; from += 1000)
    await add(gzip, await (await fetch(pageUrl(port, from))).text());
  await gzip.end();
  return performance.now() - begun;
};

const sink = () => {
  const gzip = createGzip({ level });
  const done = (async () => {
    let bytes = 0;
    for await (const chunk of gzip) bytes += chunk.length;
    return bytes;
  })();
  const end = (): Promise<number> => {
    gzip.end();
    return done;
  };
  return { gzip, end };
};
const add = async ({ gzip }: ReturnType<typeof sink>, body: string): Promise<void> => {
  const page: { result: { records: unknown[] } } = JSON.parse(body);
  let text = "";
  for (const record of page.result.records) text += `${JSON.stringify(record)}\n`;
  if (!gzip.write(text)) await once(gzip, "drain");
};
const compress = async (bodies: readonly string[]): Promise<void> => {
  const gzip = sink();
  for (const body of bodies) await add(gzip, body);
  await gzip.end();
};

const rows = 100_000;
const fast = await start("pages.ts", String(rows), "0");
const [ours, bounds, plain]: [number[], number[], number[]] = [[], [], []];
for (let run = 0; run < 5; run++) {
  ours.push((await exportOne(fast.port)).ms);
  bounds.push(await bound(fast.port, rows));
  plain.push(await plainPager(fast.port, rows));
}
fast.child.kill();
const perSecond = (ms: number): number => (rows / ms) * 1000;
await report(
  "rows",
  ["100,000 rows, median of 5", "rows/s", "export beside it"],
  [
    ["export (signed, checked, typed fields, hashed, to disk)", round(perSecond(median(ours))), ""],
    [
      "bound: parse, stringify, gzip of the same pages in memory",
      round(perSecond(median(bounds))),
      ratio(median(bounds), median(ours)),
    ],
    [
      "plain pager: fetch, parse, stringify, gzip",
      round(perSecond(median(plain))),
      ratio(median(plain), median(ours)),
    ],
  ],
);

const slow = await start("pages.ts", "50000", "100");
const late = await exportOne(slow.port);
slow.child.kill();
await report(
  "latency",
  ["50,000 rows, pages that take 100 ms", "seconds", "beside it"],
  [
    ["export", (late.ms / 1000).toFixed(2), ""],
    [
      `requests × latency (${late.requests} × 100 ms)`,
      (late.requests / 10).toFixed(2),
      ratio(late.requests * 100, late.ms),
    ],
    ["pages × latency (50 × 100 ms)", "5.00", ratio(5000, late.ms)],
  ],
);

const growth: { rows: number; told: Told }[] = [];
for (const size of [10_000, 100_000, 1_000_000]) {
  const pbx = await start("simulator.ts", String(size));
  growth.push({ rows: size, told: await exportOne(pbx.port) });
  pbx.child.kill();
}
const [small, middle, large] = growth;
if (!small || !middle || !large) throw new Error("a size was not measured");
await report(
  "growth",
  [`rows (simulator; ${heap})`, "seconds", "rows/s", "peak memory, MiB"],
  [
    ...growth.map(({ rows: size, told }) => [
      round(size),
      (told.ms / 1000).toFixed(1),
      round((size / told.ms) * 1000),
      round(told.rssKiB / 1024),
    ]),
    ["1 M beside 100 k", `${(large.told.ms / middle.told.ms).toFixed(2)} ×`, "", ""],
    ["1 M above 10 k", "", "", `+${round((large.told.rssKiB - small.told.rssKiB) / 1024)}`],
  ],
);
