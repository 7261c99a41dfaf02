import { describe, expect, it } from "vitest";
import { automaticKey, callIdOf, fingerprintOf, readCallKey } from "../../../lib/calls/dial/call-key.ts";
import { readCall } from "../../../lib/calls/dial/dial.ts";
import { stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { callTimes } from "../../../lib/calls/ledger/record.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import type { StateStore } from "../../../lib/state.ts";
import { callsWith, crm, openSettings } from "../../support/calls.ts";
import { answer, fakeClock, ok } from "../../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };

describe("an idempotency key", () => {
  it.each(["k", "order-7/2026", "~!@#", "x".repeat(255)])("may be %s", (key) =>
    expect(readCallKey(key)).toBe(key),
  );
  it.each(["", " ", "a b", "a\n", "é", "x".repeat(256), "a\u007f"])("may not be %j", (key) =>
    expect(() => readCallKey(key)).toThrowError(
      expect.objectContaining({
        code: "INPUT_INVALID",
        field: "idempotency-key",
        message:
          "`idempotency-key` must be 1 to 255 visible ASCII characters; got other characters, or too many.",
      }),
    ),
  );
  it("stands for one call of one caller, and does not say so", () => {
    const id = callIdOf("crm", "k");
    expect(id).toMatch(/^[a-z2-7]{26}$/);
    expect(callIdOf("crm", "k")).toBe(id);
    const others = [callIdOf("crm", "l"), callIdOf("other", "k"), callIdOf("crmk", ""), callIdOf("", "crmk")];
    expect(new Set([id, ...others]).size).toBe(5);
    // every character has its share, also the last
    const ids = Array.from({ length: 400 }, (_, n) => callIdOf("crm", String(n)));
    for (const at of [0, 13, 25]) expect(new Set(ids.map((each) => each[at])).size).toBe(32);
  });
});

describe("what a request means", () => {
  const print = (body: object, pbx = "milan", to: string | undefined = "+16144841500") =>
    fingerprintOf(readCall({ ...call, ...body }), pbx, to);
  it("is the same however it is written", () => {
    expect(print({ ring_seconds: 25 })).toBe(print({}));
    expect(print({ timeout: 25_000, async: true, dry_run: false })).toBe(print({}));
    expect(print({ to: "+16144841500" })).toBe(print({}));
    expect(print({ callerid: '"A" <1>' })).toBe(print({ caller_id: { name: " A ", number: "1" } }));
  });
  it("is another for another call", () => {
    const prints = [
      print({}),
      print({}, "rome"),
      print({}, "milan", "+16144841501"),
      print({ extension: "109" }),
      print({ context: "users" }),
      print({ ring_seconds: 26 }),
      print({ caller_id: { name: "A" } }),
      print({ variable: "A=1" }),
      print({ variable: "A=2" }),
      print({ async: false }),
      fingerprintOf(readCall({ agent: "a@b.c", to: "1" }), "milan", "+16144841500"),
      fingerprintOf(readCall({ channel: "Local/108@x", exten: "1" }), "milan", "+16144841500"),
      fingerprintOf(readCall({ extension: "108", application: "Echo" }), "milan", undefined),
    ];
    expect(new Set(prints).size).toBe(prints.length);
  });
});

describe("the same key again", () => {
  it("is the first answer, and nothing is sent", async () => {
    const { place, sent } = callsWith({ script: [ok()] });
    const first = await place(call, { key: "k" });
    expect(first).toMatchObject({ replayed: false });
    for (const to of ["16144841500", "+16144841500"])
      expect(await place({ ...call, to }, { key: "k" })).toEqual({ ...first, replayed: true });
    expect(sent).toHaveLength(1);
  });
  it.each([
    ["unknown", answer(500, {})],
    ["refused by the PBX", answer(403, {})],
    ["refused because the PBX is busy", answer(429, {})],
    ["refused for its credentials", answer(401, {})],
  ])("of a call that is %s: the same, and nothing is sent", async (_name, result) => {
    const { place, sent } = callsWith({ script: [result] });
    const first = await place(call, { key: "k" });
    expect(await place(call, { key: "k" })).toEqual({ ...first, replayed: true });
    expect(sent).toHaveLength(1);
  });
  it("goes before the guard, the caps and the kill switch", async () => {
    const { place, state, clock, pbx, audited } = callsWith({ script: [ok()] });
    await place(call, { key: "k" });
    await stopCalls(state, clock, "all");
    const closed = { ...pbx, settings: { ...openSettings, allowed_countries: [], caps: { per_day: 0 } } };
    expect(await place(call, { key: "k", pbx: closed })).toMatchObject({ replayed: true });
    expect(audited).toHaveLength(1);
  });
  it("for another call is refused", async () => {
    const { place } = callsWith({ script: [ok()] });
    await place(call, { key: "k" });
    await expect(place({ ...call, extension: "109" }, { key: "k" })).rejects.toMatchObject({
      code: "CALL_KEY_REUSED",
      field: "idempotency-key",
      doc: { status: 422 },
      message: "this idempotency key was used for another call",
    });
  });
  it("of another caller is another key", async () => {
    const { placed, sent } = callsWith({ script: [ok(), ok()] });
    const mine = await placed(call, { key: "k" });
    const theirs = await placed(call, { key: "k", caller: { ...crm, id: "other" } });
    expect([mine.id === theirs.id, sent.length]).toEqual([false, 2]);
  });
  it("is kept for 24 hours and longer", async () => {
    const { place, clock, sent } = callsWith({ script: [ok(), ok()] });
    await place(call, { key: "k" });
    clock.at += 47 * 3_600_000;
    expect(await place(call, { key: "k" })).toMatchObject({ replayed: true });
    clock.at += 3_600_000;
    expect(await place(call, { key: "k" })).toMatchObject({ replayed: false });
    expect(sent).toHaveLength(2);
  });
});

describe("the same key while it is being worked on", () => {
  it.each<["RESERVED" | "SENDING", number]>([
    ["RESERVED", 0],
    ["RESERVED", 4_999],
    ["SENDING", 0],
    ["SENDING", 14_999],
  ])("%s for %i ms: busy", async (state, ms) => {
    const { place, ledger, clock, sent } = callsWith();
    const held = await ledger.reserve(record(), undefined);
    if (state === "SENDING" && held !== undefined) await ledger.move(held, "SENDING");
    clock.at += ms;
    await expect(place(call, { key: "k" })).rejects.toMatchObject({
      code: "CALL_IN_PROGRESS",
      field: "idempotency-key",
      doc: { status: 409 },
      message: "another request with this idempotency key is in progress",
      retryAfter: 2,
    });
    expect(sent).toEqual([]);
  });
  it("an attempt that died before it sent frees the key after its lease", async () => {
    const { placed, ledger, clock } = callsWith({ script: [ok()] });
    await ledger.reserve(record(), undefined);
    clock.at += callTimes.leaseMs;
    const { state, steps } = await placed(call, { key: "k" });
    expect([state, steps.map((step) => step.state)]).toEqual([
      "PLACED",
      ["RESERVED", "RESERVED", "SENDING", "PLACED"],
    ]);
  });
  it("an attempt that died while it sent is unknown", async () => {
    const { placed, ledger, clock, metric, sent } = callsWith();
    const held = await ledger.reserve(record(), undefined);
    if (held !== undefined) await ledger.move(held, "SENDING");
    clock.at += callTimes.settleMs;
    const { state, detail } = await placed(call, { key: "k" });
    expect([state, detail, metric("calls_unknown"), sent.length]).toEqual([
      "UNKNOWN",
      "the function ended, or was frozen, while it was sending",
      1,
      0,
    ]);
  });
  it("100 at once: one is sent, the others are told to wait, or see its answer", async () => {
    const { place, sent } = callsWith({ script: [ok()] });
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => place(call, { key: "k" })));
    const told = results.map((result) =>
      result.status === "fulfilled"
        ? String("replayed" in result.value && result.value.replayed)
        : result.reason.code,
    );
    expect(told.filter((each) => each === "false")).toHaveLength(1);
    expect(told.filter((each) => each === "true" || each === "CALL_IN_PROGRESS")).toHaveLength(99);
    expect(sent).toHaveLength(1);
  });
  it("one that thaws after another took its key sees the other's answer", async () => {
    let freeze = true;
    const fixture = callsWith({
      script: [ok()],
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          const item = await inner.write(key, value, expect_, expiresAt);
          if (freeze && key.partition.startsWith("call/")) {
            freeze = false;
            fixture.clock.at += 6_000;
            others.push(await fixture.place(call, { key: "k" }));
          }
          return item;
        },
      }),
    });
    const others: unknown[] = [];
    const mine = await fixture.place(call, { key: "k" });
    expect([mine, others]).toMatchObject([
      { replayed: true, record: { state: "PLACED" } },
      [{ replayed: false }],
    ]);
    expect(fixture.sent).toHaveLength(1);
  });
  it("one whose key is taken while it looks is told to wait", async () => {
    let first = true;
    const fixture = callsWith({
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          if (first && key.partition.startsWith("call/")) {
            first = false;
            await fixture.ledger.reserve(record(), undefined);
          }
          return inner.write(key, value, expect_, expiresAt);
        },
      }),
    });
    await expect(fixture.place(call, { key: "k" })).rejects.toMatchObject({
      code: "CALL_IN_PROGRESS",
      retryAfter: 2,
    });
  });
  it("and one whose key is gone as well", async () => {
    const fixture = callsWith({ state: (inner) => ({ ...inner, write: async () => undefined }) });
    await expect(fixture.place(call, { key: "k" })).rejects.toMatchObject({
      code: "CALL_IN_PROGRESS",
      retryAfter: 2,
    });
  });
});

