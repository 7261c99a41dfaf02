import { describe, expect, it } from "vitest";
import { callerPauseTimes } from "../../../lib/calls/guard/caller-pause.ts";
import { callsWith, crm, openSettings } from "../../support/calls.ts";
import { ok } from "../../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
const many = (count: number) => Array.from({ length: count }, () => ok());

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
      message: `caps refused too many calls of this caller, which is paused for another ${callerPauseTimes.pauseSeconds - 60} seconds`,
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
