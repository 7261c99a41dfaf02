import { describe, expect, it } from "vitest";
import { createNumberRecords } from "../../../lib/callbacks/controller/number-record.ts";
import { createNames } from "../../../lib/callbacks/names.ts";
import { customer } from "../../support/milan.ts";
import { watchedState } from "../../support/watched-state.ts";

const none = { callbacks: [], misses: [], dials: [] };
const partition = "callbacks/number/milan";

const setUp = async () => {
  const watched = watchedState(90_500);
  const names = createNames(watched.state, () => "key");
  const key = { partition, id: await names.number("milan", customer) };
  watched.taken();
  return { ...watched, numbers: createNumberRecords(watched.state, watched.clock, names), key };
};

describe("what is known of a number", () => {
  it("is nothing at first", async () => {
    const { numbers } = await setUp();
    expect(await numbers.read("milan", customer)).toEqual(none);
  });
  it("is kept by PBX for twice as long as a closed callback", async () => {
    const { numbers, inner, key } = await setUp();
    const changed = await numbers.change("milan", customer, (number) => ({ ...number, hand: 7 }));
    expect(changed).toEqual({ ...none, hand: 7 });
    expect(await numbers.read("milan", customer)).toEqual(changed);
    expect(await numbers.read("rome", customer)).toEqual(none);
    expect(await inner.read(key)).toMatchObject({ value: changed, expiresAt: 90 + 60 * 86_400 });
  });
  it("is changed from what it was", async () => {
    const { numbers } = await setUp();
    const dialled = { key: "cb/1", at: 1 };
    await numbers.change("milan", customer, (number) => ({ ...number, hand: 7 }));
    await numbers.change("milan", customer, (number) => ({ ...number, dials: [dialled] }));
    expect(await numbers.read("milan", customer)).toEqual({ ...none, hand: 7, dials: [dialled] });
  });
  it("is not written if it stays the same", async () => {
    const { numbers, taken } = await setUp();
    expect(await numbers.change("milan", customer, (number) => ({ ...number }))).toEqual(none);
    expect(taken()).toEqual([`read ${partition}`]);
  });
});

describe("a change while other processes change the same number", () => {
  /** The first writes come too late. */
  const contended = async (lost: number) => {
    const made = await setUp();
    let writes = 0;
    made.before.write = async () => {
      if (++writes > lost) return;
      const held = await made.inner.read(made.key);
      const expected = held === undefined ? ({ absent: true } as const) : { version: held.version };
      await made.inner.write(made.key, { ...none, hand: writes }, expected);
    };
    const asked = made.numbers.change("milan", customer, (number) => ({ ...number, live: 1 }));
    return { ...made, asked, writes: () => writes };
  };
  it("is tried 20 times, each time from what the others wrote", async () => {
    const { asked, numbers } = await contended(19);
    expect(await asked).toEqual({ ...none, hand: 19, live: 1 });
    expect(await numbers.read("milan", customer)).toEqual({ ...none, hand: 19, live: 1 });
  });
  it("fails after that", async () => {
    const { asked, writes } = await contended(20);
    await expect(asked).rejects.toMatchObject({
      code: "STATE_UNAVAILABLE",
      message: "other processes changed a record during each attempt",
    });
    expect(writes()).toBe(20);
  });
});
