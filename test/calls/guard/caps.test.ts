import { describe, expect, it } from "vitest";
import { callDefaults } from "../../../lib/pbxs/call-settings.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import { callsWith, crm, openSettings } from "../../support/calls.ts";
import { ok } from "../../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
const many = (count: number) => Array.from({ length: count }, () => ok());
/** Places calls until one is refused; gives how many there were, and why no more. */
const placeUntil = async (
  { place, placed }: ReturnType<typeof callsWith>,
  bodyOf: (n: number) => object = () => call,
  change: Parameters<typeof place>[1] = {},
): Promise<[number, unknown]> => {
  for (let n = 0; ; n++) {
    try {
      await placed(bodyOf(n), { ...change, key: `k${n}` });
    } catch (error) {
      return [n, error];
    }
  }
};
const capped = (words: string, retryAfter: number) => ({
  code: "CALL_CAPPED",
  sent: "no",
  doc: { status: 429 },
  message: `the cap of ${words} is reached`,
  retryAfter,
});

describe("caps", () => {
  const roomy = { per_minute: 9, per_caller: 9, per_destination: 9, per_day: 9 };
  it.each<[string, PbxSettings["caps"], object, object]>([
    ["a minute by one caller", { ...roomy, per_minute: 3 }, {}, capped("3 calls a minute by one caller", 60)],
    ["a day by one caller", { ...roomy, per_caller: 3 }, {}, capped("3 calls a day by one caller", 3600)],
    [
      "a day to one number",
      { ...roomy, per_destination: 3 },
      {},
      capped("3 calls a day to one number", 3600),
    ],
    ["a day through the PBX", { ...roomy, per_day: 3 }, {}, capped("3 calls a day through this PBX", 3600)],
    ["a key's minute", roomy, { per_minute: 3 }, capped("3 calls a minute with this API key", 60)],
    ["a key's day", roomy, { per_day: 3 }, capped("3 calls a day with this API key", 3600)],
    [
      "a key's day to one number",
      roomy,
      { per_destination_per_day: 3 },
      capped("3 calls a day to one number with this API key", 3600),
    ],
  ])("%s", async (_name, caps, callerCaps, expected) => {
    const fixture = callsWith({ settings: { ...openSettings, caps: caps ?? {} }, script: many(3) });
    const [count, error] = await placeUntil(fixture, undefined, { caller: { ...crm, caps: callerCaps } });
    expect(count).toBe(3);
    expect(error).toMatchObject(expected);
    expect(fixture.rest()).toBe(0);
  });
  it("that a key does not have are not counted", async () => {
    const counted: string[] = [];
    const fixture = callsWith({
      script: many(1),
      state: (inner) => ({
        ...inner,
        count: (key, count) => {
          counted.push(key.partition);
          return inner.count(key, count);
        },
      }),
    });
    await fixture.place();
    expect(counted).toContain("caps/pbx/milan");
    expect(counted).not.toContain("caps/caller/crm");
  });
  it("have defaults", async () => {
    const fixture = callsWith({ script: many(callDefaults.caps.per_destination) });
    const [count, error] = await placeUntil(fixture);
    expect([count, error]).toMatchObject([20, capped("20 calls a day to one number", 3600)]);
    expect(callDefaults.caps).toEqual({
      per_minute: 30,
      per_caller: 300,
      per_destination: 20,
      per_day: 1000,
    });
  });
  it.each<[string, (n: number) => object, number]>([
    ["another number has its own count", (n) => ({ ...call, to: n % 2 === 0 ? "109" : "110" }), 4],
    [
      "a number has one count, however it is written",
      (n) => ({ ...call, to: n % 2 === 0 ? "16144841500" : "+16144841500" }),
      2,
    ],
    ["an application has no number", () => ({ extension: "108", application: "Echo" }), 9],
  ])("%s", async (_name, bodyOf, expected) => {
    const caps = { ...roomy, per_destination: 2 };
    const fixture = callsWith({ settings: { ...openSettings, caps }, script: many(expected) });
    expect((await placeUntil(fixture, bodyOf))[0]).toBe(expected);
  });
  it("a minute and a day begin with the first call, and are over", async () => {
    const caps = { ...roomy, per_minute: 1, per_caller: 2 };
    const { place, clock } = callsWith({ settings: { ...openSettings, caps }, script: many(3) });
    await place(call, { key: "a" });
    clock.at += 59_000;
    await expect(place(call, { key: "b" })).rejects.toMatchObject({ code: "CALL_CAPPED" });
    clock.at += 1_000;
    await place(call, { key: "b" });
    clock.at += 3_600_000;
    await expect(place(call, { key: "c" })).rejects.toMatchObject({
      message: "the cap of 2 calls a day by one caller is reached",
    });
    clock.at += 86_400_000;
    await place(call, { key: "c" });
  });
  it("who runs into a narrow one uses up nothing that others share", async () => {
    const caps = { ...roomy, per_minute: 2, per_day: 3 };
    const fixture = callsWith({ settings: { ...openSettings, caps }, script: many(3) });
    for (let n = 0; n < 10; n++) await fixture.place(call, { key: `k${n}` }).catch(() => undefined);
    expect(await fixture.state.counted({ partition: "caps/pbx/milan", id: "day" })).toBe(2);
    await fixture.place(call, { key: "k", caller: { ...crm, id: "other" } });
  });
  it("a caller beyond its own cap of a day closes no number for others", async () => {
    const fixture = callsWith({ script: many(2) });
    const caller = { ...crm, caps: { per_day: 1 } };
    const [placed, error] = await placeUntil(fixture, undefined, { caller });
    expect([placed, error]).toMatchObject([1, capped("1 calls a day with this API key", 3600)]);
    for (let n = 0; n < 30; n++)
      await expect(fixture.place(call, { key: `again ${n}`, caller })).rejects.toMatchObject({
        code: "CALL_CAPPED",
      });
    await fixture.place(call, { key: "k", caller: { ...crm, id: "other" } });
  });
  it("a capped call is refused in the ledger, and its key is free", async () => {
    const settings = { ...openSettings, caps: { per_minute: 0 } };
    const { place, ledger, clock, pbx } = callsWith({ settings, script: [ok()] });
    await expect(place(call, { key: "k" })).rejects.toMatchObject({ code: "CALL_CAPPED" });
    const [open] = await Array.fromAsync(ledger.listOpen());
    expect((await ledger.read(open?.id ?? ""))?.value).toMatchObject({
      state: "REFUSED",
      reason: "capped",
      detail: "the cap of 0 calls a minute by one caller is reached",
      steps: [{ state: "RESERVED" }, { state: "REFUSED" }],
    });
    clock.at += 1;
    expect(await place(call, { key: "k", pbx: { ...pbx, settings: openSettings } })).toMatchObject({
      replayed: false,
    });
  });
  it("hold over many that call at once", async () => {
    const fixture = callsWith({
      settings: { ...openSettings, caps: { ...roomy, per_day: 5 } },
      script: many(5),
    });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        fixture.place(call, { key: `k${n}`, caller: { ...crm, id: `c${n}` } }),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(fixture.rest()).toBe(0);
  });
});
