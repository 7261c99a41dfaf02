import { describe, expect, it } from "vitest";
import { recent } from "../lib/cache.ts";
import { fakeClock } from "./support/scripted.ts";

describe("answers that may be a little old", () => {
  const setUp = () => {
    const clock = fakeClock();
    let asked = 0;
    const answers = recent<number>(clock, 1_000);
    const ask = (key = "k", act = async () => ++asked) => answers(key, act);
    return { clock, ask, asked: () => asked };
  };
  it("are asked for once by several at the same time, and kept for their age", async () => {
    const { clock, ask } = setUp();
    const at = clock.at;
    expect(await Promise.all([ask(), ask()])).toEqual([
      { value: 1, at },
      { value: 1, at },
    ]);
    clock.at += 999;
    expect(await ask()).toEqual({ value: 1, at });
    clock.at += 1;
    expect(await ask()).toEqual({ value: 2, at: at + 1_000 });
  });
  it("differ by key", async () => {
    const { ask } = setUp();
    expect([(await ask("a")).value, (await ask("b")).value, (await ask("a")).value]).toEqual([1, 2, 1]);
  });
  it("are not kept if they fail", async () => {
    const { ask } = setUp();
    await expect(ask("k", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
    expect((await ask()).value).toBe(1);
  });
  it("are 1,000 at most", async () => {
    const { ask, asked } = setUp();
    for (let n = 0; n <= 1_000; n++) await ask(String(n));
    await ask("1000");
    expect(asked()).toBe(1_001);
    await ask("0");
    expect(asked()).toBe(1_002);
  });
});
