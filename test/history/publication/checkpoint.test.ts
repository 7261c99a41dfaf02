import { describe, expect, it } from "vitest";
import { parseCheckpoint, type StoredCheckpoint } from "../../../lib/history/publication/checkpoint.ts";

const checkpoint: StoredCheckpoint = {
  draft: 2,
  run: "r",
  until: 0,
  parts: [{ key: "k", etag: "e", sha256: "s", size: 1, rows: 2 }],
  progress: {
    cursor: {
      plan: { paging: "offset", largestPiece: 7 },
      restarts: ["a leg has no numeric id"],
      total: null,
      pieces: 1,
      before: 2,
      after: null,
      piece: { from: 1, to: 2, total: 3 },
      distinct: 2,
      last: { id: "2", start: "2026-11-23 12:00:00", pbxid: "p" },
      ties: ["p|2|2026-11-23 12:00:00"],
      rows: 2,
      duplicates: 0,
      outside: 0,
      requests: 9,
    },
    findings: { unknown: { mos: 2 }, missing: {}, retyped: {}, replaced: {}, offsetMismatches: 1 },
    extremes: { first_id: "1", last_id: "2", min_start: null, max_start: null },
    context: { from: 1, to: 2 },
    names: { queues: { schema_version: 1, read_at: "t", rows: 0, parts: [] } },
    grouping: { etag: "g", sha256: "s" },
  },
};

describe("a checkpoint", () => {
  it("is read as it was written, whether or not the day can be gone on with", () => {
    for (const written of [checkpoint, { ...checkpoint, progress: null }])
      expect(parseCheckpoint(JSON.stringify(written))).toEqual(written);
    const byId = JSON.stringify(checkpoint).replace('"offset"', '"id"');
    expect(parseCheckpoint(byId)).toEqual(JSON.parse(byId));
  });
  it.each([
    ["no JSON", "{"],
    ["a manifest", '{"version":1}'],
    ["another version", JSON.stringify({ ...checkpoint, draft: 1 })],
    ["one with more to it", JSON.stringify({ ...checkpoint, more: 1 })],
    ["one that is read in a way that nobody knows", JSON.stringify(checkpoint).replace('"offset"', '"date"')],
  ])("is not %s", (_name, text) => expect(parseCheckpoint(text)).toBeUndefined());
});
