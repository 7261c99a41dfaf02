import { describe, expect, it } from "vitest";
import { stopCalls } from "../../lib/calls/guard/kill-switch.ts";
import { callsWith, crm, openRecords, openSettings } from "../support/calls.ts";
import { answer, ok } from "../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };

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
    expect(fixture.sent[0]?.exchange.timeoutMs).toBe(7_000);
    expect(decodeURIComponent(fixture.sent[0]?.target ?? "")).toContain("filter[email][0]=ada@example.com");
  });
  it("is another for another e-mail, and at another PBX", async () => {
    const bob = { ...ada, email: "bob@example.com", extension: "102" };
    const fixture = callsWith({
      script: [
        colleagues([ada]),
        ok(),
        colleagues([bob]),
        ok(),
        colleagues([{ ...ada, extension: "103" }]),
        ok(),
      ],
    });
    const rome = { ...fixture.pbx, id: "rome" };
    const rung: string[] = [];
    for (const [agent, pbx] of [
      ["ada", fixture.pbx],
      ["bob", fixture.pbx],
      ["ada", rome],
    ] as const)
      rung.push((await fixture.placed({ agent: `${agent}@example.com`, to: "109" }, { pbx })).extension);
    expect(rung).toEqual(["101", "102", "103"]);
  });
  it.each<[string, object[], string]>([
    [
      "nobody",
      [],
      "`agent` must be the e-mail address of a colleague of milan; got an address that the PBX does not know.",
    ],
    [
      "somebody else",
      [{ ...ada, email: "bob@example.com" }],
      "`agent` must be the e-mail address of a colleague of milan; got an address that the PBX does not know.",
    ],
    [
      "without an extension",
      [{ ...ada, extension: "" }],
      "`agent` must have an extension; got a colleague without one.",
    ],
    [
      "with an odd extension",
      [{ ...ada, extension: "101&102" }],
      "`agent` must have an extension; got a colleague without one.",
    ],
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
  it("returns what would be sent, whole, and leaves no trace but an audit line", async () => {
    const fixture = callsWith({ settings: { ...openSettings, call_marker: "account" } });
    const body = { ...call, caller_id: { name: "Ada", number: "16144841500" }, dry_run: true };
    expect(await fixture.place(body)).toEqual({
      wouldSend: {
        channel: "Local/108@users",
        context: "users",
        exten: "+16144841500",
        priority: "1",
        callerid: '"Ada" <16144841500>',
        timeout: 25_000,
      },
    });
    expect(fixture.sent).toEqual([]);
    expect(await openRecords(fixture)).toEqual([]);
    for (const id of ["minute/crm", "day/crm", "day"])
      expect(await fixture.state.counted({ partition: "caps/pbx/milan", id })).toBe(0);
    expect(fixture.audited).toStrictEqual([
      {
        at: "2023-11-14T22:13:20.000Z",
        decision: "allowed",
        pbx: "milan",
        caller: "crm",
        request: "r1",
        extension: "108",
        to: "…00",
        country: "US",
        number_type: "fixed_line|mobile",
        dry_run: true,
      },
    ]);
  });
  it("asks no PBX whose phone it is, also for a key that may not ring every phone", async () => {
    const { place, sent, audited } = callsWith();
    const few = { ...crm, extensions: ["101"] };
    await place({ agent: "ada@example.com", to: "109", dry_run: true }, { caller: few });
    expect(await place({ agent: "ada@example.com", to: "109", dry_run: true })).toMatchObject({
      wouldSend: { channel: "Local/AGENT@users", exten: "109" },
    });
    expect(sent).toEqual([]);
    expect(audited.map((line) => "extension" in line)).toEqual([false, false]);
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
