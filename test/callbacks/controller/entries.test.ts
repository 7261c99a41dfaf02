import { describe, expect, it } from "vitest";
import { dueEntries, entryKey, hintOf, recordKey } from "../../../lib/callbacks/controller/entries.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { waitingCallback } from "../../support/milan.ts";
import { watchedState } from "../../support/watched-state.ts";

const waiting = (change: Partial<CallbackRecord> = {}): CallbackRecord =>
  waitingCallback({ due: 120_000, misses: [{ start: 1000, end: 9000 }], ...change });

describe("the entry of a callback", () => {
  it("begins with the second in which it is due, in 11 digits, so that entries sort by time", () => {
    expect(entryKey(waiting()).id).toBe("00000000120~milan~201~c");
    expect(entryKey(waiting({ due: Date.UTC(2026, 10, 24) })).id).toBe("01795478400~milan~201~c");
  });
  it("has no target if the callback has none", () => {
    const { target: _target, ...observed } = waiting();
    expect(entryKey(observed).id).toBe("00000000120~milan~~c");
  });
  it("is in one of four partitions, by its PBX", () => {
    const of = (pbx: string, due = 0) => entryKey(waiting({ pbx, due })).partition;
    const pbxs = Array.from({ length: 40 }, (_, at) => `pbx-${at}`);
    expect(new Set(pbxs.map((pbx) => of(pbx)))).toEqual(
      new Set([0, 1, 2, 3].map((shard) => `callbacks/due/${shard}`)),
    );
    for (const pbx of pbxs) expect(of(pbx, 120_000)).toBe(of(pbx));
  });
  it("says when the first missed call began, and whether the callback rings", () => {
    expect(hintOf(waiting())).toStrictEqual({ first: 1000 });
    expect(hintOf(waiting({ state: "ringing", reason: "ringing" }))).toStrictEqual({
      first: 1000,
      ringing: true,
    });
  });
  it("is not in the partition of the records", () => {
    expect(recordKey("milan", "c")).toEqual({ partition: "callbacks/milan", id: "c" });
  });
});

describe("entries whose time has come", () => {
  it("are those up to the current second, of all PBXs", async () => {
    const { state } = watchedState();
    const records = [0, 119_000, 120_000, 121_000].flatMap((due) =>
      ["milan", "rome", "turin", "genoa"].map((pbx) => waiting({ pbx, due })),
    );
    for (const record of records) await state.write(entryKey(record), hintOf(record), { absent: true });
    const found = await dueEntries(state, 120_999);
    const expected = records.filter(({ due }) => due <= 120_000).map((record) => entryKey(record).id);
    expect(found.map(({ key }) => key.id).toSorted()).toEqual(expected.toSorted());
  });
  it("name the PBX, the target and the callback", async () => {
    const { state } = watchedState();
    const record = waiting();
    await state.write(entryKey(record), hintOf(record), { absent: true });
    expect(await dueEntries(state, 120_000)).toMatchObject([
      { key: entryKey(record), pbx: "milan", target: "201", id: "c", item: { value: { first: 1000 } } },
    ]);
  });
});
