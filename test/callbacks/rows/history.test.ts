import { describe, expect, it } from "vitest";
import { factsOfLegs, factsOfNumber, legsAround } from "../../../lib/callbacks/rows/history.ts";
import { legsOf } from "../../../lib/callbacks/rows/legs.ts";
import type { WmsClient } from "../../../lib/wms/client.ts";
import type { HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";
import { answeredRow } from "../../support/answered-row.ts";
import { CallbackPbx } from "../../support/callback-pbx.ts";

const settings = { timezone: "Europe/Rome", country: "IT" } as const;
const customer = "00393335000001";

let lastId = 0;
const leg = (change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  answeredRow({
    id: String(++lastId),
    from_number: customer,
    dst: "00390404567101",
    lastdata: "SIP/101",
    timezone: "+0100",
    ...change,
  });
const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };
const inQueue = { lastapp: "Queue", lastdata: "Sales,t,,", dstchannel: "" };

const facts = (...rows: Record<string, unknown>[]) =>
  factsOfLegs({ id: "milan", settings }, legsOf(rows, settings));

describe("the facts of call history", () => {
  it.each([
    ["a person answers", [leg()], { kind: "bridged", talkSeconds: 30 }],
    ["a person answers, in other capitals", [leg({ disposition: "Answered" })], { kind: "bridged" }],
    ["nobody answers", [leg(silent)], { kind: "missed" }],
    ["the line is busy", [leg({ ...silent, disposition: "Busy" })], { kind: "missed" }],
    [
      "a mailbox answers",
      [leg(silent), leg({ lastapp: "VoiceMail", dstchannel: "" })],
      { kind: "voicemail" },
    ],
    ["a mailbox answers, in other capitals", [leg({ lastapp: "VOICEMAIL" })], { kind: "voicemail" }],
    ["a fax comes", [leg({ type: "Fax", dstchannel: "" })], { kind: "fax" }],
    ["the caller leaves the music of a queue", [leg(inQueue)], { kind: "missed", queue: { name: "Sales" } }],
    [
      "the caller leaves the second queue",
      [leg(inQueue), leg({ ...inQueue, lastdata: "Support,t" })],
      { kind: "missed", queue: { name: "Support" } },
    ],
    [
      "a queue rings two phones, and one answers",
      [
        leg({ ...silent, ...inQueue, dstchannel: "SIP/101-00000002" }),
        leg({ ...inQueue, dstchannel: "SIP/102-00000003", to_number: "102" }),
      ],
      { kind: "bridged", queue: { name: "Sales" } },
    ],
    [
      "a phone sends the call outside again, where a person answers",
      [leg({ to_number: "00393337000001", dstchannel: "SIP/telco-00000002" })],
      { kind: "bridged", number: customer },
    ],
  ])("%s", (_what, rows, expected) => {
    const found = facts(...rows);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ pbx: "milan", number: customer, direction: "inbound", ...expected });
    expect(found[0]).not.toHaveProperty("placed");
  });
  it.each([
    ["answered", {}, "bridged"],
    ["not answered", silent, "missed"],
  ])("a call to the outside that is %s", (_what, change, kind) => {
    const out = {
      from_number: "101",
      to_number: customer,
      dst: customer,
      channel: "SIP/101-00000001",
      dstchannel: "SIP/telco-00000002",
    };
    expect(facts(leg({ ...out, ...change }))).toMatchObject([
      { kind, direction: "outbound", number: customer },
    ]);
  });
  it("have no call inside the PBX, none without a number, and none without a start", () => {
    expect(facts(leg({ from_number: "102", channel: "SIP/102-00000001" }))).toEqual([]);
    expect(facts(leg({ from_number: "", src: "" }))).toEqual([]);
    expect(facts(leg({ start: "soon" }))).toEqual([]);
  });
  it("have the times of a call over a change of the clocks", () => {
    const [fact] = facts(
      leg({
        start: "2026-10-25 02:59:00",
        answer: "2026-10-25 02:00:10",
        end: "2026-10-25 02:01:00",
        timezone: "+0200",
        duration: "120",
        billsec: "50",
      }),
    );
    expect(fact).toMatchObject({
      startedAt: Date.parse("2026-10-25T00:59:00Z"),
      endedAt: Date.parse("2026-10-25T01:01:00Z"),
    });
  });
  it("are two for legs of two PBXs with the same ids", () => {
    const local = { channel: "Local/101@users-00000001;1", dstchannel: "" };
    const found = facts(
      leg({ id: "7" }),
      leg({ id: "7", pbxid: "p2", ...local, ...silent, start: "2026-11-23 09:00:00" }),
    );
    expect(found.map(({ kind, placed }) => [kind, placed])).toEqual([
      ["missed", true],
      ["bridged", undefined],
    ]);
  });
});

