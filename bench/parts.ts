/** Where the CPU of the export goes, by step: each step on the same pages, in turns of a page, in one process whose code is warm. */
import { gzipSync } from "node:zlib";
import { CallGrouper, callFields, type Settled } from "../lib/history/grouping/grouping.ts";
import { legShape, plainShape } from "../lib/history/parts/row-shape.ts";
import { type ExportRow, noFindings, typing } from "../lib/history/rows/rows.ts";
import { isJsonObject, parseJson } from "../lib/wms/json.ts";
import { serve } from "./children.ts";
import { zone } from "./day.ts";
import { median, report } from "./report.ts";
import { size } from "./size.ts";

const rows = size(50_000, 2_000);
const [warmUps, runs] = size([3, 5], [0, 1]);
/** The export's own (lib/history/parts/gzip-part.ts). */
const level = 5;
/** As in lib/history/export/copy-rows.ts. */
const batch = 50;

const pages = await serve("pages", rows, 0);
const bodies: Buffer[] = [];
for (let from = 0; from < rows; from += 1000) {
  const page = await fetch(`http://127.0.0.1:${pages.port}/?filter[id][from]=${from}&count=1000`);
  bodies.push(Buffer.from(await page.arrayBuffer()));
}
pages.stop();

/** Microseconds of this thread; those of the garbage collector's threads are in the last line. */
const now = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};
const callShape = plainShape("call", callFields);

const measure = (): ReadonlyMap<string, number> => {
  const spent = new Map<string, number>();
  const step = <T>(name: string, act: () => T): T => {
    const begun = now();
    const made = act();
    spent.set(name, (spent.get(name) ?? 0) + now() - begun);
    return made;
  };
  const settings = { zone };
  const type = typing(settings, noFindings());
  const grouper = new CallGrouper(settings);
  const texts = {
    legs: { bytes: Buffer.alloc(4e6), length: 0 },
    calls: { bytes: Buffer.alloc(4e6), length: 0 },
  };
  const append = (name: keyof typeof texts, lines: readonly string[]): void => {
    const text = texts[name];
    for (const line of lines) text.length += text.bytes.write(line, text.length);
  };
  const write = (settled: readonly Settled[]): void => {
    const legs = step("JSON text of legs", () =>
      settled.flatMap((each) =>
        each.legs.flatMap(({ row, call_id }) => legShape.toLine({ ...row, call_id })),
      ),
    );
    const calls = step("JSON text of calls", () =>
      settled.flatMap((each) => each.calls.flatMap((call) => callShape.toLine(call))),
    );
    step("bytes of both", () => {
      append("legs", legs);
      append("calls", calls);
    });
  };
  const compress = (name: keyof typeof texts): void => {
    const text = texts[name];
    step(`gzip of ${name}`, () => gzipSync(text.bytes.subarray(0, text.length), { level }));
    text.length = 0;
  };
  const before = process.cpuUsage();
  const main = now();
  for (const body of bodies) {
    const page = step("text of the response, limits, JSON.parse", () => parseJson(body.toString()));
    const result = isJsonObject(page) ? page["result"] : undefined;
    const records = isJsonObject(result) && Array.isArray(result["records"]) ? result["records"] : [];
    for (let at = 0; at < records.length; at += batch) {
      const typed = step("typed fields", () =>
        records
          .slice(at, at + batch)
          .filter(isJsonObject)
          .map((record): ExportRow => ({ record, typed: type(record) })),
      );
      write(step("grouping, and fields of calls", () => typed.map((row) => grouper.add(row))));
    }
    compress("legs");
    compress("calls");
  }
  write([step("grouping, and fields of calls", () => grouper.finish())]);
  const { user, system } = process.cpuUsage(before);
  spent.set("other threads: garbage collector, compiler", user + system - (now() - main));
  return spent;
};

for (let run = 0; run < warmUps; run++) measure();
const measured = Array.from({ length: runs }, measure);
const each = [...(measured[0]?.keys() ?? [])].map(
  (name) => [name, median(measured.map((spent) => (spent.get(name) ?? 0) / rows))] as const,
);
const shown = (spent: number): string => `${spent.toFixed(1)} µs`;
await report(
  "parts",
  [`CPU a row, ${rows.toLocaleString("en-US")} rows, median of ${runs}`, ""],
  [
    ...each.map(([name, spent]) => [name, shown(spent)]),
    ["sum", shown(each.reduce((sum, [, spent]) => sum + spent, 0))],
  ],
);
process.exit();
