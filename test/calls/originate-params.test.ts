import { describe, expect, it } from "vitest";
import { type CallsOptions, callsWith, openSettings } from "../support/calls.ts";
import { ok, type Sent } from "../support/scripted.ts";

const call = { extension: "108", to: "16144841500" };
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
    expect(sent[0]?.exchange).toMatchObject({ method: "POST", dedicated: true, timeoutMs: 6_000 });
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
