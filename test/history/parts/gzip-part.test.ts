import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { GzipPart } from "../../../lib/history/parts/gzip-part.ts";
import { noise, storeOf } from "../../support/staged-store.ts";
import { exportRows } from "../../support/standing-day.ts";

describe("a compressed part", () => {
  const written = async (lines: readonly string[], head?: string) => {
    const { store, sizes } = storeOf(() => undefined);
    const part = new GzipPart<string>(store, "part", (line) => [line.slice(0, 3), line.slice(3)], head);
    for (const line of lines) await part.write([line]);
    const { staged } = await part.finish();
    await staged.commit({ absent: true });
    const bytes = Buffer.concat(await Array.fromAsync((await store.read("part")) ?? []));
    return { bytes, sizes };
  };
  it("is gzip at level 5, and names no operating system", async () => {
    const text = exportRows(200)
      .map(({ record }) => `${JSON.stringify(record)}\n`)
      .join("");
    const gzip = gzipSync(text, { level: 5 });
    gzip[9] = 255;
    expect((await written([text])).bytes.equals(gzip)).toBe(true);
  });
  it("begins with its head", async () => {
    const { bytes } = await written(["one\n"], "ä,b\n");
    expect(gunzipSync(bytes).toString()).toBe("ä,b\none\n");
    expect(gunzipSync((await written([], "ä\n")).bytes).toString()).toBe("ä\n");
    expect(gunzipSync((await written([])).bytes)).toHaveLength(0);
  });
  it("comes in few chunks of half a MiB and more, because each costs the store a write", async () => {
    const { bytes, sizes } = await written(Array.from({ length: 60 }, (_, at) => `${noise(50_000)}${at}\n`));
    const [last = 0, ...others] = sizes.toReversed();
    expect(Math.min(...others)).toBeGreaterThanOrEqual(512 * 1024);
    expect(Math.max(...sizes)).toBeLessThan(600 * 1024);
    expect(last).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes.length);
  });
  it.each([[0], [1], [2], [3]])("holds lines that just fit into a block, or miss by %i", async (miss) => {
    const block = 512 * 1024;
    const first = 32 * 1024;
    const lines = [
      "a".repeat(Math.floor(first / 3) + miss - 1),
      "é".repeat(Math.floor((block - 7) / 3) + miss),
      "b".repeat(7),
      "c".repeat(Math.floor(block / 3) + miss - 1),
      "山".repeat(Math.floor(block / 3) + miss),
      "d",
    ];
    const { bytes } = await written(lines);
    expect(gunzipSync(bytes).toString() === lines.join("")).toBe(true);
  });
});
