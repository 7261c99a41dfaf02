import { describe, expect, it } from "vitest";
import { at, callsOf, leg, settings } from "./legs.ts";

const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };
const bare = (change: Readonly<Record<string, unknown>> = {}) =>
  leg({ channel: "", dstchannel: "", ...change });
const inQueue = { lastapp: "Queue", lastdata: "Support,t", dst: "00390404567300" };
const outbound = {
  from_number: "101",
  src: "101",
  from_name: "Ada",
  to_number: "00393335000001",
  to_name: "Café",
  dst: "00393335000001",
  channel: "SIP/101-00000001",
  dstchannel: "SIP/telco-00000002",
};
const inside = { ...outbound, to_number: "102", to_name: "Zoë", dst: "102", dstchannel: "SIP/102-00000002" };
/** The one call of some legs. */
const call = (...legs: Record<string, unknown>[]) => {
  const calls = callsOf(legs);
  expect(calls).toHaveLength(1);
  return calls[0];
};

describe("the outcome of a call", () => {
  it.each([
    ["answered", [leg()]],
    ["no_answer", [leg(silent)]],
    ["busy", [leg({ ...silent, disposition: "BUSY" })]],
    ["failed", [leg({ ...silent, disposition: "FAILED", dstchannel: "" })]],
    ["failed", [leg({ ...silent, disposition: "CONGESTION" })]],
    [
      "no_answer",
      [leg({ ...silent, disposition: "BUSY" }), leg({ ...silent, dstchannel: "SIP/102-00000003" })],
    ],
    ["no_answer", [leg({ answer: "" })]],
    [
      "busy",
      [leg({ answer: "", disposition: "BUSY" }), leg({ ...silent, disposition: "FAILED", dstchannel: "" })],
    ],
    [
      "voicemail",
      [
        leg({ ...silent, end: at(25) }),
        leg({ lastapp: "VoiceMail", answer: "", start: at(25), dstchannel: "" }),
      ],
    ],
    ["voicemail", [leg({ lastapp: "VoiceMail", dstchannel: "" })]],
    [
      "answered",
      [leg(), leg({ lastapp: "VoiceMail", answer: "", start: at(35), end: at(60), dstchannel: "" })],
    ],
    ["fax", [leg({ type: "fax", lastapp: "ReceiveFAX", dstchannel: "" })]],
    ["fax", [leg({ type: "fax" })]],
    [
      "fax",
      [
        leg({ ...silent, end: at(5) }),
        leg({ type: "fax", lastapp: "ReceiveFAX", start: at(5), dstchannel: "" }),
      ],
    ],
    [
      "abandoned",
      [leg({ ...inQueue, ...silent, dstchannel: "", end: at(10) }), leg({ ...silent, start: at(10) })],
    ],
    [
      "busy",
      [
        leg({ ...silent, lastapp: "BackGround", dstchannel: "", end: at(5) }),
        leg({ ...silent, disposition: "BUSY", start: at(5) }),
      ],
    ],
    ["abandoned", [leg({ ...inQueue, ...silent, dstchannel: "" })]],
    ["abandoned", [leg({ ...inQueue, answer: at(0), dstchannel: "" })]],
    ["abandoned", [leg({ ...inQueue, ...silent })]],
    ["abandoned", [leg({ lastapp: "BackGround", dstchannel: "" })]],
    [
      "no_answer",
      [leg({ lastapp: "BackGround", dstchannel: "" }), leg({ ...silent, start: at(35), end: at(50) })],
    ],
    ["answered", [leg({ ...inQueue })]],
    ["answered", [bare(inQueue)]],
    ["abandoned", [bare({ ...inQueue, answer: at(0) })]],
    ["abandoned", [bare({ lastapp: "Playback" })]],
    ["answered", [bare()]],
    ["answered", [leg({ lastapp: "ConfBridge", dstchannel: "" })]],
    ["busy", [leg({ ...silent, disposition: "BUSY", lastapp: "Busy", dstchannel: "" })]],
    ["failed", [leg({ ...silent, disposition: "FAILED", lastapp: "Hangup", dstchannel: "" })]],
    ["failed", [leg({ ...silent, disposition: "CONGESTION", lastapp: "Congestion", dstchannel: "" })]],
    ["abandoned", [leg({ ...silent, lastapp: "WaitExten", dstchannel: "" })]],
    ["no_answer", [leg({ ...silent, lastapp: "Hangup" })]],
    [
      "abandoned",
      [
        leg({ lastapp: "BackGround", dstchannel: "", end: at(5) }),
        leg({ ...silent, disposition: "FAILED", lastapp: "Hangup", dstchannel: "", start: at(5) }),
      ],
    ],
    [
      "failed",
      [leg({ ...outbound, ...silent, disposition: "CONGESTION", lastapp: "Congestion", dstchannel: "" })],
    ],
    ["failed", [leg({ ...outbound, lastapp: "Playback", dstchannel: "" })]],
    ["no_answer", [leg({ ...outbound, ...silent, lastapp: "Hangup", dstchannel: "" })]],
    [
      "answered",
      [leg({ ...outbound, to_number: "*97", dst: "*97", lastapp: "VoiceMailMain", dstchannel: "" })],
    ],
  ])("is %s", (outcome, legs) => expect(call(...legs)?.outcome).toBe(outcome));
});

