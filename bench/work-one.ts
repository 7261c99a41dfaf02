/**
 * A process that does what an export cannot leave out, and nothing else: `work-one bound|pager PORT ROWS`.
 *
 * `bound`: parse, stringify and gzip of pages that lie in memory as text; done once before, so that its code is warm.
 * `pager`: what a script does: fetch a page, parse, stringify, gzip, next. No signature, no checks, no typed fields.
 */
import { once } from "node:events";
import { createGzip } from "node:zlib";
import { measure } from "./measure.ts";

/** The export's own (lib/history/parts/parts.ts). */
const level = 5;

const [, , kind, port = "", rowsText = ""] = process.argv;
const rows = Number(rowsText);

async function* fetched(): AsyncIterable<string> {
  for (let from = 0; from < rows; from += 1000)
    yield await (await fetch(`http://127.0.0.1:${port}/?filter[id][from]=${from}&count=1000`)).text();
}

const compress = async (
  bodies: AsyncIterable<string> | Iterable<string>,
): Promise<{ rows: number; bytes: number }> => {
  const gzip = createGzip({ level });
  let bytes = 0;
  const read = (async () => {
    for await (const chunk of gzip) bytes += chunk.length;
  })();
  let done = 0;
  for await (const body of bodies) {
    const page: { result: { records: unknown[] } } = JSON.parse(body);
    let text = "";
    for (const record of page.result.records) text += `${JSON.stringify(record)}\n`;
    done += page.result.records.length;
    if (!gzip.write(text)) await once(gzip, "drain");
  }
  gzip.end();
  await read;
  return { rows: done, bytes };
};

if (kind === "pager") await measure(() => compress(fetched()));
else {
  const bodies: string[] = [];
  for await (const body of fetched()) bodies.push(body);
  await compress(bodies);
  await measure(() => compress(bodies));
}
