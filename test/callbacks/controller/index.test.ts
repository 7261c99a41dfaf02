import { describe, expect, it } from "vitest";
import { type DueEntry, dueEntry, entryKey, recordKey } from "../../../lib/callbacks/controller/entries.ts";
import { createIndex } from "../../../lib/callbacks/controller/index.ts";
import type { CallbackRecord } from "../../../lib/callbacks/record.ts";
import { waitingCallback } from "../../support/milan.ts";
import { watchedState } from "../../support/watched-state.ts";

const days = 86_400;
const waiting = (change: Partial<CallbackRecord> = {}): CallbackRecord =>
  waitingCallback({ due: 120_000, misses: [{ start: 1000, end: 9000 }], ...change });
const closed = waiting({ state: "closed", reason: "cancelled", due: 60_000 });
const entries = entryKey(waiting()).partition;
const [readEntry, writeEntry, dropEntry] = [`read ${entries}`, `write ${entries}`, `remove ${entries}`];
const [readRecord, writeRecord] = ["read callbacks/milan", "write callbacks/milan"];

const setUp = async (record?: CallbackRecord) => {
  const watched = watchedState();
  const index = createIndex(watched.state);
  const held = record && (await index.put(undefined, record, 0));
  watched.taken();
  /** The entries of the callback, in order of time. */
  const listed = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of watched.inner.list(entries)) ids.push(id);
    return ids;
  };
  const entryOf = async (of: CallbackRecord): Promise<DueEntry> => {
    const item = await watched.inner.read<DueEntry["item"]["value"]>(entryKey(of));
    if (item === undefined) throw new Error("the entry is not there");
    return dueEntry(entryKey(of).partition, item);
  };
  return { ...watched, index, held, listed, entryOf };
};
const idOf = (record: CallbackRecord): string => entryKey(record).id;

describe("writing a callback", () => {
  it("writes the entry first, then the record", async () => {
    const { index, taken, listed, inner } = await setUp();
    expect(await index.put(undefined, waiting(), 0)).toMatchObject({
      value: waiting(),
      expiresAt: undefined,
    });
    expect(taken()).toEqual([writeEntry, writeRecord]);
    expect(await listed()).toEqual([idOf(waiting())]);
    expect((await inner.read(entryKey(waiting())))?.value).toEqual({ first: 1000 });
  });
  it("drops the old entry last if the callback is due at another time", async () => {
    const { index, held, taken, listed } = await setUp(waiting());
    const later = waiting({ due: 180_000 });
    expect((await index.put(held, later, 0))?.value).toEqual(later);
    expect(taken()).toEqual([writeEntry, writeRecord, readEntry, dropEntry]);
    expect(await listed()).toEqual([idOf(later)]);
  });
  it("keeps the entry if the callback is due at the same time", async () => {
    const { index, held, taken, listed, inner } = await setUp(waiting());
    const ringing = waiting({ state: "ringing", reason: "ringing" });
    const before = await inner.read(entryKey(waiting()));
    await index.put(held, ringing, 0);
    expect(taken()).toEqual([writeEntry, readEntry, writeEntry, writeRecord]);
    expect(await listed()).toEqual([idOf(waiting())]);
    const after = await inner.read(entryKey(waiting()));
    expect(after?.value).toEqual({ first: 1000, ringing: true });
    expect(after?.version).not.toBe(before?.version);
  });
  it("leaves no entry of a closed one, which is kept for 30 days", async () => {
    const { index, held, taken, listed } = await setUp(waiting());
    expect((await index.put(held, closed, 60_999))?.expiresAt).toBe(60 + 30 * days);
    expect(taken()).toEqual([writeRecord, readEntry, dropEntry]);
    expect(await listed()).toEqual([]);
  });
  it("drops the entry of one that closes at the time at which it is due", async () => {
    const { index, held, listed } = await setUp(waiting());
    await index.put(held, { ...closed, due: 120_000 }, 120_000);
    expect(await listed()).toEqual([]);
  });
  it("looks for no entry of a closed one that is opened again", async () => {
    const { index, held, taken, listed } = await setUp(waiting());
    const ended = await index.put(held, closed, 60_000);
    taken();
    expect((await index.put(ended, waiting({ round: 2 }), 90_000))?.expiresAt).toBeUndefined();
    expect(taken()).toEqual([writeEntry, writeRecord]);
    expect(await listed()).toEqual([idOf(waiting())]);
  });
  it("leaves the entries of the process that wrote first", async () => {
    const { index, held, listed } = await setUp(waiting());
    await index.put(held, waiting({ attempts: 1 }), 0);
    expect(await index.put(held, waiting({ due: 180_000 }), 0)).toBeUndefined();
    expect(await listed()).toEqual([idOf(waiting()), idOf(waiting({ due: 180_000 }))]);
    expect(await index.put(undefined, waiting(), 0)).toBeUndefined();
  });
});