describe("a request without a key", () => {
  it("is one call with the next, at every 100 ms of the 10 seconds from the first", async () => {
    for (let offset = 0; offset < 10_000; offset += 100) {
      const { place, sent, clock } = callsWith({ script: [ok()] });
      // wherever the clock's own seconds begin
      clock.at += offset * 7;
      await place();
      clock.at += offset;
      expect(await place()).toMatchObject({ replayed: true });
      expect(sent).toHaveLength(1);
    }
  });
  it("is another call after them, counted from the first", async () => {
    const { place, sent, clock } = callsWith({ script: [ok(), ok()] });
    await place();
    clock.at += 9_999;
    expect(await place()).toMatchObject({ replayed: true });
    clock.at += 1;
    expect(await place()).toMatchObject({ replayed: false });
    expect(sent).toHaveLength(2);
  });
  it.each<[string, object, object]>([
    ["extension", { extension: "109" }, {}],
    ["number", { to: "16144841501" }, {}],
    ["caller", {}, { caller: { ...crm, id: "other" } }],
  ])("for another %s is another call", async (_what, body, change) => {
    const { place, sent } = callsWith({ script: [ok(), ok()] });
    await place(call);
    await place({ ...call, ...body }, change);
    expect(sent).toHaveLength(2);
  });
  it("is the same call in another form, or with another ring time", async () => {
    const { place } = callsWith({ script: [ok()] });
    await place(call);
    for (const change of [{ to: "+16144841500" }, { ring_seconds: 30 }, { caller_id: { name: "Ada" } }])
      expect(await place({ ...call, ...change })).toMatchObject({ replayed: true });
  });
  it("names no number in the state's keys", async () => {
    const seen: string[] = [];
    const { place } = callsWith({
      script: [ok()],
      state: (inner) => ({
        ...inner,
        read: (key) => {
          seen.push(JSON.stringify(key));
          return inner.read(key);
        },
        count: (key, count) => {
          seen.push(JSON.stringify(key));
          return inner.count(key, count);
        },
      }),
    });
    await place(call);
    expect(seen.length).toBeGreaterThan(6);
    expect(seen.filter((key) => key.includes("6144841500"))).toEqual([]);
  });
  it("is the same call while the credentials of the PBX are replaced", async () => {
    const { place, pbx, sent } = callsWith({ script: [ok()] });
    await place();
    const renamed = { ...pbx, pseudonym: (text: string) => `new credentials ${text.length}` };
    expect(await place(undefined, { pbx: renamed })).toMatchObject({ replayed: true });
    expect(sent).toHaveLength(1);
  });
  it("is the same call as one that an earlier version placed less than 10 seconds ago", async () => {
    for (const [age, replayed] of [
      [9_999, true],
      [10_000, false],
    ] as const) {
      const { place, pbx, state, ledger, clock } = callsWith({ script: [ok()] });
      const named = pbx.pseudonym(
        JSON.stringify(["milan", "crm", { extension: "108" }, "+16144841500", undefined]),
      );
      const automatic = { key: "auto-old", at: clock.now() };
      await state.write({ partition: "calls/automatic", id: named }, automatic, { absent: true });
      const old = { ...record(), id: callIdOf("crm", "auto-old"), fingerprint: named };
      const reserved = await ledger.reserve(old, undefined);
      const sending = reserved && (await ledger.move(reserved, "SENDING"));
      if (sending !== undefined) await ledger.move(sending, "PLACED");
      clock.at += age;
      expect(await place()).toMatchObject({ replayed });
    }
  });
  it("and one with a key are two", async () => {
    const { place, sent } = callsWith({ script: [ok(), ok()] });
    await place(call);
    await place(call, { key: "1" });
    expect(sent).toHaveLength(2);
  });
  it("100 at once are one call", async () => {
    const { place, sent } = callsWith({ script: [ok()] });
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => place()));
    const codes = results.map((result) => (result.status === "fulfilled" ? "placed" : result.reason.code));
    expect(codes.filter((code) => code === "placed").length).toBeGreaterThanOrEqual(1);
    expect(new Set(codes)).toEqual(new Set(["placed", "CALL_IN_PROGRESS"]));
    expect(sent).toHaveLength(1);
  });
});