describe("the times of a call", () => {
  it("go from the first leg to the end of the last, in both forms", () =>
    expect(
      call(
        leg({ lastapp: "Playback", dstchannel: "", answer: at(0), end: at(6) }),
        leg({ start: at(6), answer: at(10), end: at(40), billsec: "30", duration: "34" }),
      ),
    ).toMatchObject({
      started: at(0),
      started_utc: "2026-11-23T10:00:00Z",
      answered: at(10),
      answered_utc: "2026-11-23T10:00:10Z",
      ended: at(40),
      ended_utc: "2026-11-23T10:00:40Z",
      wait_seconds: 10,
      ring_seconds: 4,
      talk_seconds: 30,
    }));
  it("are null if the legs have none, and the call is there", () =>
    expect(call(leg({ start: "", answer: "", end: "", duration: "" }))).toMatchObject({
      started: null,
      started_utc: null,
      answered: null,
      answered_utc: null,
      ended: null,
      ended_utc: null,
      wait_seconds: null,
      ring_seconds: null,
      outcome: "no_answer",
    }));
  it("take the end from the seconds if the leg has no end", () => {
    expect(call(leg({ end: "" }))).toMatchObject({ ended_utc: "2026-11-23T10:00:35Z", ended: at(35) });
    const { answer: _answer, ...unwritten } = leg();
    expect(call(unwritten)).toMatchObject({
      answered: at(5),
      answered_utc: "2026-11-23T10:00:05Z",
      talk_seconds: 30,
    });
    const away = { start: "2026-11-23 05:00:00", answer: "", end: "", timezone: "-0500" };
    expect(call(leg({ ...silent, ...away }))).toMatchObject({
      ended: "2026-11-23 05:00:35",
      ended_utc: "2026-11-23T10:00:35Z",
    });
    expect(call(leg({ ...silent, end: "", duration: "20" }))?.ended_utc).toBe("2026-11-23T10:00:20Z");
    expect(call(leg({ end: "", duration: "", billsec: "7" }))?.ended_utc).toBe("2026-11-23T10:00:12Z");
    expect(call(leg({ ...silent, end: "", duration: "" }))?.ended_utc).toBe("2026-11-23T10:00:00Z");
  });
  it("are those of the leg that ends last, and of the first of two that end together", () => {
    const late = leg({ ...inQueue, ...silent, end: at(60) });
    const early = leg({ ...inQueue, ...silent, dstchannel: "SIP/102-00000003", start: at(3), end: at(30) });
    expect(call(late, early)?.ended).toBe(at(60));
    const together = { dstchannel: "SIP/102-00000003", start: at(3), duration: "57", end: "" };
    expect(call(late, leg({ ...inQueue, ...silent, ...together }))?.ended).toBe(at(60));
  });
  it("count no wait and no ringing of a leg without a start", () => {
    const unknown = leg({ ...silent, start: "" });
    expect(call(unknown)).toMatchObject({ wait_seconds: null, ring_seconds: null, ended: at(35) });
    // only an id shows that a leg without a start is of the same call
    const legs = [unknown, leg({ start: at(30), answer: at(35), end: at(60) })];
    const linked = legs.map((one) => ({ ...one, linkedid: "1.1" }));
    expect(callsOf(linked, { ...settings, callIdField: "linkedid" })).toMatchObject([{ ring_seconds: 5 }]);
  });
  it("take the first answer, whichever phone began to ring first", () =>
    expect(
      call(
        leg({ ...inQueue, answer: at(20) }),
        leg({ ...inQueue, start: at(3), to_number: "102", dstchannel: "SIP/102-00000003" }),
      ),
    ).toMatchObject({ answered: at(5), answered_by: "102", wait_seconds: 5 }));
  it("count the seconds of a leg over a change of the clocks, not the hours of the day", () => {
    const rome = { zone: "Europe/Rome", country: "IT" };
    const over = {
      start: "2026-10-25 02:59:00",
      answer: "2026-10-25 02:00:10",
      end: "2026-10-25 02:01:00",
      timezone: "+0200",
      duration: "120",
      billsec: "50",
    };
    expect(callsOf([leg(over)], rome)[0]).toMatchObject({
      started_utc: "2026-10-25T00:59:00Z",
      answered_utc: "2026-10-25T01:00:10Z",
      ended_utc: "2026-10-25T01:01:00Z",
      wait_seconds: 70,
    });
  });
  it("believe an end that is not a quarter of an hour beside the seconds", () =>
    expect(call(leg({ duration: "40" }))?.ended_utc).toBe("2026-11-23T10:00:35Z"));
  it("wait until voicemail or fax if no person answers, else until the end", () => {
    const rang = leg({ ...silent, end: at(25) });
    const box = leg({ lastapp: "VoiceMail", answer: "", start: at(25), end: at(60), dstchannel: "" });
    expect(call(rang, box)).toMatchObject({ wait_seconds: 25, ring_seconds: 25, talk_seconds: 0 });
    expect(call(leg({ ...silent, end: at(25) }))).toMatchObject({ wait_seconds: 25, ring_seconds: 25 });
    expect(call(leg({ type: "fax", dstchannel: "", lastapp: "ReceiveFAX" }))).toMatchObject({
      wait_seconds: 0,
      ring_seconds: 0,
    });
  });
  it("and the outcome are the same in other capitals", () => {
    for (const change of [{}, silent, { ...silent, disposition: "BUSY" }]) {
      const written = leg(change);
      const other = {
        ...written,
        disposition: String(written["disposition"]).toLowerCase(),
        lastapp: String(written["lastapp"]).toUpperCase(),
        type: "Call",
      };
      expect(call(other)).toEqual(call(written));
    }
    expect(call(leg({ disposition: "No Answer", answer: "", billsec: "0" }))?.outcome).toBe("no_answer");
    expect(call(leg({ disposition: "Busy", answer: "", billsec: "0" }))?.outcome).toBe("busy");
  });
  it("are never negative", () =>
    expect(call(leg({ answer: "2026-11-23 09:59:58" }))).toMatchObject({ wait_seconds: 0, ring_seconds: 0 }));
  it("count phones that ring at once as one, and rounds apart, until somebody answers", () =>
    expect(
      call(
        leg({ ...inQueue, ...silent, dstchannel: "SIP/102-00000003", end: at(15) }),
        leg({ ...inQueue, ...silent, dstchannel: "SIP/103-00000004", start: at(3), end: at(15) }),
        leg({ ...inQueue, ...silent, dstchannel: "SIP/102-00000005", start: at(20), end: at(28) }),
        leg({
          ...inQueue,
          dstchannel: "SIP/103-00000006",
          start: at(20),
          answer: at(28),
          end: at(60),
          billsec: "32",
          duration: "40",
        }),
        leg({ ...inQueue, ...silent, dstchannel: "SIP/104-00000007", start: at(20), end: at(30) }),
      ),
    ).toMatchObject({ ring_seconds: 23, wait_seconds: 28, talk_seconds: 32 }));
  it("count the whole ringing of a phone that nobody answered, although a menu had answered the line", () =>
    expect(call(leg({ ...silent, answer: at(2), end: at(20) }))).toMatchObject({
      outcome: "no_answer",
      ring_seconds: 20,
    }));
  it("do not count a caller alone in a queue as ringing, if channels show it", () => {
    expect(call(leg({ ...inQueue, ...silent, dstchannel: "" }))?.ring_seconds).toBe(0);
    expect(call(bare({ ...inQueue, ...silent }))?.ring_seconds).toBe(35);
  });
});

