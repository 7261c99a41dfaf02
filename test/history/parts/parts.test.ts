import { createHash, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";
import { describe, expect, it } from "vitest";
import { GzipPart } from "../../../lib/history/parts/gzip-part.ts";
import { PartWriter } from "../../../lib/history/parts/parts.ts";
import type { ExportStore } from "../../../lib/store/store.ts";

/** A store in memory that takes bytes as `take` lets it. */
const storeWith = (take: (chunk: Uint8Array) => Promise<void> | void = () => undefined) => {
  const objects = new Map<string, Buffer>();
  const aborted: string[] = [];
  const store: ExportStore = {
    stage: async (key, bytes) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) {
        await take(chunk);
        chunks.push(chunk);
      }
      const whole = Buffer.concat(chunks);
      objects.set(key, whole);
      return {
        size: whole.length,
        commit: async () => ({ key, etag: "e", size: whole.length }),
        abort: async () => {
          aborted.push(key);
        },
      };
    },
    head: async () => undefined,
    read: async () => undefined,
    list: async function* () {},
    remove: async () => undefined,
  };
  return { store, objects, aborted };
};
/** Writes lines, as many as there is room for at a time. */
const writerOn = (store: ExportStore, rowsPerPart = 1_000_000) => {
  const writer = new PartWriter<string>(
    (part) => new GzipPart(store, `part-${part}`, (line) => [line]),
    rowsPerPart,
    1,
  );
  return {
    write: async (lines: readonly string[]): Promise<void> => {
      for (let at = 0, room = 0; at < lines.length; at += room) {
        room = writer.room;
        await writer.write(lines.slice(at, at + room));
      }
    },
    finish: () => writer.finish(),
    abort: () => writer.abort(),
  };
};
/** Lines that hardly compress. */
const noise = (count: number, bytes = 1000): string[] =>
  Array.from({ length: count }, () => `${randomBytes(bytes).toString("base64")}\n`);

describe("parts", () => {
  it("hold every line in order, whatever its size and letters", async () => {
    const { store, objects } = storeWith();
    const lines = [
      ...noise(300),
      "é".repeat(400_000),
      "\n",
      "山".repeat(174_763),
      "🎧".repeat(90_000),
      "",
      "x".repeat(2_000_000),
      ...noise(700),
    ];
    const writer = writerOn(store);
    for (let at = 0; at < lines.length; at += 7) await writer.write(lines.slice(at, at + 7));
    const [part] = await writer.finish();
    const bytes = objects.get("part-1") ?? Buffer.alloc(0);
    expect(gunzipSync(bytes).toString("utf8") === lines.join("")).toBe(true);
    expect(part?.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    expect(part?.rows).toBe(lines.length);
  });

  it("are the same bytes, however the lines come", async () => {
    const lines = Array.from({ length: 6_000 }, (_, at) =>
      `${JSON.stringify({ id: at, name: "Łukasz" })}\n`.repeat(4),
    );
    const made = async (batch: number): Promise<string[]> => {
      const writer = writerOn(storeWith().store, 2_500);
      for (let at = 0; at < lines.length; at += batch) await writer.write(lines.slice(at, at + batch));
      return (await writer.finish()).map(({ sha256, rows }) => `${rows} ${sha256}`);
    };
    const [one, other, whole] = [await made(1), await made(999), await made(6_000)];
    expect(one).toHaveLength(3);
    expect([other, whole]).toEqual([one, one]);
  });

  it("of no lines are none", async () => {
    expect(await writerOn(storeWith().store).finish()).toEqual([]);
  });
});

describe("a store", () => {
  it("that takes nothing makes writing wait: memory holds a few blocks, no more", async () => {
    const hold = Promise.withResolvers<void>();
    const { store } = storeWith(() => hold.promise);
    const writer = writerOn(store);
    const writing = keepWriting(writer, 4_000);
    expect(await stillAt(writing.rows)).toBeLessThan(3_000);
    hold.resolve();
    await writing.done;
    expect((await writer.finish())[0]?.rows).toBe(4_000);
  });

  it("that fails while writing waits for it fails the writing, and giving up ends", async () => {
    const hold = Promise.withResolvers<void>();
    const { store } = storeWith(() => hold.promise);
    const writer = writerOn(store);
    const writing = keepWriting(writer, 10_000);
    await stillAt(writing.rows);
    hold.reject(new Error("the disk is full"));
    await expect(writing.done).rejects.toThrow("the disk is full");
    await writer.abort();
  });

  it("forgets the parts that were finished when the writing is given up", async () => {
    const { store, aborted } = storeWith();
    const writer = writerOn(store, 100);
    await writer.write(noise(250));
    await writer.abort();
    expect(aborted).toEqual(["part-1", "part-2"]);
  });
});

/** Writes that many lines, and tells how many went. */
const keepWriting = (
  writer: ReturnType<typeof writerOn>,
  lines: number,
): { rows: () => number; done: Promise<void> } => {
  let written = 0;
  const write = async (): Promise<void> => {
    for (; written < lines; written += 100) await writer.write(noise(100));
  };
  return { rows: () => written, done: write() };
};

/** The value once it stands still: a turn takes as long as compressing a block. */
const stillAt = async (value: () => number): Promise<number> => {
  const block = randomBytes(1024 * 1024);
  for (let last = Number.NaN, still = 0; still < 3; ) {
    await promisify(gzip)(block);
    still = value() === last ? still + 1 : 0;
    last = value();
  }
  return value();
};
