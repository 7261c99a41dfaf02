import { expect, it } from "vitest";
import type { StateItem, StateStore } from "../../lib/state.ts";
import { fakeClock } from "../support/scripted.ts";

/** The time of the stores under test. */
export const clock = fakeClock();
/** Whole seconds from now. */
const inSeconds = (seconds: number): number => Math.floor(clock.now() / 1000) + seconds;

let partitions = 0;
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

/** What every state store keeps to; `make` gives two stores on the same state, as two Lambdas or processes have. */
export const stateContract = (make: () => [StateStore, StateStore]): void => {
  const setUp = () => {
    const [state, other] = make();
    const partition = `test/${++partitions}`;
    return { state, other, partition, key: { partition, id: "a" } };
  };
  const written = async <T>(write: Promise<StateItem<T> | undefined>): Promise<StateItem<T>> => {
    const item = await write;
    if (item === undefined) throw new Error("nothing was written");
    return item;
  };

  it("keeps plain JSON as it is, and gives a copy", async () => {
    const { state, other, key } = setUp();
    const value = { text: "Zoë 😀", empty: "", none: null, list: [1, [], {}], number: 1e21, yes: true };
    const item = await written(state.write(key, value, { absent: true }));
    expect(item).toMatchObject({ id: "a", value, expiresAt: undefined });
    value.list.push(2);
    expect(await other.read(key)).toEqual(item);
    expect(item.value.list).toHaveLength(3);
  });
  it("says that nothing is there", async () => {
    const { state, key } = setUp();
    expect(await state.read(key)).toBeUndefined();
    expect(await state.write(key, 1, { version: "x" })).toBeUndefined();
    expect(await state.remove(key, { version: "x" })).toBe(false);
    expect(await all(state.list(key.partition))).toEqual([]);
  });
  it("writes only on what is expected", async () => {
    const { state, other, key } = setUp();
    const first = await written(state.write(key, "first", { absent: true }));
    expect(await other.write(key, "x", { absent: true })).toBeUndefined();
    expect(await other.write(key, "x", { version: "other" })).toBeUndefined();
    const second = await written(other.write(key, "second", { version: first.version }));
    expect(second.version).not.toBe(first.version);
    expect(await state.write(key, "x", { version: first.version })).toBeUndefined();
    expect(await state.remove(key, { version: first.version })).toBe(false);
    expect((await state.read(key))?.value).toBe("second");
    expect(await state.remove(key, { version: second.version })).toBe(true);
    expect(await other.read(key)).toBeUndefined();
  });
  it("a version never comes back", async () => {
    const { state, key } = setUp();
    const first = await written(state.write(key, 1, { absent: true }));
    await state.remove(key, { version: first.version });
    const again = await written(state.write(key, 1, { absent: true }));
    expect(again.version).not.toBe(first.version);
    expect(await state.write(key, 2, { version: first.version })).toBeUndefined();
  });
  it.each(["absent", "version"])("of many that race (expecting %s) exactly one wins", async (expected) => {
    const { state, other, key } = setUp();
    const expect_ =
      expected === "absent"
        ? ({ absent: true } as const)
        : { version: (await written(state.write(key, -1, { absent: true }))).version };
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? state : other).write(key, n, expect_)),
    );
    const winners = results.filter((item) => item !== undefined);
    expect(winners).toHaveLength(1);
    expect(await state.read(key)).toEqual(winners[0]);
  });

  it("an expired record is absent, although it is still stored", async () => {
    const { state, other, key } = setUp();
    const item = await written(state.write(key, 1, { absent: true }, inSeconds(10)));
    expect(item.expiresAt).toBe(inSeconds(10));
    clock.at += 9_000;
    expect(await other.read(key)).toEqual(item);
    expect(await other.write(key, 2, { absent: true })).toBeUndefined();
    clock.at += 1_000;
    expect(await other.read(key)).toBeUndefined();
    expect(await all(state.list(key.partition))).toEqual([]);
    expect(await state.write(key, 2, { version: item.version })).toBeUndefined();
    expect(await state.remove(key, { version: item.version })).toBe(false);
    const anew = await written(other.write(key, 3, { absent: true }));
    expect(await state.read(key)).toEqual(anew);
    clock.at += 3_600_000;
    expect(await state.read(key)).toEqual(anew);
  });
  it("a write sets and ends the expiry", async () => {
    const { state, key } = setUp();
    const first = await written(state.write(key, 1, { absent: true }, inSeconds(10)));
    const second = await written(state.write(key, 2, { version: first.version }));
    clock.at += 20_000;
    expect(await state.read(key)).toEqual(second);
    await state.write(key, 3, { version: second.version }, inSeconds(5));
    clock.at += 5_000;
    expect(await state.read(key)).toBeUndefined();
  });

  it("counts up to the limit and no further", async () => {
    const { state, other, key } = setUp();
    const count = (by: number) => other.count(key, { by, limit: 5, expiresAt: inSeconds(60) });
    expect(await state.count(key, { by: 6, limit: 5, expiresAt: inSeconds(60) })).toBeUndefined();
    expect(await other.counted(key)).toBe(0);
    expect([await count(2), await count(3), await count(1), await count(0)]).toEqual([2, 5, undefined, 5]);
    expect([await other.counted(key), await state.counted(key)]).toEqual([5, 5]);
    expect(await state.count(key, { by: 100, expiresAt: inSeconds(60) })).toBe(105);
  });
  it("50 that count at once never exceed it, and never stay below", async () => {
    const { state, other, key } = setUp();
    const counts = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        (n % 2 === 0 ? state : other).count(key, { by: 1, limit: 20, expiresAt: inSeconds(60) }),
      ),
    );
    const counted = counts.filter((count) => count !== undefined);
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });
  it("a counter begins anew when its time is over, and its first count sets that time", async () => {
    const { state, other, key } = setUp();
    const count = (): Promise<number | undefined> =>
      state.count(key, { by: 1, limit: 2, expiresAt: inSeconds(10) });
    expect([await count(), await count(), await count()]).toEqual([1, 2, undefined]);
    clock.at += 9_000;
    expect(await count()).toBeUndefined();
    clock.at += 1_000;
    expect(await state.counted(key)).toBe(0);
    const anew = await Promise.all([count(), other.count(key, { by: 1, expiresAt: inSeconds(10) }), count()]);
    expect(anew.filter((n) => n !== undefined).length).toBeGreaterThanOrEqual(2);
    expect(await count()).toBeUndefined();
  });
  it("a counter is no record, and no record is a counter", async () => {
    const { state, key } = setUp();
    await state.count(key, { by: 3, expiresAt: inSeconds(60) });
    expect(await state.read(key)).toBeUndefined();
    expect(await all(state.list(key.partition))).toEqual([]);
    expect(await state.write(key, "record", { absent: true })).toBeDefined();
    expect(await state.count(key, { by: 1, expiresAt: inSeconds(60) })).toBe(4);
    expect((await state.read(key))?.value).toBe("record");
  });

  it("lists a partition by id, in bytes, from where one says, over pages", async () => {
    const { state, partition } = setUp();
    const ids = ["é", "b", "a", "a1", "10", "9", "Z", "z", "\u{1F600}", "\uFFFD"];
    // a page of DynamoDB holds 1 MB
    const value = "x".repeat(150_000);
    for (const id of ids) await state.write({ partition, id }, value, { absent: true });
    await state.write({ partition: `${partition}x`, id: "other" }, 1, { absent: true });
    const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect((await all(state.list(partition))).map(({ id }) => id)).toEqual(sorted);
    expect((await all(state.list(partition, "a"))).map(({ id }) => id)).toEqual(
      sorted.slice(sorted.indexOf("a") + 1),
    );
    expect(await all(state.list(partition, "\u{1F601}"))).toEqual([]);
    const [first] = await all(state.list(partition));
    expect(first).toEqual(await state.read({ partition, id: "10" }));
  });
  it("lists what lies between two ids, both left out", async () => {
    const { state, partition } = setUp();
    const ids = ["00000000010", "00000000010~a", "00000000011", "00000000011~a", "00000000012", "é"];
    for (const id of ids) await state.write({ partition, id }, id, { absent: true });
    const between = async (after?: string, before?: string): Promise<string[]> =>
      (await all(state.list<string>(partition, after, before))).map(({ id }) => id);
    expect(await between(undefined, "00000000011")).toEqual(["00000000010", "00000000010~a"]);
    expect(await between("00000000010", "00000000012")).toEqual(ids.slice(1, 4));
    expect(await between("00000000010~a", undefined)).toEqual(ids.slice(2));
    expect(await between("00000000011~a", "é")).toEqual(["00000000012"]);
    expect(await between("00000000012", "00000000012")).toEqual([]);
    expect(await between("00000000012", "00000000010")).toEqual([]);
    expect(await between("0", "00000000010")).toEqual([]);
  });
  it("lists pages of what lies before an id", async () => {
    const { state, partition } = setUp();
    const ids = Array.from({ length: 450 }, (_, n) => String(n).padStart(3, "0"));
    await Promise.all(ids.map((id) => state.write({ partition, id }, id, { absent: true })));
    const seen = await all(state.list<string>(partition, "009", "431"));
    expect(seen.map(({ id }) => id)).toEqual(ids.slice(10, 431));
  });
  it("lists hundreds, and stands what is written meanwhile", async () => {
    const { state, other, partition } = setUp();
    const ids = Array.from({ length: 450 }, (_, n) => String(n).padStart(3, "0"));
    await Promise.all(ids.map((id) => state.write({ partition, id }, id, { absent: true })));
    const seen: string[] = [];
    for await (const { id, version } of state.list(partition)) {
      seen.push(id);
      if (id === "100") await other.remove({ partition, id }, { version });
    }
    expect(seen).toEqual(ids);
    expect(await all(state.list(partition))).toHaveLength(449);
  });
};
