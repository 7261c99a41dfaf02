import { describe, expect, it } from "vitest";
import { dialledTrunk, partyFinder } from "../../../lib/history/rows/leg-parties.ts";

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
    [
      "the called number is a DID, and a phone rings",
      { from_number: "0212345678", to_number: "0698765432", channel: "SIP/telco-1", dstchannel: "SIP/101-2" },
      { direction: "inbound", extension: "101", other_e164: "+390212345678" },
    ],
    [
      "a phone shows the number of the company",
      { from_number: "0698765432", to_number: "0212345678", channel: "SIP/101-1", dstchannel: "SIP/telco-2" },
      { direction: "outbound", extension: "101", trunk: "telco", other_e164: "+390212345678" },
    ],
    [
      "somebody outside reaches somebody outside",
      {
        from_number: "0212345678",
        to_number: "3331234567",
        channel: "Local/101@users-1;2",
        dstchannel: "SIP/telco-2",
      },
      { direction: "transit" },
    ],
    [
      "an extension dials a function of the PBX",
      { from_number: "101", to_number: "*97", channel: "SIP/101-00000001", lastapp: "VoiceMailMain" },
      { direction: "internal", extension: "101", other_e164: null },
    ],
    ["the function begins with #", { from_number: "101", to_number: "#21" }, { direction: "internal" }],
    [
      "a trunk carries a code before the number",
      { from_number: "101", to_number: "*67#0212345678", channel: "SIP/101-1", dstchannel: "SIP/telco-2" },
      { direction: "outbound", trunk: "telco" },
    ],
    [
      "an emergency number is dialled",
      { from_number: "101", to_number: "112", channel: "SIP/101-1", dstchannel: "SIP/telco-2" },
      { direction: "outbound", extension: "101", trunk: "telco" },
    ],
    [
      "an emergency number is dialled, and the trunk makes no channel",
      { from_number: "101", to_number: "118", lastapp: "Dial", lastdata: "SIP/telco/118,60" },
      { direction: "outbound", extension: "101" },
    ],
    [
      "an emergency number is an extension",
      { from_number: "101", to_number: "112", channel: "SIP/101-1", dstchannel: "SIP/112-2" },
      { direction: "internal", extension: "112", trunk: null },
    ],
    [
      "a short number outside calls",
      { from_number: "118", to_number: "101", channel: "SIP/telco-1", dstchannel: "SIP/101-2" },
      { direction: "inbound", extension: "101", trunk: "telco" },
    ],
    [
      "an extension of another PBX calls",
      { from_number: "201", to_number: "101", channel: "SIP/branch-1", dstchannel: "SIP/101-2" },
      { direction: "internal", extension: "101", trunk: "branch" },
    ],
    [
      "another PBX has the extension",
      { from_number: "101", to_number: "201", channel: "SIP/101-1", dstchannel: "SIP/branch-2" },
      { direction: "internal", trunk: "branch" },
    ],
    [
      "a channel without a number has a peer with a hyphen",
      { channel: "SIP/backup-line" },
      { trunk: "backup-line" },
    ],
    ["a line of ISDN has the other number", { channel: "DAHDI/i1/0212345678-2a" }, { trunk: "i1" }],
    [
      "a channel takes the place of another",
      { src: "anonymous", channel: "AsyncGoto/SIP/101-0000028a", dstchannel: "Bridge/SIP/telco-0000028b" },
      { direction: "outbound", extension: "101", trunk: "telco" },
    ],
    ["a peer ends in a word of eight letters", { channel: "SIP/my-provider" }, { trunk: "my-provider" }],
    ["a peer ends like a number in base 16", { channel: "SIP/north-cafe" }, { trunk: "north-cafe" }],
    ["a channel is left after a transfer", { channel: "SIP/telco-0000002a<ZOMBIE>" }, { trunk: "telco" }],
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
  it("name the numbers outside that look like extensions, if a trunk carries them", () => {
    const ofShort = partyFinder({
      zone: "Europe/Rome",
      country: "IT",
      shortNumbers: ["4250"],
      outsidePrefix: "0",
    });
    const over = (to_number: string, dstchannel: string) =>
      ofShort({ from_number: "101", to_number, channel: "SIP/101-1", dstchannel }).direction;
    expect(over("4250", "SIP/telco-2")).toBe("outbound");
    expect(over("0112", "SIP/telco-2")).toBe("outbound");
    expect(over("4251", "SIP/telco-2")).toBe("internal");
    expect(over("4250", "SIP/4250-2")).toBe("internal");
    expect(over("4250", "")).toBe("internal");
  });
  it("name a DID that is forwarded outside: the call is inbound", () => {
    const ofOwn = partyFinder({ zone: "Europe/Rome", country: "IT", ownNumbers: ["0698765432"] });
    const forwarded = { from_number: "0212345678", to_number: "3331234567", channel: "SIP/telco-1" };
    expect(ofOwn({ ...forwarded, dst: "0698765432", dstchannel: "SIP/telco-2" }).direction).toBe("inbound");
    expect(ofOwn({ ...forwarded, dst: "0698765433", dstchannel: "SIP/telco-2" }).direction).toBe("transit");
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

describe("the trunk that Dial names", () => {
  it.each([
    ["SIP/telco/00393335000001", "telco"],
    ["SIP/telco/00393335000001,60,tTU(sub/x)", "telco"],
    ["PJSIP/0698765432@telco,60", "telco"],
    ["PJSIP/0698765432@telco", "telco"],
    ["SIP/101", null],
    ["SIP/101,30,t", null],
    ["SIP/a/1&SIP/b/2", null],
    ["SIP/a/1/2", null],
    ["Local/00393335000001@users/n", null],
    ["", null],
  ])("in %j is %j", (lastdata, trunk) => expect(dialledTrunk(lastdata)).toBe(trunk));
});
