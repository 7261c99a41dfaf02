import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { keyring, keyringDefaults } from "../../lib/callers/keyring.ts";
import { addKey, type CallerKeys, editKeys, revokeKey } from "../../lib/callers/keys.ts";
import { memoryKeys } from "../../lib/local/caller-keys.ts";
import { fakeClock } from "../support/scripted.ts";

const { ttlMs, extraMs } = keyringDefaults;
const wanted = { label: "x", scopes: [], pbxs: "all", extensions: "all", signs: false } as const;

const setUp = async () => {
  const clock = fakeClock();
  const store = memoryKeys();
  const seen = { reads: 0, away: false };
  const port: CallerKeys = {
    source: store.source,
    write: store.write,
    read: async () => {
      seen.reads++;
      if (seen.away) throw new Error("away");
      return store.read();
    },
  };
  const add = () => editKeys(store, 0, (keys) => addKey(keys, wanted, 0, randomBytes));
  return { clock, store, seen, add, ring: keyring(port, clock), id: (await add()).id };
};

describe("the keys of a warm function", () => {
  it("are read once for many requests at once, and again when their time is over", async () => {
    const { ring, seen, clock, id } = await setUp();
    await Promise.all(Array.from({ length: 50 }, () => ring.find(id)));
    await clock.sleep(ttlMs - 1);
    await ring.find(id);
    expect(seen.reads).toBe(1);
    await clock.sleep(1);
    await ring.find(id);
    expect(seen.reads).toBe(2);
  });
  it("are read ahead, so that the first request does not wait", async () => {
    const { ring, seen, id } = await setUp();
    await ring.readAhead();
    expect(await ring.find(id)).toBeDefined();
    expect(seen.reads).toBe(1);
  });
  it("notice a revoked key within their time", async () => {
    const { ring, store, clock, id } = await setUp();
    await ring.find(id);
    await editKeys(store, 0, (keys) => revokeKey(keys, id, 0));
    await clock.sleep(ttlMs - 1);
    expect((await ring.find(id))?.revoked).toBeUndefined();
    await clock.sleep(1);
    expect((await ring.find(id))?.revoked).toBeDefined();
  });
  it("know a new key at once: an unknown id causes an extra reading", async () => {
    const { ring, add, clock, seen, id } = await setUp();
    await ring.find(id);
    const { id: later } = await add();
    expect(await ring.find(later)).toBeDefined();
    expect(seen.reads).toBe(2);
    const { id: last } = await add();
    expect(await ring.find(last)).toBeUndefined();
    await clock.sleep(extraMs);
    expect(await ring.find(last)).toBeDefined();
  });
  it("are read once a second at most for invented ids and wrong secrets", async () => {
    const { ring, clock, seen, id } = await setUp();
    for (let step = 0; step < 600; step++) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => ring.find(`made-up-${step}-${n}`)));
      await ring.findAgain(id);
      await clock.sleep(100);
    }
    expect(seen.reads).toBeLessThanOrEqual(60_000 / extraMs + 60_000 / ttlMs + 1);
  });
  it("are not believed beyond their time while the store is away, and come back with it", async () => {
    const { ring, clock, seen, id } = await setUp();
    await ring.find(id);
    seen.away = true;
    await clock.sleep(ttlMs - 1);
    expect(await ring.find(id)).toBeDefined();
    await clock.sleep(1);
    await expect(ring.find(id)).rejects.toThrow("away");
    seen.away = false;
    expect(await ring.find(id)).toBeDefined();
  });
  it("do not have what every object has", async () => {
    const { ring } = await setUp();
    expect(await ring.find("constructor")).toBeUndefined();
    expect(await ring.find("__proto__")).toBeUndefined();
  });
});
