import { describe, expect, it } from "vitest";
import { partyFinder } from "../../../lib/history/rows/leg-parties.ts";

const find = partyFinder({ zone: "Europe/Rome", country: "IT" });

describe("the parties of a leg", () => {
  it.each([
    [
      "a queue rings a phone",
      {
        from_number: "0212345678",
        to_number: "102",
        channel: "SIP/telco-0000002a",
        dstchannel: "SIP/102-0000002b",
        lastapp: "Queue",
        lastdata: "Support, first line,t,,",
      },
      {
        direction: "inbound",
        extension: "102",
        queue: "Support",
        trunk: "telco",
        other_e164: "+390212345678",
      },
    ],
    [
      "an extension calls out",
      {
        from_number: "101",
        to_number: "00493023125000",
        channel: "SIP/101-00000001",
        dstchannel: "PJSIP/backup-line-00000002",
        lastapp: "Dial",
        lastdata: "PJSIP/backup-line/00493023125000",
      },
      {
        direction: "outbound",
        extension: "101",
        queue: null,
        trunk: "backup-line",
        other_e164: "+493023125000",
      },
    ],
    [
      "a call is forwarded to a mobile: the trunk that it came by counts",
      { from_number: "0212345678", to_number: "102", channel: "SIP/telco-1", dstchannel: "SIP/backup-2" },
      { direction: "inbound", extension: "102", trunk: "telco" },
    ],
    [
      "an extension rings through a Local channel, which is no trunk",
      { from_number: "0212345678", to_number: "108", channel: "Local/108@users-00000001;2", dstchannel: "" },
      { direction: "inbound", extension: "108", trunk: null },
    ],
    [
      "the PBX writes SIP addresses",
      {
        from_number: "sip:101@pbx.example",
        to_number: '"Bar" <tel:+390212345678>',
        channel: "",
        dstchannel: "",
      },
      { direction: "outbound", extension: "101", trunk: null, other_e164: "+390212345678" },
    ],
    [
      "an extension calls another",
      { from_number: "101", to_number: "102", channel: "SIP/101-1", dstchannel: "SIP/102-2" },
      { direction: "internal", extension: "102", trunk: null, other_e164: null },
    ],
    [
      "a PBX names no channel",
      { src: "anonymous", dst: "102" },
      { direction: "inbound", extension: "102", queue: null, trunk: null, other_e164: null },
    ],
    [
      "nothing is known",
      {},
      { direction: null, extension: null, queue: null, trunk: null, other_e164: null },
    ],
    [
      "this product placed the call and the PBX kept its mark: the extension that rang calls out",
      {
        from_number: "00390212345678",
        to_number: "108",
        channel: "Local/108@users-00000001;2",
        dstchannel: "SIP/108-00000002",
        userfield: "WILDIX_CALL=0b6f8d3e-3c1a-4f6e-9",
      },
      {
        direction: "outbound",
        extension: "108",
        other_e164: "+390212345678",
        placed_by: "0b6f8d3e-3c1a-4f6e-9",
      },
    ],
    [
      "the mark is in the account code",
      { from_number: "108", to_number: "0212345678", accountcode: "0b6f8d3e-3c1a-4f6e-9" },
      { direction: "outbound", placed_by: "0b6f8d3e-3c1a-4f6e-9" },
    ],
    [
      "another text has the length of a mark",
      { from_number: "0212345678", to_number: "108", userfield: "VM:/108/INBOX/msg001.mp3" },
      { direction: "inbound", placed_by: null },
    ],
    ["a queue has no name", { lastapp: "Queue", lastdata: ",t" }, { queue: null }],
    [
      "the name of a queue is between quotes",
      { lastapp: "Queue", lastdata: '"Sales, North",t' },
      { queue: "Sales, North" },
    ],
    [
      "only the name of a queue follows, between quotes",
      { lastapp: "Queue", lastdata: '"Sales"' },
      { queue: "Sales" },
    ],
    ["a queue has an empty name between quotes", { lastapp: "Queue", lastdata: '"",t' }, { queue: null }],
    [
      "a queue's name has a quote",
      { lastapp: "Queue", lastdata: '"North" sales,t' },
      { queue: '"North" sales' },
    ],
    ["a queue has no other arguments", { lastapp: "Queue", lastdata: "Support" }, { queue: "Support" }],
    [
      "only a Local channel names the extension",
      { src: "anonymous", channel: "Local/108@users-00000001;2" },
      { direction: "transit", extension: "108", trunk: null },
    ],
    [
      "a Local channel has no context",
      { src: "anonymous", channel: "Local/108-00000001" },
      { extension: "108" },
    ],
    [
      "a Local channel leads to a menu",
      { src: "anonymous", channel: "Local/welcome@ivr-00000001;2" },
      { extension: null, trunk: null },
    ],
    ["the peer has an at sign", { src: "anonymous", channel: "SIP/line@telco-1" }, { trunk: "line@telco" }],
    ["a channel has no number of its own", { src: "anonymous", channel: "SIP/108" }, { extension: "108" }],
    [
      "a channel has no technology",
      { src: "anonymous", channel: "108-00000001" },
      { extension: null, trunk: null },
    ],
    ["the technology is empty", { src: "anonymous", channel: "/108-00000001" }, { extension: "108" }],
    [
      "this product rang a colleague",
      { from_number: "101", to_number: "108", userfield: "WILDIX_CALL=0b6f8d3e-3c1a-4f6e-9" },
      { direction: "internal", placed_by: "0b6f8d3e-3c1a-4f6e-9" },
    ],
  ])("if %s", (_case, record, parties) => expect(find(record)).toMatchObject(parties));
});

describe("the settings of a PBX", () => {
  const calls = { from_number: "0212345678", to_number: "101" };
  it("name numbers that are its own: there is no other side", () => {
    const ofOwn = partyFinder({ zone: "Europe/Rome", country: "IT", ownNumbers: ["0212345678"] });
    expect(ofOwn(calls)).toMatchObject({ direction: "internal", other_e164: null });
  });
  it("say what an extension looks like, which is never an empty text", () => {
    const ofAny = partyFinder({ zone: "Europe/Rome", extensionPattern: "\\d*" });
    expect(ofAny({ src: "x", dst: "" })).toMatchObject({ direction: "transit", extension: null });
  });
  it("can say that zero is an extension, if its phone calls", () => {
    const ofZero = partyFinder({ zone: "Europe/Rome", extensionPattern: "\\d{1,3}" });
    const to_number = "0212345678";
    expect(ofZero({ from_number: "0", to_number, channel: "SIP/0-00000001" })).toMatchObject({
      direction: "outbound",
      extension: "0",
    });
    expect(ofZero({ from_number: "0", to_number, channel: "SIP/telco-00000001" })).toMatchObject({
      direction: "transit",
      extension: null,
    });
  });
  it("can have a pattern that cannot be read: then nothing is an extension", () => {
    const ofNone = partyFinder({ zone: "Europe/Rome", extensionPattern: "(" });
    expect(ofNone(calls)).toMatchObject({ direction: "transit", extension: null });
  });
  it("mean the same after any number of other phones", () => {
    const phones = Array.from({ length: 10_002 }, (_, n) => (n % 2 === 0 ? `${10_000 + n}` : `line-${n}`));
    for (const to_number of [...phones, ...phones.slice(0, 3)]) {
      expect(find({ to_number }).extension).toBe(to_number.startsWith("line") ? null : to_number);
    }
  });
});