describe("the parties of a call", () => {
  it("are those of an inbound call", () =>
    expect(call(leg({ from_name: "" }))).toMatchObject({
      direction: "inbound",
      caller: "00393335000001",
      caller_e164: "+393335000001",
      caller_name: null,
      called: "00390404567101",
      called_e164: "+390404567101",
      called_name: null,
      did: "00390404567101",
      trunk: "telco",
      answered_by: "101",
      answered_by_name: "Ada",
    }));
  it("are those of an outbound call", () =>
    expect(call(leg(outbound))).toMatchObject({
      direction: "outbound",
      caller: "101",
      caller_e164: null,
      caller_name: "Ada",
      called: "00393335000001",
      called_e164: "+393335000001",
      called_name: "Café",
      did: null,
      trunk: "telco",
      answered_by: null,
      answered_by_name: null,
    }));
  it("are those of an internal call", () =>
    expect(call(leg(inside))).toMatchObject({
      direction: "internal",
      caller: "101",
      called: "102",
      called_e164: null,
      called_name: "Zoë",
      did: null,
      trunk: null,
      answered_by: "102",
      answered_by_name: "Zoë",
    }));
  it("have no E.164 for the extension that rang, if the dialplan's text is not a number", () =>
    expect(call(leg({ dst: "s" }))).toMatchObject({ called: "101", called_e164: null }));
  it("have E.164 only for numbers outside, in an internal call", () => {
    const own = { from_number: "00390404567101", src: "00390404567101" };
    expect(
      callsOf([leg({ ...inside, ...own })], { ...settings, ownNumbers: ["+390404567101"] }),
    ).toMatchObject([{ direction: "internal", caller_e164: "+390404567101", called_e164: null }]);
  });
  it("have the number that rang if the dialplan's text is not a number", () => {
    for (const dst of ["s", "", "~~s~~", "h", "s102", "102x"])
      expect(call(leg({ dst }))).toMatchObject({ called: "101", called_name: "Ada" });
    for (const dst of ["*98", "+390404567101", "#1"]) expect(call(leg({ dst }))?.called).toBe(dst);
  });
  it("have the number that an outbound call reached, not the prefix that was dialled with it", () =>
    expect(call(leg({ ...outbound, dst: "900393335000001" }))).toMatchObject({
      called: "00393335000001",
      called_e164: "+393335000001",
      called_name: "Café",
    }));
  it("are read from `src` and `dst` if the row has no other numbers", () =>
    expect(call(leg({ from_number: "", to_number: "", dst: "101" }))).toMatchObject({
      caller: "00393335000001",
      called: "101",
      answered_by: "101",
    }));
  it("name no trunk for an internal call that is forwarded outside", () => {
    const rang = leg({ ...inside, ...silent, end: at(20) });
    expect(call(rang, leg({ ...outbound, start: at(20), answer: at(25) }))).toMatchObject({
      direction: "internal",
      called: "102",
      trunk: null,
    });
  });
  it("are those of the caller's own leg, although the leg of a phone that it reached is written first", () => {
    const reached = leg({
      ...inside,
      channel: "SIP/101-00000002",
      dstchannel: "SIP/102-00000003",
      start: at(0),
    });
    expect(callsOf([reached, leg()])).toMatchObject([{ caller: "00393335000001", direction: "inbound" }]);
  });
  it("are those of the leg with a channel, if the first leg of the same id has none", () =>
    expect(
      callsOf(
        [
          leg({ ...silent, channel: "", dstchannel: "", from_number: "102", src: "102", linkedid: "1.1" }),
          leg({ linkedid: "1.1" }),
        ],
        { ...settings, callIdField: "linkedid" },
      ),
    ).toMatchObject([{ caller: "00393335000001", grouping: "exact" }]));
  it("are those of the leg with a channel, if every leg reached a channel", () =>
    expect(
      callsOf(
        [
          leg({
            ...{ ...silent, from_number: "102", src: "102", linkedid: "1.1" },
            channel: "",
            dstchannel: "SIP/103-00000009",
          }),
          leg({ linkedid: "1.1" }),
        ],
        { ...settings, callIdField: "linkedid" },
      ),
    ).toMatchObject([{ caller: "00393335000001", answered_by: "101", talk_seconds: 30 }]));
  it("are those of the caller's own leg, although the half of a Local channel that it dialled is written first", () => {
    const local = "Local/108@users-00000004";
    const half = leg({ channel: `${local};2`, dstchannel: "SIP/108-00000005", from_name: "Forwarded" });
    expect(call(half, leg({ dstchannel: `${local};1` }))).toMatchObject({
      caller_name: "Café",
      trunk: "telco",
    });
  });
  it("are those of the row for half `;1` of a Local channel, and for a channel whose name only ends like a half", () => {
    for (const channel of ["Local/108@users-00000004;1", "SIP/telco-00000004;2"])
      expect(call(leg({ channel }))).toMatchObject({ caller: "00393335000001", called: "00390404567101" });
  });
  it("have one leg of a forward, and of a call from outside to outside, without channels", () => {
    const mobile = { dst: "00393335550010", to_number: "00393335550010" };
    expect(call(bare(), bare({ ...mobile, to_name: "Zoë" }))).toMatchObject({
      direction: "inbound",
      answered_by: "101",
      talk_seconds: 30,
      transfers: 0,
    });
    expect(call(bare(mobile))).toMatchObject({
      direction: "transit",
      outcome: "answered",
      talk_seconds: 30,
    });
  });
  it("do not have the legs of other channels, if the first leg has no channel", () =>
    expect(
      callsOf(
        [
          leg({ channel: "", dstchannel: "", linkedid: "1.1" }),
          leg({ channel: "Local/108@users-00000004;1", dstchannel: "SIP/108-00000005", linkedid: "1.1" }),
        ],
        { ...settings, callIdField: "linkedid" },
      ),
    ).toMatchObject([{ answered_by: "101", talk_seconds: 30 }]));
  it("have the first of two people who answer in one second", () =>
    expect(
      call(
        leg({ ...inQueue, dstchannel: "SIP/102-00000003", to_number: "102" }),
        leg({ ...inQueue, dstchannel: "SIP/103-00000004", to_number: "103" }),
      ),
    ).toMatchObject({ answered: at(5), answered_by: "102" }));
  it("have the extension that answered, and its name only if the row has it", () => {
    const queue = { ...inQueue, to_number: "600", to_name: "Support", dstchannel: "SIP/102-00000003" };
    expect(call(leg(queue))).toMatchObject({ answered_by: "102", answered_by_name: null });
    const did = { to_number: "00390404567000", to_name: "", dst: "00390404567000" };
    expect(call(leg(did))).toMatchObject({ direction: "inbound", did: did.dst, answered_by: "101" });
    const mobile = { to_number: "3331234567", to_name: "Bar", dstchannel: "SIP/telco-00000002" };
    expect(call(leg({ ...silent, end: at(10) }), leg({ ...mobile, start: at(10) }))).toMatchObject({
      answered_by: "3331234567",
      answered_by_name: "Bar",
    });
    const room = { to_number: "700", to_name: "Room", lastapp: "ConfBridge", dstchannel: "" };
    expect(call(leg(room))).toMatchObject({ answered_by: null, answered_by_name: null, talk_seconds: 30 });
  });
  it("have the called number if a trunk has the number of an extension, and no phone inside answered", () => {
    const own = { ...settings, ownNumbers: ["00390404567000"] };
    const forwarded = {
      to_number: "3331234567",
      dst: "00390404567000",
      channel: "SIP/4567-00000001",
      dstchannel: "SIP/telco-00000002",
    };
    expect(callsOf([leg(forwarded)], own)).toMatchObject([
      { direction: "inbound", answered_by: "3331234567" },
    ]);
  });
  it("have the number that the PBX shows, if the phone that called is not known, or the call stays inside", () => {
    const shown = { ...outbound, from_number: "102", channel: "Local/103@users-00000001;2" };
    expect(call(leg({ ...shown, channel: "" }))).toMatchObject({ direction: "outbound", caller: "102" });
    const other = { ...inside, from_number: "104", from_name: "Eve" };
    expect(call(leg(other))).toMatchObject({ direction: "internal", caller: "104", caller_name: "Eve" });
    const called = { ...outbound, from_number: "102", channel: "SIP/telco-00000001", dstchannel: "" };
    expect(call(leg(called))).toMatchObject({ direction: "outbound", caller: "102" });
  });
  it("have the extension of a colleague who shows the number of the company", () => {
    const shown = { ...outbound, from_number: "00390404567000", from_name: "Acme" };
    expect(call(leg(shown))).toMatchObject({
      direction: "outbound",
      caller: "101",
      caller_e164: null,
      caller_name: null,
      called: "00393335000001",
    });
  });
  it("name the trunk that Dial names if it made no channel", () => {
    const failed = { ...outbound, ...silent, disposition: "FAILED", dstchannel: "" };
    expect(call(leg({ ...failed, lastdata: "SIP/backup/00393335000001" }))?.trunk).toBe("backup");
    for (const lastdata of ["SIP/101", "SIP/a/1&SIP/b/2", "", "SIP/a/1/2", "Local/00393335000001@users/n"])
      expect(call(leg({ ...failed, lastdata }))?.trunk).toBeNull();
    expect(call(leg({ ...silent, channel: "", dstchannel: "", lastdata: "SIP/backup/1" }))?.trunk).toBeNull();
  });
  it("make a call to a menu or a fax inbound, and one from outside to outside transit", () => {
    const did = { to_number: "00390404567000", dst: "00390404567000" };
    expect(call(leg({ ...did, lastapp: "BackGround", dstchannel: "" }))).toMatchObject({
      direction: "inbound",
      did: "00390404567000",
    });
    expect(call(leg({ ...did, dstchannel: "SIP/telco-00000004" }))).toMatchObject({
      direction: "transit",
      did: null,
      answered_by: null,
      trunk: "telco",
    });
    expect(
      call(
        leg({ ...did, ...silent, dstchannel: "SIP/telco-00000004" }),
        leg({ start: at(36), answer: at(37), end: at(60) }),
      ),
    ).toMatchObject({ direction: "inbound" });
  });
});

