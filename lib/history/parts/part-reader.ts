import { createGunzip, zstdDecompressSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { drained } from "./streams.ts";

/** Takes the bytes of a part as they come, and says in the end how many rows they hold; -1 where they are damaged. */
export interface RowCounter {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<number>;
}

/** Counts what `count` finds in the unpacked bytes. */
const gunzipCounter = (count: (stream: AsyncIterable<Uint8Array>) => Promise<number>): RowCounter => {
  const gunzip = createGunzip();
  const counted = count(gunzip).catch(() => -1);
  return {
    write: async (chunk) => {
      if (!gunzip.destroyed && !gunzip.write(chunk)) await drained(gunzip);
    },
    end: () => {
      gunzip.end();
      return counted;
    },
  };
};

export const lineCounter = (): RowCounter => gunzipCounter(countLines);

/** Counts the rows of CSV that is not compressed. */
export const plainCsvCounter = (): RowCounter => {
  const records = recordCounter();
  return {
    write: async (chunk) => records.add(chunk),
    end: async () => records.count(),
  };
};

export const csvCounter = (): RowCounter =>
  gunzipCounter(async (stream) => {
    const records = recordCounter();
    for await (const chunk of stream) records.add(chunk);
    return records.count();
  });

const [quote, newline] = [34, 10];

/** A last line without its end is a row for every reader. */
const countLines = async (stream: AsyncIterable<Uint8Array>): Promise<number> => {
  let lines = 0;
  let last: number | undefined;
  for await (const chunk of stream) {
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) lines++;
    last = chunk.at(-1) ?? last;
  }
  return last === undefined || last === newline ? lines : lines + 1;
};

/** Counts records of CSV, without the heading; a line may end inside of a quoted cell. */
const recordCounter = () => {
  let records = -1;
  let quoted = false;
  let isEnded = true;
  return {
    add: (chunk: Uint8Array): void => {
      for (const byte of chunk) {
        if (byte === quote) quoted = !quoted;
        isEnded = byte === newline && !quoted;
        if (isEnded) records++;
      }
    },
    count: (): number => (isEnded ? records : records + 1),
  };
};

export const parquetCounter = (): RowCounter => {
  const chunks: Uint8Array[] = [];
  return {
    write: async (chunk) => {
      chunks.push(chunk);
    },
    end: async () => {
      try {
        return Number(parquetMetadata(joined(chunks)).num_rows);
      } catch {
        return -1;
      }
    },
  };
};

/** A row of a part, and all that it says as text: the same row of the same format has the same text. */
export interface ReadRow {
  readonly row: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The rows of a part of JSON lines, in order. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncIterable<ReadRow> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of gunzipped(bytes)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield { row: JSON.parse(text), text };
  }
  if (rest !== "") yield { row: JSON.parse(rest), text: rest };
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip();
  const fed = (async () => {
    for await (const chunk of bytes) if (!gunzip.write(chunk)) await drained(gunzip);
    gunzip.end();
  })();
  fed.catch((error: unknown) => gunzip.destroy(error instanceof Error ? error : undefined));
  for await (const chunk of gunzip as AsyncIterable<Uint8Array>) yield chunk;
  await fed;
}

/** The rows of a Parquet part, in order; the compressed file is in memory, and a row group of rows. */
export async function* readParquet(bytes: AsyncIterable<Uint8Array>): AsyncIterable<ReadRow> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  const file = joined(chunks);
  const metadata = parquetMetadata(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    });
    for (const row of rows) yield { row, text: JSON.stringify(row) };
    rowStart = rowEnd;
  }
}

const joined = (chunks: readonly Uint8Array[]): ArrayBuffer => new Uint8Array(Buffer.concat(chunks)).buffer;
