import { describe, expect, it } from "vitest";
import { type NumberRecord, noNumber } from "../../../lib/callbacks/record.ts";
import { legsOf } from "../../../lib/callbacks/rows/legs.ts";
import { readOutcome } from "../../../lib/callbacks/rows/outcome.ts";
import { formatLocal } from "../../../lib/wms/local-time.ts";

type Row = Readonly<Record<string, unknown>>;

const settings = { timezone: "UTC", country: "IT", outside_prefix: "9" } as const;
const customer = "+393331234567";
const other = "+393339999999";
const mark = "cb-5f2a";
const dialled = Date.parse("2026-11-24T10:00:00Z");
const minute = 60_000;

/** A time so many seconds after the dial, as the PBX writes it. */
const at = (seconds: number): string => formatLocal(dialled / 1000 + seconds);
const ms = (seconds: number): number => dialled + seconds * 1000;

let lastId = 0;
const row = (change: Row): Row => ({
  id: String(++lastId),
  from_number: "108",
  duration: "30",
  billsec: "30",
  disposition: "ANSWERED",
  lastapp: "Dial",
  pbxid: "p1",
  type: "call",
  timezone: "+0000",
  ...change,
});
/** The agent's phone rings for 5 seconds; the agent picks up and stays for 35. */
const phone = (change: Row = {}): Row =>
  row({
    start: at(0),
    answer: at(5),
    end: at(40),
    to_number: "108",
    channel: "Local/108@users-00000001;2",
    dstchannel: "SIP/108-00000001",
    ...change,
  });
/** The customer's phone rings for 10 seconds; the customer talks for 20. */
const outside = (change: Row = {}): Row =>
  row({
    start: at(5),
    answer: at(15),
    end: at(35),
    billsec: "20",
    to_number: customer,
    channel: "Local/108@users-00000001;1",
    dstchannel: "SIP/telco-00000002",
    ...change,
  });
const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };
const busy = { ...silent, disposition: "BUSY" };
const voicemail = { lastapp: "VoiceMail", dstchannel: "" };
/** No Local channel, and not from the agent's extension. */
const foreign = { channel: "SIP/110-00000007", from_number: "110" };

interface Situation {
  readonly mark?: string;
  readonly completed?: NumberRecord["completed"];
  /** Seconds after the dial. */
  readonly now?: number;
  readonly hasEvents?: boolean;
}

const read = (
  rows: readonly Row[],
  { mark: own, completed, now = 60, hasEvents = false }: Situation = {},
): ReturnType<typeof readOutcome> =>
  readOutcome(
    legsOf(rows, settings),
    { dial: { key: "cb/1/1/1", at: dialled, target: "108" }, number: customer, mark: own },
    settings,
    completed === undefined ? noNumber : { ...noNumber, completed },
    ms(now),
    hasEvents,
  );
const outcomeOf = (rows: readonly Row[], situation?: Situation): string =>
  read(rows, situation)?.outcome ?? "not known";

describe("the outcome of a ring", () => {
  it.each<[string, readonly Row[], string]>([
    ["nothing", [], "not known"],
    ["the agent does not pick up", [phone(silent)], "agent_missed"],
    ["the agent is busy", [phone(busy)], "agent_missed"],
    ["the agent's mailbox picks up", [phone(voicemail), outside()], "agent_voicemail"],
    [
      "the agent's mailbox picks up, and the customer does not",
      [phone(voicemail), outside(silent)],
      "agent_voicemail",
    ],
    ["the agent's mailbox did not pick up", [phone({ ...silent, ...voicemail }), outside(busy)], "busy"],
    ["the customer does not pick up", [phone(), outside(silent)], "no_answer"],
    ["the customer is busy", [phone(), outside(busy)], "busy"],
    ["the customer is busy, in other capitals", [phone(), outside({ ...busy, disposition: "Busy" })], "busy"],
    ["the call to the customer fails", [phone(), outside({ ...silent, disposition: "FAILED" })], "failed"],
    ["no line is free", [phone(), outside({ ...silent, disposition: "CONGESTION" })], "failed"],
    ["they talk", [phone(), outside()], "talked"],
    ["they talk, and the agent's leg is lost", [outside()], "talked"],
    ["the customer picks up and hangs up at once", [phone(), outside({ billsec: "0" })], "no_answer"],
    [
      "a second try reaches the customer",
      [phone(), outside({ ...busy, end: at(7) }), outside({ start: at(8) })],
      "talked",
    ],
    [
      "a second try is busy after they talked",
      [phone(), outside(), outside({ ...busy, start: at(36) })],
      "talked",
    ],
  ])("%s", (_what, rows, outcome) => expect(outcomeOf(rows)).toBe(outcome));

  it.each<[string, readonly Row[], number]>([
    ["the agent's leg, if it ends last", [phone(), outside()], 40],
    ["the customer's leg, if it ends last", [phone(), outside({ end: at(50) })], 50],
    [
      "the agent's leg, although the customer picked up and hung up before",
      [phone(), outside({ billsec: "0" })],
      40,
    ],
    ["the agent's only leg", [phone({ ...silent, end: at(20) })], 20],
  ])("has the end of %s", (_what, rows, seconds) => expect(read(rows)?.end).toBe(ms(seconds)));

  it("without the customer's leg is not known for 15 minutes if the agent picked up: legs can come late", () => {
    const late = 40 + 15 * 60;
    expect(outcomeOf([phone()], { now: late - 1 })).toBe("not known");
    expect(outcomeOf([phone()], { now: late })).toBe("agent_missed");
  });
});

