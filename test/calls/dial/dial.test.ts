import { describe, expect, it } from "vitest";
import { readCall, type WantedCall } from "../../../lib/calls/dial/dial.ts";
import hostile from "../../fixtures/hostile-dials.json" with { type: "json" };
import { callsWith, openSettings } from "../../support/calls.ts";

describe("what may not be dialled", () => {
  it("is known in 300 ways and more, each with its reason", () => {
    expect(hostile.length).toBeGreaterThanOrEqual(300);
    expect(new Set(hostile.map(({ body }) => JSON.stringify(body))).size).toBe(hostile.length);
  });
  it.each(hostile)("$field: $why", async ({ body, field, status }) => {
    const settings = { ...openSettings, outside_prefix: "0", dial_format: "00" as const };
    const { place, sent, audited, ledger } = callsWith({ settings });
    const refused = (async () => place(body))();
    await expect(refused).rejects.toMatchObject({
      code: status === 400 ? "INPUT_INVALID" : "CALL_FORBIDDEN",
      field,
      doc: { status },
      ...(status === 403 ? { sent: "no" } : {}),
    });
    expect([sent, audited.length]).toEqual([[], status === 403 ? 1 : 0]);
    for await (const open of ledger.listOpen()) expect(open).toBeUndefined();
  });
});

