import { describe, expect, it } from "vitest";
import { systemClock } from "../../lib/wms/system-clock.ts";
import type { Row } from "../../simulator/history/row.ts";
import { type PhoneAct, phoneActs } from "../../simulator/phone-rules.ts";
import type { Simulator } from "../../simulator/server.ts";
import { withPbx } from "../support/pbx.ts";

const outside = "393331234567";
const tell = (pbx: Simulator, number: string, act: unknown): Promise<Response> =>
  fetch(`${pbx.url}/simulator/phones/${number}`, { method: "PUT", body: JSON.stringify({ act }) });

/** Places a call, waits until it is over, and gives its truth and its rows. */
const placed = (told: Readonly<Record<string, PhoneAct>>, exten = outside) =>
  withPbx({}, async (pbx, client) => {
    for (const [number, act] of Object.entries(told)) await tell(pbx, number, act);
    await client.originate({ channel: "Local/108@users", exten, context: "users" });
    const [call] = pbx.pbx.phones.calls;
    while (!call?.over) await systemClock.sleep(2);
    const { history } = pbx.pbx;
    const today = new Date(call.placedAt).toLocaleDateString("sv-SE", { timeZone: "Europe/Rome" });
    const found = history.callsOf(today).find(({ truth }) => truth.scene === "originate");
    const rows = history.latest(found?.ids.length ?? 0).toReversed();
    return {
      truth: found?.truth,
      rows,
      legs: rows.map(wordOf),
      states: [call.first.state, call.second.state],
    };
  });
const wordOf = (row: Row): string => `${row["to_number"]} ${row["lastapp"]} ${row["disposition"]}`;

describe("a phone that was told what to do", () => {
  it.each<[string, Readonly<Record<string, PhoneAct>>, string, string[]]>([
    [
      "answers",
      { "108": "answer", [outside]: "answer" },
      "answered",
      ["108 Dial ANSWERED", `${outside} Dial ANSWERED`],
    ],
    ["is busy", { "108": "busy" }, "busy", ["108 Dial BUSY"]],
    ["does not disturb", { "108": "dnd" }, "busy", ["108 Dial BUSY"]],
    ["does not answer", { "108": "no_answer" }, "no_answer", ["108 Dial NO ANSWER"]],
    [
      "falls to voicemail, which hears the customer",
      { "108": "voicemail" },
      "voicemail",
      ["108 Dial NO ANSWER", "108 VoiceMail ANSWERED", `${outside} Dial ANSWERED`],
    ],
    [
      "falls to voicemail, and the customer does not answer",
      { "108": "voicemail", [outside]: "no_answer" },
      "no_answer",
      ["108 Dial NO ANSWER", "108 VoiceMail ANSWERED", `${outside} Dial NO ANSWER`],
    ],
    ["cannot be reached", { "108": "failed" }, "failed", ["108 Dial FAILED"]],
    [
      "outside cannot be reached",
      { [outside]: "failed" },
      "failed",
      ["108 Dial ANSWERED", `${outside} Dial FAILED`],
    ],
    ["outside is busy", { [outside]: "busy" }, "busy", ["108 Dial ANSWERED", `${outside} Dial BUSY`]],
    [
      "outside does not answer",
      { [outside]: "no_answer" },
      "no_answer",
      ["108 Dial ANSWERED", `${outside} Dial NO ANSWER`],
    ],
    [
      "outside has a mailbox",
      { [outside]: "voicemail" },
      "answered",
      ["108 Dial ANSWERED", `${outside} Dial ANSWERED`],
    ],
  ])("%s", async (_name, told, outcome, legs) => {
    const call = await placed(told);
    expect([call.truth?.outcome, call.legs]).toEqual([outcome, legs]);
    expect(call.truth?.answered === null).toBe(outcome !== "answered");
  });
  it("inside falls to voicemail as second leg", async () => {
    const call = await placed({ "102": "voicemail" }, "102");
    expect(call.legs).toEqual(["108 Dial ANSWERED", "102 Dial NO ANSWER", "102 VoiceMail ANSWERED"]);
    expect(call.truth).toMatchObject({ outcome: "voicemail", direction: "internal", talkSeconds: 0 });
    expect(call.rows[2]).toMatchObject({
      answer: "",
      dstchannel: "",
      userfield: "VM:/102/INBOX/msg0000.mp3",
    });
  });
  it("goes by its number again when that is undone", () =>
    withPbx({}, async (pbx) => {
      for (const act of phoneActs) await tell(pbx, "109", act);
      expect(await (await fetch(`${pbx.url}/simulator/phones`)).json()).toEqual({ "109": phoneActs.at(-1) });
      await fetch(`${pbx.url}/simulator/phones/109`, { method: "DELETE" });
      expect(pbx.pbx.phones.rules.told()).toEqual({});
      expect([pbx.pbx.phones.rules.first("109"), pbx.pbx.phones.rules.second("5599")]).toEqual([
        "no_answer",
        "busy",
      ]);
    }));
  it.each([
    ["PUT", '{"act":"sing"}', 400, "`act` must be one of answer, busy"],
    ["PUT", "{", 400, "`act` must be"],
    ["PUT", "null", 400, "`act` must be"],
    ["POST", '{"act":"busy"}', 405, "PUT or DELETE"],
  ])("%s %s is refused with %i, and changes nothing", (method, body, status, text) =>
    withPbx({}, async (pbx) => {
      const response = await fetch(`${pbx.url}/simulator/phones/102`, { method, body });
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
      expect(pbx.pbx.phones.rules.told()).toEqual({});
    }),
  );
});