describe("a leg belongs to the ring", () => {
  it.each([
    [-11, "not known"],
    [-10, "busy"],
    [0, "busy"],
    [80, "busy"],
    [81, "not known"],
  ])("if it starts 10 s before to 80 s after the dial: %i s", (seconds, outcome) =>
    expect(outcomeOf([outside({ ...busy, start: at(seconds), end: at(seconds + 5) })])).toBe(outcome),
  );

  it.each<[string, Row, string]>([
    ["has the Local channel of the phone", { from_number: other }, "busy"],
    [
      "goes to the Local channel of the phone",
      { ...foreign, dstchannel: "Local/108@users-00000001;1" },
      "busy",
    ],
    ["is from the phone", { channel: "SIP/108-00000001" }, "busy"],
    ["is written with the prefix for calls outside", { to_number: "93331234567" }, "busy"],
    ["has none of these", foreign, "not known"],
    ["has the Local channel of another phone", { ...foreign, channel: "Local/1081@users-1;1" }, "not known"],
    ["goes to another number", { to_number: other }, "not known"],
    ["has the mark", { ...foreign, from_name: `<- Sales ${mark}`, billsec: 0 }, "busy"],
    ["has another mark", { ...foreign, from_name: "<- Sales cb-0000", billsec: 0 }, "not known"],
  ])("of the customer if it %s", (_what, change, outcome) =>
    expect(outcomeOf([outside({ ...busy, ...change })], { mark })).toBe(outcome),
  );

  it("of the customer by no mark, whatever its texts are, if the PBX carries none", () =>
    expect(outcomeOf([outside({ ...busy, ...foreign, from_name: "undefined" })])).toBe("not known"));

  it.each<[string, Row, string]>([
    ["without a caller", { from_number: "" }, "agent_missed"],
    ["that shows itself as the caller", { from_number: "108" }, "agent_missed"],
    ["that shows the customer's number", { from_number: "93331234567" }, "agent_missed"],
    ["that shows another number: another callback rings it", { from_number: other }, "not known"],
    ["that shows another number, with the mark", { from_number: other, from_name: mark }, "agent_missed"],
    ["with the mark only", { ...foreign, from_name: mark }, "agent_missed"],
    ["that a colleague calls", foreign, "not known"],
    ["that a call without a number reaches", { ...foreign, from_number: "" }, "not known"],
    ["of another extension", { to_number: "109" }, "not known"],
    ["of another extension, with the mark", { to_number: "109", from_name: mark }, "not known"],
  ])("of the agent's phone %s", (_what, change, outcome) =>
    expect(outcomeOf([phone({ ...silent, ...change })], { mark })).toBe(outcome),
  );
});

describe("of several callbacks that ring one phone", () => {
  it("the customer's marked leg decides", () =>
    expect(outcomeOf([outside(), outside({ ...busy, from_name: mark })], { mark })).toBe("busy"));
  it("every leg of the customer counts if none has the mark", () =>
    expect(outcomeOf([outside(), outside(busy)], { mark })).toBe("talked"));
  it("the phone's marked leg decides", () =>
    expect(
      outcomeOf([phone(), phone({ ...silent, channel: "Local/108@users-2;2", from_name: mark })], { mark }),
    ).toBe("agent_missed"));
  it("the phone's leg that shares the Local channel of the customer's leg decides", () => {
    const another = phone({ ...voicemail, channel: "Local/108@users-00000002;2" });
    expect(outcomeOf([phone(), outside(), another])).toBe("talked");
    expect(outcomeOf([another, outside()])).toBe("agent_voicemail");
  });
});

describe("a customer who is counted as answered with the agent", () => {
  const together = [phone(), outside({ answer: at(5) })];
  const call = { start: ms(5), end: ms(35) };

  it.each([
    [4, "not known"],
    [5, "not known"],
    [6, "not known"],
    [7, "talked"],
  ])("is one whose leg is answered up to 1 s after the agent's at 5 s: %i s", (seconds, outcome) =>
    expect(outcomeOf([phone(), outside({ answer: at(seconds) })], { hasEvents: true })).toBe(outcome),
  );
  it("is compared with the phone that picked up first", () =>
    expect(outcomeOf([phone(), phone({ answer: at(20) }), outside()], { hasEvents: true })).toBe("talked"));
  it("is not one if no phone picked up", () => {
    expect(outcomeOf([outside({ answer: at(5) })], { hasEvents: true })).toBe("talked");
    expect(outcomeOf([phone(silent), outside({ answer: at(5) })], { hasEvents: true })).toBe("talked");
  });

  it("talked if the PBX sends no events", () =>
    expect(read(together)).toEqual({ outcome: "talked", end: ms(40) }));
  it("talked if no event came for 5 minutes", () => {
    const late = 40 + (5 * minute) / 1000;
    expect(outcomeOf(together, { hasEvents: true, now: late - 1 })).toBe("not known");
    expect(outcomeOf(together, { hasEvents: true, now: late })).toBe("talked");
  });
  it.each([
    [true, "talked"],
    [false, "no_answer"],
  ])("did what the event of the call says at once: bridged %s", (bridged, outcome) => {
    const completed = [{ ...call, bridged }];
    expect(read(together, { hasEvents: true, completed })).toEqual({ outcome, end: ms(40) });
    expect(read(together, { completed })).toEqual({ outcome, end: ms(40) });
  });
  it("is not decided by the event of another call", () => {
    const completed = [{ start: ms(-90), end: ms(-30), bridged: false }];
    expect(outcomeOf(together, { hasEvents: true, completed })).toBe("not known");
    expect(outcomeOf(together, { completed })).toBe("talked");
    expect(outcomeOf(together, { completed: [...completed, { ...call, bridged: false }] })).toBe("no_answer");
  });
});
