import { describe, expect, it } from "vitest";
import { callTimes, type LedgerCall } from "../../lib/calls/ledger/record.ts";
import { refusalOf } from "../../lib/calls/ledger/view.ts";
import { ProductError } from "../../lib/errors.ts";
import { callsWith, stateOf } from "../support/calls.ts";
import { ok } from "../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };

describe("time", () => {
  it.each<[string, number, number, boolean]>([
    ["at once", 0, 0, true],
    ["after 10 s", 10_000, 0, true],
    ["after more than 10 s", 10_001, 0, false],
    ["after 60 s of which its own clock saw none", 60_000, 60_000, false],
    ["with a clock that was set back", -1, 0, false],
    ["with a clock that was set back while it stood still", -5_000, -60_000, false],
  ])("a first byte %s: sent %s", async (_name, wall, stood, isSent) => {
    const fixture = callsWith({
      script: [ok()],
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          const item = await inner.write(key, value, expect_, expiresAt);
          if (key.partition.startsWith("call/") && (value as LedgerCall).state === "SENDING") {
            fixture.clock.at += wall;
            fixture.stand(stood);
          }
          return item;
        },
      }),
    });
    const record = await fixture.placed();
    expect(stateOf(record)).toMatchObject(
      isSent ? { state: "PLACED", sends: 1 } : { state: "REFUSED", reason: "stale", sends: 0 },
    );
    if (!isSent)
      expect(refusalOf(record)).toMatchObject({
        code: "CALL_STALE",
        sent: "no",
        doc: { status: 502 },
        message: "this process was frozen for too long",
      });
    expect(fixture.sent).toHaveLength(isSent ? 1 : 0);
  });
  it.each<[string, number, boolean]>([
    ["10 s", 10_000, true],
    ["more", 10_001, false],
  ])("a connection that took %s: sent %s", async (_name, ms, isSent) => {
    const fixture: ReturnType<typeof callsWith> = callsWith({
      client: {
        ...callsWith().pbx.client,
        originate: async (_params, options = {}) => {
          fixture.clock.at += ms;
          options.beforeFirstByte?.();
        },
      },
    });
    expect(stateOf(await fixture.placed())).toMatchObject(
      isSent ? { state: "PLACED", sends: 1 } : { state: "REFUSED", reason: "stale", sends: 0 },
    );
  });
  it("a call that is too old is not worth a connection", async () => {
    const { placed, clock, rest } = callsWith({ script: [ok()] });
    await placed(call, { receivedAt: clock.now() - 10_001 });
    expect(rest()).toBe(1);
  });
  it("a request that waited before it came here is as old as it is", async () => {
    const { placed, clock } = callsWith({ script: [ok()] });
    expect(stateOf(await placed(call, { receivedAt: clock.now() - 10_001 }))).toMatchObject({
      reason: "stale",
    });
  });
  it("a request that waited counts by the monotonic clock too, whatever is done to the wall clock", async () => {
    const fixture = callsWith({
      script: [ok()],
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          const item = await inner.write(key, value, expect_, expiresAt);
          if (key.partition.startsWith("call/") && (value as LedgerCall).state === "SENDING") {
            // 3 s pass, and the wall clock is set back by 5 s
            fixture.clock.at += 3_000;
            fixture.clock.at -= 5_000;
            fixture.stand(-5_000);
          }
          return item;
        },
      }),
    });
    const record = await fixture.placed(call, { receivedAt: fixture.clock.now() - 8_000 });
    expect(stateOf(record)).toMatchObject({ state: "REFUSED", reason: "stale", sends: 0 });
  });
  it("a request that waited leaves the PBX less time", async () => {
    const { placed, sent, clock } = callsWith({ script: [ok()] });
    await placed(call, { receivedAt: clock.now() - 3_000 });
    expect(sent.map(({ exchange }) => exchange.timeoutMs)).toEqual([4_000]);
  });
  it("a stale call may be sent again under its key", async () => {
    const { placed, clock, sent } = callsWith({ script: [ok()] });
    await placed(call, { key: "k", receivedAt: clock.now() - 20_000 });
    expect((await placed(call, { key: "k" })).state).toBe("PLACED");
    expect(sent).toHaveLength(1);
  });
  it.each<[number, number, number]>([
    [13_500, 0, 6_000],
    [5_000, 0, 5_000],
    [13_500, 2_000, 5_000],
    [13_500, 8_000, 0],
    [-5, 0, 0],
  ])("of %i ms left, and %i gone before, the PBX gets %i", async (timeLeft, gone, timeoutMs) => {
    const fixture = callsWith({
      script: [ok()],
      state: (inner) => ({
        ...inner,
        count: async (key, count) => {
          if (key.id === "day") fixture.clock.at += gone;
          return inner.count(key, count);
        },
      }),
    });
    await fixture.placed(call, { timeLeft });
    expect(fixture.sent.map(({ exchange }) => exchange.timeoutMs)).toEqual([timeoutMs]);
  });
});

describe("a state that fails", () => {
  const failing = (when: (state: string | undefined, partition: string) => boolean, acts: boolean) =>
    callsWith({
      script: [ok(), ok()],
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          const state = key.partition.startsWith("call/") ? (value as LedgerCall).state : undefined;
          if (!when(state, key.partition)) return inner.write(key, value, expect_, expiresAt);
          if (acts) await inner.write(key, value, expect_, expiresAt);
          throw new ProductError("STATE_UNAVAILABLE", { detail: "away" });
        },
      }),
    });
  it.each(["RESERVED", "SENDING"])("before %s is certain: nothing is sent", async (state) => {
    for (const acts of [false, true]) {
      const { place, sent } = failing((now) => now === state, acts);
      await expect(place()).rejects.toMatchObject({ code: "STATE_UNAVAILABLE" });
      expect(sent).toEqual([]);
    }
  });
  it("after it was sent: what is known is told, and the call is unknown later", async () => {
    const fixture = failing((now) => now === "PLACED", false);
    const record = await fixture.placed(call, { key: "k" });
    expect(stateOf(record)).toEqual({ state: "PLACED", steps: "RESERVED SENDING", sends: 1 });
    expect(fixture.logged[0]).toMatchObject({
      message: "the state of a call could not be written",
      state: "PLACED",
      code: "STATE_UNAVAILABLE",
    });
    fixture.clock.at += callTimes.settleMs;
    expect(stateOf(await fixture.placed(call, { key: "k" }))).toMatchObject({ state: "UNKNOWN" });
    expect(fixture.sent).toHaveLength(1);
  });
});