describe("two calls whose legs have one id", () => {
  it("have the times of their own legs", () => {
    const found = facts(
      leg({
        id: "7",
        ...silent,
        start: "2026-11-23 09:00:00",
        end: "2026-11-23 09:00:20",
        channel: "SIP/telco-9",
      }),
      leg({ id: "7" }),
    );
    expect(found.map(({ kind, startedAt }) => [kind, new Date(startedAt).toISOString()])).toEqual([
      ["missed", "2026-11-23T08:00:00.000Z"],
      ["bridged", "2026-11-23T09:00:00.000Z"],
    ]);
  });
});

describe("a leg of call history", () => {
  it("ends after its seconds if it has no end, and at its start if it has none", () => {
    const start = Date.parse("2026-11-23T09:00:00Z");
    const ends = legsOf([leg({ end: "" }), leg({ end: "", duration: "" })], settings);
    expect(ends.map(({ endedAt }) => endedAt - start)).toEqual([35_000, 0]);
  });
  it("without an offset has the times of the PBX's zone, and of UTC if that is not set", () => {
    const starts = [settings, {}].map((own) => legsOf([leg({ timezone: "" })], own)[0]?.startedAt);
    expect(starts).toEqual([Date.parse("2026-11-23T09:00:00Z"), Date.parse("2026-11-23T10:00:00Z")]);
  });
  it("is bridged if a person talked", () => {
    const bridged = (change: object): boolean | undefined =>
      legsOf([leg({ ...change })], settings)[0]?.isBridged;
    expect(bridged({})).toBe(true);
    expect(bridged({ billsec: "1" })).toBe(true);
    for (const change of [{ billsec: "0" }, silent, inQueue, { lastapp: "voicemail" }])
      expect(bridged(change)).toBe(false);
  });
});

describe("a question to the history of a PBX", () => {
  const own = { ...settings, outside_prefix: "9" };
  const at = Date.parse("2026-11-23T09:30:00Z");
  const answering = (records: Record<string, unknown>[]) => {
    const asked: HistoryPageQuery[] = [];
    const { client } = new CallbackPbx("milan", own, () => at).asPbx();
    const historyPage: WmsClient["historyPage"] = async (query) => {
      asked.push(query);
      return { total: undefined, records };
    };
    return { pbx: { id: "milan", settings: own, client: { ...client, historyPage } }, asked };
  };

  it("of a number has its last nine digits, and the time up to one minute from now", async () => {
    const { pbx, asked } = answering([]);
    expect(await factsOfNumber(pbx, "+393335000001", at - 3_600_000, at)).toEqual([]);
    expect(asked).toMatchObject([
      {
        search: "335000001",
        filter: { start: { from: "2026-11-23 09:30:00", to: "2026-11-23 10:31:00" } },
      },
    ]);
  });
  it("of a short number has all its digits", async () => {
    const { pbx, asked } = answering([]);
    await factsOfNumber(pbx, "+3906698", at - 3_600_000, at);
    expect(asked).toMatchObject([{ search: "3906698" }]);
  });
  it("of a number leaves out legs of other numbers with these digits", async () => {
    const out = {
      from_number: "101",
      to_number: "93335000001",
      dst: "93335000001",
      channel: "SIP/101-00000005",
      dstchannel: "SIP/telco-00000006",
    };
    const { pbx } = answering([
      leg(),
      leg({ from_number: "+44335000001", channel: "SIP/telco-00000007", dstchannel: "SIP/102-00000008" }),
      leg({ ...out, start: "2026-11-23 10:10:00" }),
    ]);
    const found = await factsOfNumber(pbx, "+393335000001", at - 3_600_000, at);
    expect(found.map(({ direction, number }) => [direction, number])).toEqual([
      ["inbound", customer],
      ["outbound", "93335000001"],
    ]);
  });
  it("around a dial has the time from one minute before to three minutes after", async () => {
    const { pbx, asked } = answering([leg()]);
    expect(await legsAround(pbx, at)).toMatchObject([{ from: customer, to: "101" }]);
    expect(asked).toMatchObject([
      { filter: { start: { from: "2026-11-23 10:29:00", to: "2026-11-23 10:33:00" } } },
    ]);
  });
});