describe("a call that is asked for", () => {
  const plain: WantedCall = {
    pbx: undefined,
    first: { extension: "108" },
    channelContext: undefined,
    context: undefined,
    to: "16144841500",
    application: undefined,
    callerId: undefined,
    ringMs: 25_000,
    variable: undefined,
    async: true,
    dryRun: false,
  };
  const short = { extension: "108", to: "16144841500" };

  it.each<[string, object, Partial<WantedCall>]>([
    ["in the short form", short, {}],
    ["with a plus", { ...short, to: "+16144841500" }, { to: "+16144841500" }],
    [
      "of 20 digits and 10 for the phone",
      { extension: "1".repeat(10), to: "1".repeat(20) },
      { first: { extension: "1".repeat(10) }, to: "1".repeat(20) },
    ],
    [
      "by WMS names",
      { channel: "Local/108@phones", context: "users", exten: "16144841500", priority: 1 },
      { channelContext: "phones", context: "users" },
    ],
    ["with priority as text", { ...short, priority: "1" }, {}],
    [
      "for a colleague",
      { agent: "Ada.L+x@mail.example.com", to: "109" },
      { first: { agent: "Ada.L+x@mail.example.com" }, to: "109" },
    ],
    ["at a PBX", { ...short, pbx: "milan" }, { pbx: "milan" }],
    ["in a dialplan", { ...short, context: "users_CU-2" }, { context: "users_CU-2" }],
    ["that rings for 5 s", { ...short, ring_seconds: 5 }, { ringMs: 5_000 }],
    ["that rings for 60 s", { ...short, ring_seconds: 60 }, { ringMs: 60_000 }],
    ["that rings for a fraction", { ...short, ring_seconds: 7.5 }, { ringMs: 7_500 }],
    ["that rings for 5,000 ms", { ...short, timeout: 5_000 }, { ringMs: 5_000 }],
    ["that rings for 60,000 ms", { ...short, timeout: 60_000 }, { ringMs: 60_000 }],
    ["that waits", { ...short, async: false }, { async: false }],
    ["that does not", { ...short, async: true }, { async: true }],
    ["to try", { ...short, dry_run: true }, { dryRun: true }],
    [
      "with a variable",
      { ...short, variable: "CRM_ID=a.b:c-9_" },
      { variable: { name: "CRM_ID", value: "a.b:c-9_" } },
    ],
    ["with an empty variable", { ...short, variable: "A=" }, { variable: { name: "A", value: "" } }],
    ["that shows a name", { ...short, caller_id: { name: "Zoë" } }, { callerId: '"Zoë"' }],
    ["that shows both", { ...short, caller_id: { name: "Ada", number: "+39" } }, { callerId: '"Ada" <+39>' }],
    [
      "that shows WMS's form",
      { ...short, callerid: '"Announcer" <16144841500>' },
      { callerId: '"Announcer" <16144841500>' },
    ],
    [
      "that plays a sound",
      { extension: "108", application: "Playback", data: "custom/closed-2" },
      { to: undefined, application: { name: "Playback", data: "custom/closed-2" } },
    ],
    [
      "that plays music",
      { extension: "108", application: "MusicOnHold" },
      { to: undefined, application: { name: "MusicOnHold", data: undefined } },
    ],
    [
      "that plays certain music",
      { extension: "108", application: "MusicOnHold", data: "jazz" },
      { to: undefined, application: { name: "MusicOnHold", data: "jazz" } },
    ],
    [
      "that echoes",
      { extension: "108", application: "Echo" },
      { to: undefined, application: { name: "Echo", data: undefined } },
    ],
  ])("%s", (_name, body, expected) => {
    expect(readCall(body)).toEqual({ ...plain, ...expected });
  });

  it.each<[unknown, string]>([
    [
      { ...short, extension: "108&109" },
      '`extension` must be 1 to 10 digits, for example 108; got "108&109".',
    ],
    [
      { ...short, to: "1614|48" },
      '`to` must be one phone number; got U+007C "|" in it. Write only digits, with or without a leading +.',
    ],
    [
      { channel: "SIP/1", exten: "1" },
      '`channel` must be Local/EXTENSION@CONTEXT with digits; got "SIP/1". Write for example Local/108@users.',
    ],
    [{ ...short, agent: "a@b.c" }, "`agent` must not be sent with `extension`. Use one of them."],
    [
      { agent: "a@b.c", channel: "Local/1@u", to: "1" },
      "`channel` must not be sent with `agent`. Use one of them.",
    ],
    [{ ...short, exten: "1" }, "`exten` must not be sent with `to`. Use one of them."],
    [
      { extension: "108", exten: "1", application: "Echo" },
      "`application` must not be sent with `exten`. Use one of them.",
    ],
    [
      { extension: "108", exten: "1&2" },
      '`exten` must be one phone number; got U+0026 "&" in it. Write only digits, with or without a leading +.',
    ],
    [
      { to: "1" },
      "`extension` is missing. Give `extension`, `agent` or `channel`: the phone that rings first.",
    ],
    [
      { extension: "108" },
      "`to` is missing. Give `to`, `exten` or `application`: the second leg of the call.",
    ],
    [
      { extension: "108", application: "System" },
      '`application` must be one of Playback, MusicOnHold, Echo; got "System".',
    ],
    [{ extension: "108", application: "Playback" }, "`data` is missing. Name the sound that is played."],
    [
      { extension: "108", application: "Echo", data: "x" },
      "`data` must not be sent with Echo, which uses no data. Remove it.",
    ],
    [
      { extension: "108", application: "Playback", data: "a b" },
      '`data` must be the path of a sound, for example custom/closed; got "a b".',
    ],
    [{ ...short, data: "x" }, "`data` must not be sent without `application`. Remove it."],
    [
      { ...short, variable: "A" },
      "`variable` must be NAME=value; got another form. Use only letters, digits and _ . : - in the value.",
    ],
    [
      { ...short, callerid: '"A" <1>', caller_id: {} },
      "`callerid` must not be sent with `caller_id`. Use one of them.",
    ],
    [{ ...short, priority: "abc" }, '`priority` must be 1 or "1"; got "abc".'],
    [{ ...short, priority: 2 }, '`priority` must be 1 or "1"; got 2.'],
    [{ ...short, priority: {} }, '`priority` must be 1 or "1".'],
    [
      { ...short, extension: "39 333 1234567" },
      '`extension` must be 1 to 10 digits, for example 108; got "…67".',
    ],
    [
      { ...short, callerid: "A" },
      '`callerid` must have the form "Name" <number>. Write for example "Ada" <108>.',
    ],
    [
      { ...short, caller_id: { number: "x" } },
      '`caller_id.number` must be one phone number; got U+0078 "x" in it. Write only digits, with or without a leading +.',
    ],
    [
      { ...short, ring_seconds: 5, timeout: 5_000 },
      "`timeout` must not be sent with `ring_seconds`. Use one of them.",
    ],
    [{ ...short, ring_seconds: 61 }, "`ring_seconds` must be from 5 to 60; got 61."],
    [{ ...short, timeout: 25 }, "`timeout` must be milliseconds from 5000 to 60000; got 25."],
    [{ ...short, agent: "x", extension: undefined }, '`agent` must be an e-mail address; got "x".'],
    [{ ...short, context: "a b" }, '`context` must be the name of a context, for example users; got "a b".'],
  ])("%j: %s", (body, words) => {
    expect(() => readCall(body)).toThrowError(
      expect.objectContaining({ code: "INPUT_INVALID", message: words }),
    );
  });
});
