import { describe, expect, it } from "vitest";
import { type CallRecord, callTimes } from "../../lib/calls/record.ts";
import { stopCalls } from "../../lib/calls/switches.ts";
import { refusalOf, viewOf } from "../../lib/calls/view.ts";
import { ProductError } from "../../lib/errors.ts";
import type { OriginateOptions } from "../../lib/wms/client.ts";
import type { TransportResult } from "../../lib/wms/transport.ts";
import { type CallsOptions, callsWith, openSettings } from "../support/calls.ts";
import { answer, lost, ok, refused, type Sent } from "../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
const stateOf = (record: CallRecord) => ({
  state: record.state,
  ...(record.reason === undefined ? {} : { reason: record.reason }),
  steps: record.steps.map(({ state }) => state).join(" "),
  sends: record.sends.length,
});
const params = (sent: Sent | undefined): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(sent?.body ?? ""));

describe("what is sent", () => {
  it.each<[string, object, CallsOptions["settings"], Record<string, string | undefined>]>([
    ["the short form", call, openSettings, {}],
    [
      "the article's own call",
      {
        channel: "Local/108@users",
        context: "users",
        exten: "16144841500",
        priority: 1,
        callerid: '"Announcer" <16144841500>',
      },
      { ...openSettings, dial_format: "e164_digits" },
      { exten: "16144841500", callerid: '"Announcer" <16144841500>' },
    ],
    [
      "the number in the PBX's way",
      { ...call, to: "+16144841500" },
      { ...openSettings, dial_format: "national", outside_prefix: "9" },
      { exten: "96144841500" },
    ],
    [
      "a caller id",
      { ...call, caller_id: { name: "Ada", number: "109" } },
      openSettings,
      { callerid: '"Ada" <109>' },
    ],
    ["a ring time", { ...call, ring_seconds: 40 }, openSettings, { timeout: "40000" }],
    [
      "other dialplans",
      { channel: "Local/108@in", context: "out", exten: "109" },
      { ...openSettings, contexts: ["out", "in"] },
      { channel: "Local/108@in", context: "out", exten: "109" },
    ],
    [
      "a variable",
      { ...call, variable: "CRM_ID=7" },
      { ...openSettings, call_variables: ["CRM_ID"] },
      { variable: "CRM_ID=7" },
    ],
    ["a call that waits", { ...call, async: false }, openSettings, { async: "false" }],
    [
      "a sound",
      { extension: "108", application: "Playback", data: "custom/closed" },
      openSettings,
      {
        exten: undefined,
        context: undefined,
        priority: undefined,
        application: "Playback",
        data: "custom/closed",
      },
    ],
    [
      "an echo",
      { extension: "108", application: "Echo" },
      openSettings,
      { exten: undefined, context: undefined, priority: undefined, application: "Echo" },
    ],
  ])("%s", async (_name, body, settings, expected) => {
    const { placed, sent } = callsWith({ ...(settings ? { settings } : {}), script: [ok()] });
    expect((await placed(body)).state).toBe("PLACED");
    const plain = {
      channel: "Local/108@users",
      context: "users",
      exten: "+16144841500",
      priority: "1",
      timeout: "25000",
      async: "true",
    };
    expect(params(sent[0])).toEqual(
      Object.fromEntries(
        Object.entries({ ...plain, ...expected }).filter(([, value]) => value !== undefined),
      ),
    );
    expect(sent[0]?.exchange).toMatchObject({ method: "POST", fresh: true, timeoutMs: 6_000 });
  });
  it.each<[string, object, Record<string, string>]>([
    ["account", call, { account: "MARK" }],
    ["variable", call, { variable: "WILDIX_CALL=MARK" }],
    ["variable", { ...call, variable: "CRM_ID=7" }, { variable: "CRM_ID=7" }],
  ])("a mark in %s for %j", async (where, body, expected) => {
    const settings = { ...openSettings, call_variables: ["CRM_ID"], call_marker: where as "account" };
    const { placed, sent } = callsWith({ settings, script: [ok()] });
    const record = await placed(body);
    expect(record.mark).toBe(record.id.slice(0, 20));
    expect(JSON.parse(JSON.stringify(params(sent[0])).replace(record.mark ?? "", "MARK"))).toMatchObject(
      expected,
    );
  });
  it("no mark where none is wanted", async () => {
    const { placed, sent } = callsWith({ script: [ok()] });
    expect((await placed()).mark).toBeUndefined();
    expect([params(sent[0])["account"], params(sent[0])["variable"]]).toEqual([undefined, undefined]);
  });
});

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
  it("401, then a reset: nobody knows", async () => {
    const { placed } = callsWith({ script: [refused(), lost("maybeSent")], refresh: async () => true });
    expect(stateOf(await placed())).toMatchObject({ state: "UNKNOWN", sends: 2 });
  });
  it("401, then somebody took the call for dead: nothing is sent a second time", async () => {
    const fixture = callsWith({
      script: [refused()],
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
    expect(fixture.sent).toHaveLength(1);
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
    expect(record.detail).toBe("something failed that nobody expected");
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

describe("how a refused call is told", () => {
  it.each<[TransportResult, string, number, string, object]>([
    [answer(403, {}), "PBX_REFUSED", 502, "yes", { because: "WMS_FORBIDDEN" }],
    [refused(), "PBX_REFUSED", 502, "yes", { because: "WMS_UNAUTHORIZED" }],
    [answer(429, {}, [["Retry-After", "7"]]), "PBX_BUSY", 503, "yes", { because: "WMS_RATE_LIMITED" }],
    [lost("notSent"), "CALL_NOT_SENT", 502, "no", { because: "WMS_UNREACHABLE" }],
  ])("%j: %s", async (result, code, status, sent, view) => {
    const record = await callsWith({ script: [result] }).placed();
    const refusal = refusalOf(record);
    expect(refusal).toMatchObject({ code, doc: { status }, sent, message: record.detail });
    expect(refusal?.retryAfter).toBe(code === "PBX_BUSY" ? 7 : undefined);
    expect(viewOf(record)).toMatchObject({
      state: "REFUSED",
      reason: record.reason,
      detail: record.detail,
      ...view,
    });
    expect(viewOf(record).next).toBeUndefined();
  });
  it("a busy PBX that says no time gets half a minute", async () => {
    const record = await callsWith({ script: [answer(429, {})] }).placed();
    expect(refusalOf(record)?.retryAfter).toBe(30);
  });
  it("a placed one is no refusal", async () => {
    const record = await callsWith({ script: [ok()] }).placed();
    expect(refusalOf(record)).toBeUndefined();
    expect(viewOf(record)).toEqual({
      id: record.id,
      state: "PLACED",
      pbx: "milan",
      channel: "Local/108@users",
      exten: "+16144841500",
      steps: ["RESERVED", "SENDING", "PLACED"].map((state) => ({ state, at: "2023-11-14T22:13:20.000Z" })),
      sends: ["2023-11-14T22:13:20.000Z"],
    });
  });
  it("an unknown one says what to do", async () => {
    const record = await callsWith({ script: [answer(500, {})] }).placed();
    expect(viewOf(record).next).toBe(
      `Look at the phone 108: it may be ringing. This key will not ring again; a new key is a new call. GET /calls/${record.id} knows more when the call has ended.`,
    );
    expect(viewOf({ ...record, givenUp: true }).next).toBe(
      "No row of the PBX's history tells whether the phone rang. This key will not ring again; a new key is a new call.",
    );
    expect(
      viewOf({ ...record, evidence: { kind: "exact", row: "7" }, params: { channel: "x" } }),
    ).toMatchObject({
      evidence: { kind: "exact", row: "7" },
    });
  });
});

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
          if (key.partition.startsWith("call/") && (value as CallRecord).state === "SENDING") {
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
        message: "this process stood still for too long",
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

describe("an agent", () => {
  const colleagues = (records: object[]) => ok({ records, total: records.length });
  const ada = { id: "1", email: "ada@example.com", extension: "101", name: "Ada" };
  it("is looked up by e-mail, once in ten minutes", async () => {
    const fixture = callsWith({
      script: [
        colleagues([{ ...ada, email: "x@example.com", extension: "102" }, ada]),
        ok(),
        ok(),
        colleagues([ada]),
        ok(),
      ],
    });
    for (const [n, wait] of [0, 599_999, 1].entries()) {
      fixture.clock.at += wait;
      const record = await fixture.placed(
        { agent: n === 1 ? "ADA@example.com" : "ada@example.com", to: "109" },
        { key: `k${n}` },
      );
      expect(record).toMatchObject({
        state: "PLACED",
        extension: "101",
        params: { channel: "Local/101@users" },
      });
    }
    expect(fixture.sent.map(({ target }) => target.split("?")[0])).toEqual([
      "/api/v1/PBX/Colleagues/",
      "/api/v1/Originate/",
      "/api/v1/Originate/",
      "/api/v1/PBX/Colleagues/",
      "/api/v1/Originate/",
    ]);
    expect(decodeURIComponent(fixture.sent[0]?.target ?? "")).toContain("filter[email][0]=ada@example.com");
  });
  it.each<[string, object[], string]>([
    ["nobody", [], "agent is no colleague of milan."],
    ["somebody else", [{ ...ada, email: "bob@example.com" }], "agent is no colleague of milan."],
    ["without an extension", [{ ...ada, extension: "" }], "agent has no extension."],
    ["with an odd extension", [{ ...ada, extension: "101&102" }], "agent has no extension."],
  ])("who is %s is refused, and asked for again", async (_name, records, words) => {
    const { place, sent } = callsWith({ script: [colleagues(records), colleagues(records)] });
    for (let n = 0; n < 2; n++)
      await expect(place({ agent: "ada@example.com", to: "109" })).rejects.toMatchObject({
        code: "INPUT_INVALID",
        field: "agent",
        message: words,
      });
    expect(sent).toHaveLength(2);
  });
  it("whose extension the guard does not allow is refused", async () => {
    const { place } = callsWith({ script: [colleagues([{ ...ada, extension: "9" }])] });
    await expect(place({ agent: "ada@example.com", to: "109" })).rejects.toMatchObject({
      code: "CALL_FORBIDDEN",
    });
  });
  it("of a PBX that does not answer: the error says so, and the key is free", async () => {
    const { place, placed } = callsWith({ script: [answer(403, {}), colleagues([ada]), ok()] });
    await expect(place({ agent: "ada@example.com", to: "109" }, { key: "k" })).rejects.toMatchObject({
      code: "WMS_FORBIDDEN",
    });
    expect((await placed({ agent: "ada@example.com", to: "109" }, { key: "k" })).state).toBe("PLACED");
  });
});

describe("a dry run", () => {
  it("says what would be sent, masked, and leaves no trace but an audit line", async () => {
    const fixture = callsWith({ settings: { ...openSettings, call_marker: "account" } });
    const body = { ...call, caller_id: { name: "Ada", number: "16144841500" }, dry_run: true };
    expect(await fixture.place(body)).toEqual({
      wouldSend: {
        channel: "Local/108@users",
        context: "users",
        exten: "…00",
        priority: "1",
        callerid: '"Ada" <…00>',
        timeout: 25_000,
      },
    });
    expect(fixture.sent).toEqual([]);
    expect(await openRecords(fixture)).toEqual([]);
    for (const id of ["minute/crm", "day/crm", "day"])
      expect(await fixture.state.counted({ partition: "caps/pbx/milan", id })).toBe(0);
    expect(fixture.audited).toMatchObject([{ decision: "allowed", dry_run: true, to: "…00" }]);
  });
  it("asks no PBX whose phone it is", async () => {
    const { place, sent } = callsWith();
    expect(await place({ agent: "ada@example.com", to: "109", dry_run: true })).toMatchObject({
      wouldSend: { channel: "Local/AGENT@users", exten: "109" },
    });
    expect(sent).toEqual([]);
  });
  it("is refused where the call would be", async () => {
    const { place, audited, state, clock } = callsWith({
      settings: { ...openSettings, caps: { per_day: 0 } },
    });
    const dry = { ...call, dry_run: true };
    await expect(place({ ...dry, to: "+390401234567" })).rejects.toMatchObject({ code: "CALL_FORBIDDEN" });
    await expect(place(dry)).rejects.toMatchObject({ code: "CALL_CAPPED" });
    await stopCalls(state, clock, "all");
    await expect(place(dry)).rejects.toMatchObject({ code: "CALLS_STOPPED" });
    expect(audited.map(({ decision, reason }) => [decision, reason])).toEqual([
      ["refused", "country"],
      ["refused", "call_capped"],
      ["refused", "calls_stopped"],
    ]);
    expect(audited.every(({ dry_run }) => dry_run)).toBe(true);
  });
});

describe("a state that fails", () => {
  const failing = (when: (state: string | undefined, partition: string) => boolean, acts: boolean) =>
    callsWith({
      script: [ok(), ok()],
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          const state = key.partition.startsWith("call/") ? (value as CallRecord).state : undefined;
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
      message: "a call could not be settled",
      state: "PLACED",
      code: "STATE_UNAVAILABLE",
    });
    fixture.clock.at += callTimes.settleMs;
    expect(stateOf(await fixture.placed(call, { key: "k" }))).toMatchObject({ state: "UNKNOWN" });
    expect(fixture.sent).toHaveLength(1);
  });
});

/** The records of all calls that are under way. */
const openRecords = async ({
  ledger,
}: Pick<ReturnType<typeof callsWith>, "ledger">): Promise<CallRecord[]> => {
  const records: CallRecord[] = [];
  for await (const { id } of ledger.listOpen()) {
    const held = await ledger.read(id);
    if (held !== undefined) records.push(held.value);
  }
  return records;
};