describe("the automatic key", () => {
  const make = () => {
    const clock = fakeClock();
    let n = 0;
    const inner = memoryState(clock);
    const requests: string[] = [];
    const state: StateStore = {
      ...inner,
      read: (key) => {
        requests.push("read");
        return inner.read(key);
      },
      write: (key, ...rest) => {
        requests.push("write");
        return inner.write(key, ...rest);
      },
    };
    return {
      clock,
      state,
      requests,
      key: (at: number) => automaticKey(state, at, "same", () => String(++n)),
    };
  };
  it("is that of a window that began meanwhile, for a request that stood still", async () => {
    const { clock, key } = make();
    const now = clock.now();
    expect([await key(now), await key(now + 60_000), await key(now), await key(now + 60_100)]).toEqual([
      "auto-1",
      "auto-2",
      "auto-2",
      "auto-2",
    ]);
  });
  it("is kept for an hour under a name that other versions know", async () => {
    const { clock, state, key } = make();
    const now = clock.now();
    await key(now);
    const where = { partition: "calls/automatic", id: "same" };
    expect(await state.read(where)).toMatchObject({ value: { key: "auto-1", at: now } });
    clock.at = now + 3_599_000;
    expect(await state.read(where)).toBeDefined();
    clock.at = now + 3_600_000;
    expect(await state.read(where)).toBeUndefined();
  });
  it("takes one read if it is known, and one write more if it is new", async () => {
    const { clock, requests, key } = make();
    await key(clock.now());
    await key(clock.now());
    expect(requests).toEqual(["read", "write", "read"]);
  });
  it("does not depend on a clock that is ahead by minutes", async () => {
    const { clock, key } = make();
    const now = clock.now();
    expect(await key(now)).toBe("auto-1");
    clock.at += 600_000;
    expect(await key(now + 9_999)).toBe("auto-1");
  });
});

const record = () => ({
  id: callIdOf("crm", "k"),
  pbx: "milan",
  caller: "crm",
  fingerprint: fingerprintOf(readCall(call), "milan", "+16144841500"),
  extension: "108",
  params: { channel: "Local/108@users", context: "users", exten: "+16144841500", timeout: 25_000 },
});