describe("a call through queues", () => {
  it("names each queue once, in order", () =>
    expect(
      call(
        leg({ ...inQueue, ...silent, end: at(15) }),
        leg({ ...inQueue, ...silent, start: at(16), end: at(20) }),
        leg({ ...inQueue, lastdata: "Sales", start: at(21), answer: at(25) }),
      ),
    ).toMatchObject({ queue: "Support", queues: ["Support", "Sales"] }));
  it("has none if no leg is of a queue", () =>
    expect(call(leg())).toMatchObject({ queue: null, queues: [] }));
});

describe("a transferred call", () => {
  const next = (dst: string, start: number) => ({
    dst,
    to_number: dst,
    start: at(start),
    answer: at(start + 2),
    end: at(start + 20),
    billsec: "18",
    duration: "20",
  });

  it("counts each transfer after the first answer, and names the last number", () =>
    expect(
      call(
        leg(),
        leg({ ...next("102", 35), dstchannel: "SIP/102-00000004" }),
        leg({ ...next("103", 55), ...silent, dstchannel: "SIP/103-00000005" }),
        leg({ ...next("103", 55), ...silent, dstchannel: "SIP/104-00000006", to_number: "104" }),
      ),
    ).toMatchObject({ transfers: 2, transferred_to: "103", talk_seconds: 48, answered_by: "101" }));
  it("counts no change of the number before the first answer", () =>
    expect(
      call(
        leg({ lastapp: "BackGround", dst: "00390404567000", dstchannel: "", answer: at(0), end: at(5) }),
        leg({ ...next("101", 5), dstchannel: "SIP/101-00000004" }),
      ),
    ).toMatchObject({ transfers: 0, transferred_to: null, called: "00390404567000" }));
  it("counts a transfer in the second of the answer, and none before it", () => {
    const second = (start: number) => leg({ ...next("102", start), dstchannel: "SIP/102-00000004" });
    expect(call(leg({ end: at(5), billsec: "0" }), second(5))).toMatchObject({
      transfers: 1,
      transferred_to: "102",
    });
    expect(call(leg(), second(4))).toMatchObject({ transfers: 0, transferred_to: null });
  });
  it("has none if nobody answered", () =>
    expect(call(leg({ ...silent, end: at(20) }), leg({ ...next("102", 20), ...silent }))).toMatchObject({
      transfers: 0,
      transferred_to: null,
    }));
});

