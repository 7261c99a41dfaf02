import { describe, expect, it } from "vitest";
import { auditedNumber } from "../../../lib/calls/guard/audit.ts";
import { callerPauseTimes } from "../../../lib/calls/guard/caller-pause.ts";
import { listStops, resumeCalls, stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { ProductError } from "../../../lib/errors.ts";
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
  message: `no more than ${words}`,
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
    ["a key's minute", roomy, { perMinute: 3 }, capped("3 calls a minute with this key", 60)],
    ["a key's day", roomy, { perDay: 3 }, capped("3 calls a day with this key", 3600)],
    [
      "a key's day to one number",
      roomy,
      { perDestinationPerDay: 3 },
      capped("3 calls a day to one number with this key", 3600),
    ],
  ])("%s", async (_name, caps, callerCaps, expected) => {
    const fixture = callsWith({ settings: { ...openSettings, caps: caps ?? {} }, script: many(3) });
    const [count, error] = await placeUntil(fixture, undefined, { caller: { ...crm, caps: callerCaps } });
    expect(count).toBe(3);
    expect(error).toMatchObject(expected);
    expect(fixture.rest()).toBe(0);
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
      message: "no more than 2 calls a day by one caller",
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
    const caller = { ...crm, caps: { perDay: 1 } };
    const [placed, error] = await placeUntil(fixture, undefined, { caller });
    expect([placed, error]).toMatchObject([1, capped("1 calls a day with this key", 3600)]);
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
      detail: "no more than 0 calls a minute by one caller",
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

describe("the caller pause", () => {
  it("opens for a caller beyond the caps, once: 10,000 requests in a minute", async () => {
    const settings = { ...openSettings, caps: { per_destination: 1_000 } };
    const fixture = callsWith({ settings, script: many(31) });
    const told = new Map<string, number>();
    for (let n = 0; n < 10_000; n++) {
      fixture.clock.at += 6;
      const result = await fixture.place(call, { key: `k${n}` }).then(
        () => "placed",
        (error: { code: string }) => error.code,
      );
      told.set(result, (told.get(result) ?? 0) + 1);
    }
    expect(Object.fromEntries(told)).toEqual({ placed: 30, CALL_CAPPED: 50, CALLS_PAUSED: 9_920 });
    expect([fixture.metric("breakers_opened"), fixture.metric("calls_refused")]).toEqual([1, 9_970]);
    await expect(fixture.place(call, { key: "x" })).rejects.toMatchObject({
      code: "CALLS_PAUSED",
      doc: { status: 429 },
      sent: "no",
      retryAfter: callerPauseTimes.pauseSeconds - 60,
      message: `too many calls beyond the caps; this caller's calls are paused for ${callerPauseTimes.pauseSeconds - 60} seconds more`,
    });
    // others go on
    expect((await fixture.placed(call, { key: "x", caller: { ...crm, id: "other" } })).state).toBe("PLACED");
  });
  it("closes by itself", async () => {
    const settings = { ...openSettings, caps: { per_minute: 1, per_destination: 1_000 } };
    const fixture = callsWith({ settings, script: many(2) });
    for (let n = 0; n <= callerPauseTimes.refusals; n++)
      await fixture.place(call, { key: `k${n}` }).catch(() => undefined);
    expect(fixture.metric("breakers_opened")).toBe(1);
    fixture.clock.at += (callerPauseTimes.pauseSeconds - 1) * 1000;
    await expect(fixture.place(call, { key: "x" })).rejects.toMatchObject({
      code: "CALLS_PAUSED",
      retryAfter: 1,
    });
    fixture.clock.at += 1_000;
    expect((await fixture.placed(call, { key: "x" })).state).toBe("PLACED");
  });
  it("forgets refusals that lie apart", async () => {
    const settings = { ...openSettings, caps: { per_minute: 0 } };
    const fixture = callsWith({ settings });
    for (let n = 0; n < callerPauseTimes.refusals * 2; n++) {
      if (n === callerPauseTimes.refusals - 1) fixture.clock.at += callerPauseTimes.withinSeconds * 1000;
      await expect(fixture.place(call, { key: `k${n}` })).rejects.toMatchObject({
        code: n < callerPauseTimes.refusals * 2 - 1 ? "CALL_CAPPED" : "CALLS_PAUSED",
      });
    }
  });
  it("counts one opening where many refusals come at once", async () => {
    const settings = { ...openSettings, caps: { per_minute: 0 } };
    const fixture = callsWith({ settings });
    await Promise.allSettled(Array.from({ length: 200 }, (_, n) => fixture.place(call, { key: `k${n}` })));
    expect(fixture.metric("breakers_opened")).toBe(1);
  });
});

describe("the kill switch", () => {
  it("stop calls through one PBX, or all, from the next call on", async () => {
    const { place, state, clock } = callsWith({ script: many(3) });
    await place(call, { key: "a" });
    expect(await stopCalls(state, clock, { pbx: "rome" })).toBe(true);
    await place(call, { key: "b" });
    expect(await stopCalls(state, clock, { pbx: "milan" })).toBe(true);
    await expect(place(call, { key: "c" })).rejects.toMatchObject({
      code: "CALLS_STOPPED",
      field: "pbx",
      sent: "no",
      doc: { status: 403 },
      message: "calls through milan are stopped since 2023-11-14T22:13:20.000Z",
    });
    expect(await resumeCalls(state, { pbx: "milan" })).toBe(true);
    expect(await stopCalls(state, clock, "all")).toBe(true);
    await expect(place(call, { key: "c" })).rejects.toMatchObject({
      message: "all calls are stopped since 2023-11-14T22:13:20.000Z",
    });
    expect(await resumeCalls(state, "all")).toBe(true);
    expect(await place(call, { key: "c" })).toMatchObject({ replayed: false });
  });
  it("say what stands, and whether anything changed", async () => {
    const { state, clock } = callsWith();
    expect(await resumeCalls(state, "all")).toBe(false);
    await stopCalls(state, clock, { pbx: "milan" });
    clock.at += 1_000;
    expect(await stopCalls(state, clock, { pbx: "milan" })).toBe(false);
    await stopCalls(state, clock, "all");
    expect(await listStops(state)).toEqual([
      { stops: "all", at: clock.at },
      { stops: { pbx: "milan" }, at: clock.at - 1_000 },
    ]);
    expect(await resumeCalls(state, { pbx: "rome" })).toBe(false);
    expect(await resumeCalls(state, { pbx: "milan" })).toBe(true);
    expect(await listStops(state)).toHaveLength(1);
  });
});

describe("the audit log", () => {
  const settings = { ...openSettings, allowed_countries: ["US", "IT"], caps: { per_minute: 3 } };
  it("gets one line for each decision, numbers masked", async () => {
    const fixture = callsWith({ settings, script: many(4) });
    const { place, state, clock } = fixture;
    let keys = 0;
    const tried = async (body: object, change: object = {}): Promise<void> => {
      await place(body, { key: `k${++keys}`, ...change }).catch(() => undefined);
    };
    await tried(call);
    await tried({ extension: "108", to: "109" });
    await tried({ extension: "108", application: "Echo" });
    await tried({ ...call, to: "+390401234567" }, { caller: { ...crm, extensions: ["109"] } });
    await tried({ ...call, to: "+19005551234" });
    await tried({ ...call, to: "+8816123456789" });
    await tried({ ...call, to: "112" });
    await tried(call);
    await stopCalls(state, clock, "all");
    await tried(call);
    const at = "2023-11-14T22:13:20.000Z";
    const line = {
      at,
      pbx: "milan",
      caller: "crm",
      request: "r1",
      extension: "108",
      call: expect.stringMatching(/^[a-z2-7]{26}$/),
    };
    const us = { to: "…00", country: "US", number_type: "fixed_line|mobile" };
    expect(fixture.audited).toStrictEqual([
      { ...line, ...us, decision: "allowed" },
      { ...line, to: "109", number_type: "extension", decision: "allowed" },
      { ...line, decision: "allowed" },
      {
        ...line,
        to: "…67",
        country: "IT",
        number_type: "fixed_line",
        decision: "refused",
        reason: "extension_forbidden",
      },
      {
        ...line,
        to: "…34",
        country: "US",
        number_type: "premium",
        decision: "refused",
        reason: "number_type",
      },
      { ...line, to: "…89", number_type: "satellite", decision: "refused", reason: "satellite" },
      { ...line, to: "112", number_type: "emergency", decision: "refused", reason: "emergency" },
      { ...line, ...us, decision: "refused", reason: "call_capped" },
      { ...line, ...us, decision: "refused", reason: "calls_stopped" },
    ]);
    expect(fixture.metric("calls_refused")).toBe(6);
    expect(new Set(fixture.audited.map(({ call: id }) => id)).size).toBe(9);
  });
  it("a long short number is masked too, and a kind that no plan names is left out", async () => {
    const { place, audited } = callsWith({
      settings: { ...settings, short_numbers: ["12345678"] },
      script: [ok()],
    });
    await place({ extension: "108", to: "12345678" });
    expect(audited[0]).toMatchObject({ to: "…78", number_type: "short" });
    const number = { e164: "+16144841500", country: undefined, types: [], satellite: false };
    expect(auditedNumber({ kind: "number", number })).toStrictEqual({ to: "…00" });
    expect(auditedNumber(undefined)).toStrictEqual({});
  });
  it("has its line before anything is sent", async () => {
    const order: string[] = [];
    const fixture = callsWith({
      script: [
        () => {
          order.push("sent");
          return ok();
        },
      ],
      audit: async () => {
        await Promise.resolve();
        order.push("audited");
      },
    });
    await fixture.place();
    expect(order).toEqual(["audited", "sent"]);
  });
  it("that is down neither stops the phones nor swallows the line", async () => {
    const fixture = callsWith({
      script: [ok()],
      audit: () => Promise.reject(new Error("away")),
    });
    expect((await fixture.placed()).state).toBe("PLACED");
    expect(fixture.metric("audit_lines_lost")).toBe(1);
    expect(fixture.logged[0]).toMatchObject({
      message: "the audit log did not take a line",
      line: { decision: "allowed", to: "…00" },
      because: expect.objectContaining({ message: "away" }),
    });
  });
  it("gets none for what is no decision", async () => {
    const { place, audited } = callsWith({ script: [ok()] });
    await place(call, { key: "k" });
    await place(call, { key: "k" });
    await place({ ...call, to: "x" }).catch(() => undefined);
    expect(audited).toHaveLength(1);
  });
});

describe("a decision that cannot be made", () => {
  const away = (partition: string) =>
    callsWith({
      state: (inner) => ({
        ...inner,
        count: (key, count) =>
          key.partition === partition
            ? Promise.reject(new ProductError("STATE_UNAVAILABLE", { detail: "away" }))
            : inner.count(key, count),
      }),
    });
  it("is none: no line, no count, and the key is free after its lease", async () => {
    const fixture = away("caps/pbx/milan");
    await expect(fixture.place(call, { key: "k" })).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
    expect([fixture.audited, fixture.metric("calls_refused"), fixture.sent]).toEqual([[], 0, []]);
    expect(await fixture.state.counted({ partition: "breaker/milan", id: "crm" })).toBe(0);
    const [open] = await Array.fromAsync(fixture.ledger.listOpen());
    expect((await fixture.ledger.read(open?.id ?? ""))?.value).toMatchObject({ state: "RESERVED" });
  });
  it("is no refusal of the guard's", async () => {
    const { place, audited } = callsWith({
      state: (inner) => ({
        ...inner,
        read: (key) =>
          key.partition === "switches" ? Promise.reject(new TypeError("odd")) : inner.read(key),
      }),
    });
    await expect(place(call)).rejects.toThrow("odd");
    expect(audited).toEqual([]);
  });
});

describe("what is remembered", () => {
  it("lies under names of its own", async () => {
    const seen: string[] = [];
    const note = ({ partition, id }: { partition: string; id: string }): void => {
      seen.push(`${partition} ${id}`.replaceAll(/[a-z2-7]{26}/g, "CALL").replaceAll(/[\w-]{43}/g, "NUMBER"));
    };
    const { place } = callsWith({
      script: [ok()],
      state: (inner) => ({
        ...inner,
        read: (key) => {
          note(key);
          return inner.read(key);
        },
        count: (key, count) => {
          note(key);
          return inner.count(key, count);
        },
      }),
    });
    const caps = { perMinute: 9, perDay: 9, perDestinationPerDay: 9 };
    await place(call, { caller: { ...crm, caps } });
    expect(seen).toEqual([
      "pseudonyms key",
      "calls/automatic NUMBER",
      "calls/automatic NUMBER",
      "call/CALL call",
      "switches stop/all",
      "switches stop/pbx/milan",
      "breaker/milan crm",
      "caps/pbx/milan minute/crm",
      "caps/caller/crm minute",
      "caps/caller/crm to/NUMBER",
      "caps/pbx/milan day/crm",
      "caps/caller/crm day",
      "caps/pbx/milan to/NUMBER",
      "caps/pbx/milan day",
    ]);
  });
});
