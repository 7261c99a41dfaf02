import { describe, expect, it } from "vitest";
import { auditedNumber } from "../../../lib/calls/guard/audit.ts";
import { callsToday } from "../../../lib/calls/guard/day-counts.ts";
import { stopCalls } from "../../../lib/calls/guard/kill-switch.ts";
import { ProductError } from "../../../lib/errors.ts";
import { callsWith, crm, openSettings } from "../../support/calls.ts";
import { ok } from "../../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
const many = (count: number) => Array.from({ length: count }, () => ok());

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
      message: "the audit log did not accept a line",
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

describe("the calls of a day", () => {
  it("have the refused ones, without those of a dry run", async () => {
    const { place, state, clock } = callsWith();
    for (const dry_run of [false, true, false])
      await place({ ...call, to: "+19005551234", dry_run }).catch(() => undefined);
    expect(await callsToday(state, "milan", clock.now())).toEqual({ placed: 0, refused: 2, unknown: 0 });
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
    const caps = { per_minute: 9, per_day: 9, per_destination_per_day: 9 };
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
      "calls/today/milan 2023-11-14/placed",
    ]);
  });
});
