import { expect, it } from "vitest";
import type { CallerKeys } from "../../lib/callers/keys.ts";

/** What every store of callers' keys keeps to; `make` gives two users of one store. */
export const callerKeysContract = (make: () => Promise<readonly [CallerKeys, CallerKeys]>): void => {
  it("begin as none, and are made once", async () => {
    const [one, other] = await make();
    expect(await one.read()).toBeUndefined();
    expect(await one.write("a", undefined)).toBe(true);
    expect(await other.write("b", undefined)).toBe(false);
    expect((await other.read())?.text).toBe("a");
  });
  it("are changed only by whoever read them as they stand", async () => {
    const [one, other] = await make();
    await one.write("a", undefined);
    const [seen, alsoSeen] = [await one.read(), await other.read()];
    expect(await one.write("b", seen?.version)).toBe(true);
    expect(await other.write("c", alsoSeen?.version)).toBe(false);
    expect((await one.read())?.text).toBe("b");
    expect(await other.write("c", (await other.read())?.version)).toBe(true);
    expect((await one.read())?.text).toBe("c");
  });
  it("have another version after each change, and the same without one", async () => {
    const [one] = await make();
    const versions: unknown[] = [];
    for (const text of ["a", "b", "c"]) {
      await one.write(text, (await one.read())?.version);
      const [first, second] = [await one.read(), await one.read()];
      expect(first?.version).toBe(second?.version);
      versions.push(first?.version);
    }
    expect(new Set(versions).size).toBe(3);
  });
  it("lose no change of 20 at once: one succeeds, and 19 are told", async () => {
    const [one, other] = await make();
    await one.write("start", undefined);
    const version = (await one.read())?.version;
    const done = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).write(`text ${n}`, version)),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
    expect((await one.read())?.text).toBe(`text ${done.indexOf(true)}`);
  });
  it("an old version is not good again, whatever stands", async () => {
    const [one] = await make();
    await one.write("a", undefined);
    const first = (await one.read())?.version;
    await one.write("b", first);
    expect(await one.write("c", first)).toBe(false);
    expect(await one.write("c", "unheard-of")).toBe(false);
    expect(await one.write("c", undefined)).toBe(false);
  });
};