describe("the entry of a callback", () => {
  it("is written again if it is there, so that no process drops it as stale", async () => {
    const { index, inner, taken, entryOf } = await setUp(waiting());
    const stale = await entryOf(waiting());
    await index.ensure(waiting());
    expect(taken()).toEqual([writeEntry, readEntry, writeEntry]);
    expect(await inner.remove(stale.key, { version: stale.item.version })).toBe(false);
  });
  it("is written even if another process drops it at the same moment", async () => {
    const { index, inner, before, state, listed, entryOf } = await setUp(waiting());
    const entry = await entryOf(waiting());
    const gone = () => inner.remove(entry.key, { version: entry.item.version });
    const { read } = state;
    state.read = async (key) => {
      await gone();
      return read(key);
    };
    await createIndex(state).ensure(waiting());
    expect(await listed()).toEqual([idOf(waiting())]);
    expect(before).toEqual({});
    await index.drop(entry.key);
    expect(await listed()).toEqual([]);
  });
  it("is written even if another process writes it at the same moment", async () => {
    const { index, inner, before, entryOf, taken } = await setUp(waiting());
    let writes = 0;
    before.write = async () => {
      const { key, item } = await entryOf(waiting());
      // after the read of the entry, before its write
      if (++writes === 2) await inner.write(key, { first: 0 }, { version: item.version });
    };
    await index.ensure(waiting());
    expect(taken()).toEqual([writeEntry, readEntry, writeEntry, writeEntry, readEntry, writeEntry]);
    expect((await entryOf(waiting())).item.value).toEqual({ first: 1000 });
  });
  it("is dropped if it is there", async () => {
    const { index, taken, listed } = await setUp(waiting());
    await index.drop(entryKey(waiting({ due: 180_000 })));
    expect(taken()).toEqual([readEntry]);
    await index.drop(entryKey(waiting()));
    expect(await listed()).toEqual([]);
  });
  it.each([
    ["its own", waiting(), waiting(), true],
    ["of another time", waiting({ due: 180_000 }), waiting(), false],
    ["of another target", waiting({ target: "202" }), waiting(), false],
    ["of a closed callback", { ...closed, due: 120_000 }, waiting(), false],
  ])("is %s", async (_name, record, of, isOwn) => {
    const { index } = await setUp();
    expect(index.isOwn(entryKey(of), record)).toBe(isOwn);
  });
});

describe("a stale entry", () => {
  /** A callback that is due at 3:00, with an entry of 2:00 too. */
  const withStale = async (record = waiting({ due: 180_000 })) => {
    const made = await setUp(record);
    await made.index.ensure(waiting());
    const entry = await made.entryOf(waiting());
    if (made.held === undefined) throw new Error("the callback is not there");
    made.taken();
    return { ...made, held: made.held, entry, record };
  };
  it("is dropped when the record is written again and its own entry is there", async () => {
    const { index, held, entry, taken, listed, inner, record } = await withStale();
    await inner.remove(entryKey(record), { version: (await inner.read(entryKey(record)))?.version ?? "" });
    await index.dropStale(entry, held);
    expect(taken()).toEqual([writeRecord, writeEntry, dropEntry]);
    expect(await listed()).toEqual([idOf(record)]);
    const again = await index.read("milan", "c");
    expect(again?.value).toEqual(record);
    expect(again?.version).not.toBe(held.version);
  });
  it("of a closed callback is dropped, and the callback expires when it did", async () => {
    const { index, held, entry, listed } = await withStale(closed);
    await index.dropStale(entry, held);
    expect(await listed()).toEqual([]);
    const again = await index.read("milan", "c");
    expect([again?.value, again?.expiresAt]).toEqual([closed, 30 * days]);
  });
  it("stays if another process wrote the record", async () => {
    const { index, held, entry, taken, listed, inner, record } = await withStale();
    await inner.write(recordKey("milan", "c"), record, { version: held.version });
    await index.dropStale(entry, held);
    expect(taken()).toEqual([writeRecord]);
    expect(await listed()).toEqual([idOf(waiting()), idOf(record)]);
  });
  it("stays if another process wrote the entry", async () => {
    const { index, held, entry, listed, record } = await withStale();
    await index.ensure(waiting());
    await index.dropStale(entry, held);
    expect(await listed()).toEqual([idOf(waiting()), idOf(record)]);
  });
});

it("entries whose time has come are found by the index", async () => {
  const { index } = await setUp(waiting());
  expect(await index.due(119_999)).toEqual([]);
  expect(await index.due(120_000)).toMatchObject([{ pbx: "milan", target: "201", id: "c" }]);
});

it("a callback is read by its PBX and id", async () => {
  const { index, taken } = await setUp(waiting());
  expect((await index.read("milan", "c"))?.value).toEqual(waiting());
  expect(await index.read("rome", "c")).toBeUndefined();
  expect(await index.read("milan", "d")).toBeUndefined();
  expect(taken()).toEqual([readRecord, "read callbacks/rome", readRecord]);
});