describe("a call by Originate", () => {
  const local = "Local/108@users-00000004";
  const ringing = {
    channel: `${local};2`,
    dstchannel: "SIP/108-00000005",
    to_number: "108",
    to_name: "Maria",
    dst: "108",
    answer: at(5),
    billsec: "30",
  };
  const dialling = {
    channel: `${local};1`,
    dstchannel: "SIP/telco-00000006",
    from_number: "108",
    src: "108",
    from_name: "Maria",
    to_number: "00393335000001",
    to_name: "Café",
    dst: "00393335000001",
    start: at(5),
    answer: at(15),
    billsec: "20",
    duration: "30",
  };
  const box = { lastapp: "VoiceMail", answer: "", dstchannel: "" };

  it("is outbound, of the extension that rang first", () =>
    expect(call(leg(ringing), leg(dialling))).toMatchObject({
      direction: "outbound",
      caller: "108",
      caller_name: "Maria",
      called: "00393335000001",
      called_e164: "+393335000001",
      called_name: "Café",
      did: null,
      outcome: "answered",
      answered: at(15),
      answered_by: null,
      wait_seconds: 15,
      ring_seconds: 15,
      talk_seconds: 20,
      trunk: "telco",
      transfers: 0,
    }));
  it("has the outcome of the second leg", () => {
    expect(call(leg(ringing), leg({ ...dialling, ...silent }))?.outcome).toBe("no_answer");
    expect(call(leg(ringing), leg({ ...dialling, ...silent, disposition: "BUSY" }))?.outcome).toBe("busy");
  });
  it("that the extension did not answer has its first leg only", () =>
    expect(call(leg({ ...ringing, ...silent }))).toMatchObject({
      direction: "outbound",
      caller: "108",
      called: "00393335000001",
      called_name: "Café",
      outcome: "no_answer",
      talk_seconds: 0,
    }));
  it("has the talk of its own Local channel only", () =>
    expect(
      callsOf(
        [
          leg({ ...ringing, linkedid: "1.1" }),
          leg({ ...dialling, linkedid: "1.1" }),
          leg({ ...dialling, channel: "Local/109@users-00000009;1", linkedid: "1.1" }),
        ],
        { ...settings, callIdField: "linkedid" },
      ),
    ).toMatchObject([{ caller: "108", talk_seconds: 20, leg_ids: { length: 3 } }]));
  it("has the direction of the leg that dials", () =>
    expect(call(leg({ ...ringing, from_number: "102", src: "102" }), leg(dialling))?.direction).toBe(
      "outbound",
    ));
  it("to a colleague is internal", () => {
    const colleague = { from_number: "102", src: "102" };
    expect(call(leg({ ...ringing, ...colleague, ...silent }))?.direction).toBe("internal");
    expect(
      call(
        leg({ ...ringing, ...colleague }),
        leg({ ...dialling, to_number: "102", dst: "102", dstchannel: "SIP/102-00000007" }),
      ),
    ).toMatchObject({ direction: "internal", answered_by: "102", trunk: null });
  });
  it("whose first or second phone is answered by a mailbox is voicemail once both are connected", () => {
    const rang = leg({ ...ringing, ...silent, end: at(5) });
    expect(call(rang, leg({ ...ringing, ...box, start: at(5) }), leg(dialling))).toMatchObject({
      outcome: "voicemail",
      wait_seconds: 5,
      answered: null,
      talk_seconds: 0,
    });
    expect(call(rang, leg({ ...ringing, ...box, start: at(5) }))?.outcome).toBe("no_answer");
    expect(
      call(
        leg(ringing),
        leg({ ...dialling, ...silent, end: at(15) }),
        leg({ ...dialling, ...box, start: at(15) }),
      ),
    ).toMatchObject({ outcome: "voicemail", wait_seconds: 15 });
  });
  it("has the mark of the product's call in `placed_by`", () => {
    const mark = "0f8fad5b-d9cb-469f-a";
    for (const fields of [{ userfield: mark }, { accountcode: mark }, { userfield: `WILDIX_CALL=${mark}` }])
      for (const legs of [
        [leg({ ...ringing, ...fields }), leg(dialling)],
        [leg(ringing), leg({ ...dialling, ...fields })],
      ])
        expect(call(...legs)?.placed_by).toBe(mark);
    for (const userfield of ["", "VM:/108/INBOX/msg0001.mp3", `${mark}b`, "0f8fad5b-d9cb-369f-a", null, 7])
      expect(call(leg({ ...ringing, userfield }))?.placed_by).toBeNull();
  });
  it.each([{ channel: "", dstchannel: "" }, {}])(
    "is the same call with a mark and without (%j)",
    (channels) => {
      const legs = (fields: Readonly<Record<string, unknown>>) => [
        leg({ ...ringing, ...channels, ...fields, id: "1" }),
        leg({ ...dialling, ...channels, ...fields, id: "2" }),
      ];
      const marked = call(...legs({ userfield: "0f8fad5b-d9cb-469f-a" }));
      expect(marked).toEqual({ ...call(...legs({})), placed_by: "0f8fad5b-d9cb-469f-a" });
      expect(marked?.leg_ids).toHaveLength(2);
    },
  );
  it("has no number outside for its caller, if only the ring of the caller is there", () => {
    const userfield = "0f8fad5b-d9cb-469f-a";
    expect(call(leg({ ...ringing, userfield }))?.caller_e164).toBeNull();
  });
});

