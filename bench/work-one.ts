/**
 * A process that does what an export cannot leave out, and nothing else: `work-one bound|both|pager PORT ROWS [DIRECTORY]`.
 *
 * `bound`: parse, stringify and gzip of pages that lie in memory as text; done once before, so that its code is warm.
 * `both`: the same, but stringify and gzip of the legs and calls of the export in DIRECTORY. They lie in memory as objects.
 * `pager`: what a script does: fetch a page, parse, stringify, gzip, next. No signature, no checks, no typed fields.
 */
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGzip, gunzipSync } from "node:zlib";
import { measure } from "./measure.ts";

/** The export's own (lib/history/parts/parts.ts). */
const level = 5;

const [, , kind, port = "", rowsText = "", directory = ""] = process.argv;
const rows = Number(rowsText);

async function* fetched(): AsyncIterable<string> {
  for (let from = 0; from < rows; from += 1000)
    yield await (await fetch(`http://127.0.0.1:${port}/?filter[id][from]=${from}&count=1000`)).text();
}

type Bodies = AsyncIterable<string> | Iterable<string>;
type Work = (bodies: Bodies) => Promise<{ rows: number; bytes: number }>;

/** What takes text and counts the bytes that it becomes. */
const compressor = () => {
  const gzip = createGzip({ level });
  const counted = (async () => {
    let bytes = 0;
    for await (const chunk of gzip) bytes += chunk.length;
    return bytes;
  })();
  return {
    write: async (text: string): Promise<void> => {
      if (!gzip.write(text)) await once(gzip, "drain");
    },
    end: (): Promise<number> => {
      gzip.end();
      return counted;
    },
  };
};

const textOf = (records: Iterable<unknown>): string => {
  let text = "";
  for (const record of records) text += `${JSON.stringify(record)}\n`;
  return text;
};
const recordsOf = (body: string): unknown[] => {
  const page: { result: { records: unknown[] } } = JSON.parse(body);
  return page.result.records;
};

const compress: Work = async (bodies) => {
  const gzip = compressor();
  let done = 0;
  for await (const body of bodies) {
    const records = recordsOf(body);
    await gzip.write(textOf(records));
    done += records.length;
  }
  return { rows: done, bytes: await gzip.end() };
};

/** Some pages of rows, again and again: gzip does not look back over a page. */
const kept = 5_000;
const exported = async (dataset: "legs" | "calls"): Promise<unknown[]> => {
  const files = (await readdir(directory, { recursive: true })).filter(
    (file) => file.startsWith(`${dataset}/`) && file.endsWith(".gz"),
  );
  const texts = await Promise.all(
    files.map(async (file) => gunzipSync(await readFile(join(directory, file)))),
  );
  const lines = texts.flatMap((text) => text.toString().trimEnd().split("\n"));
  return lines.map((line): unknown => JSON.parse(line));
};
function* taken(from: readonly unknown[], start: number, end: number): Iterable<unknown> {
  for (let next = start; next < end; next++) yield from[next % Math.min(kept, from.length)];
}

const compressBoth = async (): Promise<Work> => {
  const [legs, calls] = [await exported("legs"), await exported("calls")];
  const callsBefore = (leg: number): number => Math.floor((leg * calls.length) / legs.length);
  return async (bodies) => {
    const [legGzip, callGzip] = [compressor(), compressor()];
    let done = 0;
    for await (const body of bodies) {
      const { length } = recordsOf(body);
      await legGzip.write(textOf(taken(legs, done, done + length)));
      await callGzip.write(textOf(taken(calls, callsBefore(done), callsBefore(done + length))));
      done += length;
    }
    return { rows: done, bytes: (await legGzip.end()) + (await callGzip.end()) };
  };
};

if (kind === "pager") await measure(() => compress(fetched()));
else {
  const work = kind === "both" ? await compressBoth() : compress;
  const bodies: string[] = [];
  for await (const body of fetched()) bodies.push(body);
  await work(bodies);
  await measure(() => work(bodies));
}
