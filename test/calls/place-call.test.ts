import { describe, expect, it } from "vitest";
import { refusalOf } from "../../lib/calls/ledger/view.ts";
import { ProductError } from "../../lib/errors.ts";
import type { OriginateOptions } from "../../lib/wms/client.ts";
import type { TransportResult } from "../../lib/wms/sending/transport.ts";
import { callsWith, openRecords, stateOf } from "../support/calls.ts";
import { answer, lost, ok, refused } from "../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
describe("what comes back", () => {
  const refusedBy = (reason: string) => ({ state: "REFUSED", reason, steps: "RESERVED SENDING REFUSED" });
  const unknown = { state: "UNKNOWN", steps: "RESERVED SENDING UNKNOWN", sends: 1 };
  it.each<[string, TransportResult, object]>([
    ["accepted", ok(), { state: "PLACED", steps: "RESERVED SENDING PLACED", sends: 1 }],
    ["401", refused(), { ...refusedBy("unauthorized"), sends: 1 }],
    ["400", answer(400, {}), { ...refusedBy("pbx_refused"), sends: 1 }],
    ["403", answer(403, {}), { ...refusedBy("pbx_refused"), sends: 1 }],
    ["404", answer(404, {}), { ...refusedBy("pbx_refused"), sends: 1 }],
    ["429", answer(429, {}), { ...refusedBy("pbx_busy"), sends: 1 }],
    [
      "type error with 200",
      answer(200, { type: "error", reason: "no" }),
      { ...refusedBy("pbx_refused"), sends: 1 },
    ],
    ["500", answer(500, {}), unknown],
    ["503", answer(503, {}), unknown],
    ["302", answer(302, "", [["Location", "https://portal.example.com"]]), unknown],
    ["a page", answer(200, "<html>"), unknown],
    ["half a JSON", answer(200, '{"type":"res'), unknown],
    ["nothing", answer(200, ""), unknown],
    ["another JSON", answer(200, {}), unknown],
    ["a reset", lost("maybeSent"), unknown],
    ["a time-out", lost("maybeSent", "ETIMEDOUT"), unknown],
  ])("%s", async (_name, result, expected) => {
    const { placed, sent } = callsWith({ script: [result] });
    expect(stateOf(await placed())).toEqual(expected);
    expect(sent).toHaveLength(1);
  });
  it.each(["ENOTFOUND", "ECONNREFUSED", "CERT_HAS_EXPIRED"])(
    "%s before a byte: not sent, and the same key tries again",
    async (code) => {
      const { placed, sent } = callsWith({ script: [lost("notSent", code), ok()] });
      const first = await placed(call, { key: "k" });
      expect(stateOf(first)).toEqual({
        state: "REFUSED",
        reason: "not_sent",
        steps: "RESERVED SENDING REFUSED",
        sends: 0,
      });
      expect(refusalOf(first)).toMatchObject({ code: "CALL_NOT_SENT", sent: "no", doc: { status: 502 } });
      const again = await placed(call, { key: "k" });
      expect([again.id, stateOf(again), sent.length]).toEqual([
        first.id,
        { state: "PLACED", steps: "RESERVED SENDING REFUSED RESERVED SENDING PLACED", sends: 1 },
        1,
      ]);
      expect(again.reason).toBeUndefined();
    },
  );
  it("401, then fresh credentials: the only second send there is, both recorded", async () => {
    const written: unknown[] = [];
    const fixture = callsWith({
      script: [refused(), ok()],
      refresh: async () => {
        const [open] = await openRecords(fixture);
        written.push(open && stateOf(open));
        fixture.clock.at += 100;
        return true;
      },
    });
    const record = await fixture.placed();
    expect(stateOf(record)).toEqual({ state: "PLACED", steps: "RESERVED SENDING SENDING PLACED", sends: 2 });
    expect(record.steps[2]).toMatchObject({ note: "again after a 401" });
    expect(record.sends[1]).toBe((record.sends[0] ?? 0) + 100);
    expect(written[0]).toMatchObject({ steps: "RESERVED SENDING" });
  });
  it("401 twice: refused", async () => {
    const { placed, sent } = callsWith({ script: [refused(), refused()], refresh: async () => true });
    expect(stateOf(await placed())).toEqual({
      state: "REFUSED",
      reason: "unauthorized",
      steps: "RESERVED SENDING SENDING REFUSED",
      sends: 2,
    });
    expect(sent).toHaveLength(2);
  });
  it("401, then no connection: nothing rang, and that is certain", async () => {
    const { placed } = callsWith({ script: [refused(), lost("notSent")], refresh: async () => true });
    expect(stateOf(await placed())).toMatchObject({ state: "REFUSED", reason: "not_sent", sends: 1 });
  });
  it("401, then no connection, and the same key again: every first byte stays recorded", async () => {
    const { placed, clock } = callsWith({
      script: [refused(), lost("notSent"), ok()],
      refresh: async () => true,
    });
    await placed(call, { key: "k" });
    clock.at += 1_000;
    const { sends } = await placed(call, { key: "k" });
    expect(sends).toEqual([clock.at - 1_000, clock.at]);
  });
  it("401, then a reset: nobody knows", async () => {
    const { placed } = callsWith({ script: [refused(), lost("maybeSent")], refresh: async () => true });
    expect(stateOf(await placed())).toMatchObject({ state: "UNKNOWN", sends: 2 });
  });
  it("401, then somebody took the call for dead: nothing is sent a second time", async () => {
    const fixture = callsWith({
      script: [refused(), ok()],
      refresh: async () => {
        const [open] = await openRecords(fixture);
        const held = await fixture.ledger.read(open?.id ?? "");
        if (held !== undefined) await fixture.ledger.move(held, "UNKNOWN");
        return true;
      },
    });
    expect(stateOf(await fixture.placed())).toMatchObject({
      state: "UNKNOWN",
      steps: "RESERVED SENDING UNKNOWN",
    });
    expect([fixture.sent.length, fixture.rest()]).toEqual([1, 1]);
  });
  it("credentials that cannot be read: nothing was sent", async () => {
    const { placed, logged } = callsWith({
      script: [refused()],
      refresh: async () => {
        throw new ProductError("REGISTRY_UNAVAILABLE", { detail: "away" });
      },
    });
    // the 401 came, and what failed then is not the PBX
    expect(stateOf(await placed())).toMatchObject({ state: "UNKNOWN", sends: 1 });
    expect(logged).toMatchObject([
      { message: "a call was sent", state: "UNKNOWN", pbx: "milan", caller: "crm" },
    ]);
  });
  it("what nobody expected is unknown after a first byte, and says nothing about itself", async () => {
    const client = {
      ...callsWith().pbx.client,
      originate: async (_params: unknown, options: OriginateOptions = {}) => {
        options.beforeFirstByte?.();
        throw new TypeError("secret things");
      },
    };
    const record = await callsWith({ client }).placed();
    expect(stateOf(record)).toMatchObject({ state: "UNKNOWN" });
    expect(record.detail).toBe("an unexpected error");
    expect(record.because).toBeUndefined();
  });
  it("and is not sent before", async () => {
    const client = {
      ...callsWith().pbx.client,
      originate: async () => {
        throw new TypeError("secret things");
      },
    };
    expect(stateOf(await callsWith({ client }).placed())).toMatchObject({
      state: "REFUSED",
      reason: "not_sent",
    });
  });
  it("is counted and logged", async () => {
    const fixture = callsWith({ script: [ok(), answer(500, {}), answer(400, {})] });
    for (const key of ["a", "b", "c"]) await fixture.placed(call, { key });
    expect([
      fixture.metric("calls_placed"),
      fixture.metric("calls_unknown"),
      fixture.metric("calls_refused"),
    ]).toEqual([1, 1, 0]);
    expect(fixture.logged.map(({ state, reason, requestId }) => [state, reason, requestId])).toEqual([
      ["PLACED", undefined, "r1"],
      ["UNKNOWN", undefined, "r1"],
      ["REFUSED", "pbx_refused", "r1"],
    ]);
  });
});