it("a call has the ids of its legs in the order of the rows", () =>
  expect(
    call(
      leg({ id: "9", ...silent, dstchannel: "SIP/102-00000003", start: at(10), end: at(12) }),
      leg({ id: "8" }),
    )?.leg_ids,
  ).toEqual(["9", "8"]));

it("numbers are in E.164 only if the PBX's country is known", () =>
  expect(
    callsOf([leg({ from_number: "3335000001", dst: "0404567101" })], { zone: settings.zone })[0],
  ).toMatchObject({
    caller_e164: null,
    called_e164: null,
  }));

const retrieving = {
  ...inside,
  from_number: "106",
  src: "106",
  to_number: "701",
  dst: "701",
  lastapp: "ParkedCall",
  lastdata: "701",
  channel: "SIP/106-00000009",
  dstchannel: "SIP/telco-00000001",
};

it("a parked caller whom only the leg of the retrieving person reaches again is the caller, and talks with both", () => {
  const parking = { lastapp: "Park", lastdata: "701", dst: "701", to_number: "701", dstchannel: "" };
  expect(
    call(
      leg(),
      leg({ ...parking, start: at(35), answer: at(35), end: at(95), billsec: "60" }),
      leg({ ...retrieving, start: at(95), answer: at(95), end: at(175), billsec: "80" }),
    ),
  ).toMatchObject({
    direction: "inbound",
    caller: "00393335000001",
    answered_by: "101",
    talk_seconds: 110,
    transfers: 1,
    trunk: "telco",
  });
});

it.each([
  ["dials the caller's channel", { lastapp: "Dial" }],
  ["retrieves another person than the caller", { dstchannel: "SIP/101-00000002" }],
])("a leg that %s adds no talk of the caller", (_what, change) => {
  const later = { start: at(35), answer: at(35), end: at(115), billsec: "80" };
  const found = call(leg({ id: "1" }), leg({ ...retrieving, ...later, ...change, id: "2" }));
  expect(found).toMatchObject({ leg_ids: ["1", "2"], talk_seconds: 30, transfers: 0 });
});

it.each(["", "-5", "1e3", null])(
  "the talk of a leg with the billsec %j is from its answer to its end",
  (billsec) => {
    expect(call(leg({ billsec }))).toMatchObject({ talk_seconds: 30 });
    expect(call(leg({ billsec, end: "", duration: "" }))).toMatchObject({ talk_seconds: 0 });
  },
);

describe("seconds that no column can hold are null", () => {
  it("if the end of a leg is wrong by centuries", () => {
    const wrong = { end: "9000-01-01 00:00:00", billsec: "x" };
    expect(call(leg(wrong))).toMatchObject({ outcome: "answered", wait_seconds: 5, talk_seconds: null });
    expect(call(leg({ ...wrong, ...silent }))).toMatchObject({ wait_seconds: null, ring_seconds: null });
  });
  it("if only the sum of several legs is too large", () => {
    const most = String(2 ** 31 - 1);
    const next = { start: at(35), answer: at(40), end: at(60), dstchannel: "SIP/102-00000003" };
    expect(call(leg({ billsec: most }))).toMatchObject({ talk_seconds: 2 ** 31 - 1 });
    expect(call(leg({ billsec: most }), leg({ ...next, billsec: "1" }))).toMatchObject({
      talk_seconds: null,
    });
  });
});
