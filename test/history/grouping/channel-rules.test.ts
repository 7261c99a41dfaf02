import { describe, expect, it } from "vitest";
import { at, callsOf, countsOf, grouped, leg, settings } from "./legs.ts";

const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };
const another = { from_number: "00393335000002", src: "00393335000002" };

describe("the rule call-id", () => {
  const withIds = { ...settings, callIdField: "linkedid" };
  const apart = { channel: "", dstchannel: "", start: at(900), answer: at(901), end: at(910) };

  it("joins legs with one id, and calls them exact", () => {
    const calls = callsOf(
      [leg({ linkedid: "1.1" }), leg({ ...apart, linkedid: "1.1", channel: "SIP/telco-00000001" })],
      withIds,
    );
    expect(grouped(calls)).toEqual([2]);
    expect(calls[0]?.grouping).toBe("exact");
  });
  it("does not use a field that is not set", () =>
    expect(grouped(callsOf([leg({ linkedid: "1.1" }), leg({ ...apart, linkedid: "1.1" })]))).toEqual([1, 1]));
  it("does not join legs with an empty id", () =>
    expect(grouped(callsOf([leg({ linkedid: "" }), leg({ ...apart, linkedid: "" })], withIds))).toEqual([
      1, 1,
    ]));
  it.each([
    "0",
    0,
    -1,
    "-1.5",
    "0.0",
    "-",
    " ",
    "null",
    "(NULL)",
    "<none>",
    "N/A",
    "unknown",
    "00000000-0000-0000",
  ])("takes %j for no id", (linkedid) =>
    expect(grouped(callsOf([leg({ linkedid }), leg({ ...apart, linkedid })], withIds))).toEqual([1, 1]),
  );
  const later = { ...apart, start: at(1900), answer: at(1901), end: at(1910) };
  it.each([1, "1", "10", "a", "nullable", "-a1", " 1.1 "])("takes %j for an id", (linkedid) =>
    expect(grouped(callsOf([leg({ ...apart, linkedid }), leg({ ...later, linkedid })], withIds))).toEqual([
      2,
    ]),
  );
  it("takes an id with spaces around it for the same id", () => {
    const legs = [leg({ ...apart, linkedid: "1.1" }), leg({ ...later, linkedid: " 1.1 " })];
    expect(grouped(callsOf(legs, withIds))).toEqual([2]);
  });
  it("does not join legs more than an hour apart: a PBX can count its ids again", () => {
    const ids = { linkedid: "17", channel: "", dstchannel: "" };
    const legAfter = (seconds: number) => leg({ ...ids, start: at(35 + seconds), answer: "", end: at(5000) });
    expect(grouped(callsOf([leg(ids), legAfter(3600)], withIds))).toEqual([2]);
    expect(grouped(callsOf([leg(ids), legAfter(3601)], withIds))).toEqual([1, 1]);
  });
  it("joins legs without times", () => {
    const ids = { linkedid: "17", start: "", end: "", duration: "" };
    expect(grouped(callsOf([leg({ linkedid: "17" }), leg(ids)], withIds))).toEqual([2]);
  });
  it("keeps legs of different ids apart, although they share a channel", () => {
    const legs = [leg({ linkedid: "1.1" }), leg({ linkedid: "1.2" })];
    expect(grouped(callsOf(legs, withIds))).toEqual([1, 1]);
    expect(countsOf(legs, withIds)).toMatchObject({ refused: 2, exact: 2 });
  });
  it("does not join two callers from outside that have one id", () => {
    const legs = [
      leg({ linkedid: "1.1" }),
      leg({ linkedid: "1.1", ...another, channel: "SIP/telco-00000009", dstchannel: "SIP/102-00000010" }),
    ];
    expect(grouped(callsOf(legs, withIds))).toEqual([1, 1]);
    expect(countsOf(legs, withIds)).toMatchObject({ refused: 1 });
  });
  it("joins legs of a hidden number without channels", () => {
    const hidden = {
      from_number: "anonymous",
      src: "anonymous",
      channel: "",
      dstchannel: "",
      linkedid: "1.1",
    };
    expect(grouped(callsOf([leg(hidden), leg({ ...hidden, to_number: "102" })], withIds))).toEqual([2]);
  });
  it("leaves a leg without id to the channels, and the call is then as sure as these", () => {
    const [call] = callsOf([leg({ linkedid: "1.1" }), leg()], withIds);
    expect([call?.leg_ids.length, call?.grouping]).toEqual([2, "channel"]);
  });
});

describe("the rule same-channel", () => {
  it("joins the legs of a caller's channel, as of a ring group", () => {
    const calls = callsOf([
      leg({ ...silent, to_number: "102", dstchannel: "SIP/102-00000003", end: at(5) }),
      leg(),
      leg({ ...silent, to_number: "103", dstchannel: "SIP/103-00000004", end: at(5) }),
    ]);
    expect(grouped(calls)).toEqual([3]);
    expect(calls[0]).toMatchObject({
      answered_by: "101",
      wait_seconds: 5,
      ring_seconds: 5,
      grouping: "channel",
    });
  });
  it.each([
    [60, 1],
    [61, 2],
  ])("%i seconds between two legs are %i calls: the PBX can have restarted", (gap, calls) =>
    expect(
      callsOf([leg(), leg({ start: at(35 + gap), answer: at(36 + gap), end: at(60 + gap) })]),
    ).toHaveLength(calls),
  );
  it.each([
    ["Playback", "Dial", 600, 1],
    ["Playback", "Dial", 601, 2],
    ["BackGround", "VoiceMail", 600, 1],
    ["Dial", "Dial", 600, 2],
    ["BackGround", "BackGround", 600, 2],
  ])("after %s, %s %i seconds later is in %i calls", (first, second, gap, calls) => {
    const legs = [
      leg({ lastapp: first, dstchannel: "" }),
      leg({ lastapp: second, dstchannel: "", start: at(35 + gap), answer: "", end: at(60 + gap) }),
    ];
    expect(callsOf(legs)).toHaveLength(calls);
    expect(callsOf(legs.toReversed())).toHaveLength(calls);
  });
  it("an announcement of another number is not waited for", () =>
    expect(
      callsOf([
        leg({ lastapp: "Playback", dstchannel: "" }),
        leg({ dst: "00390404567102", start: at(100), answer: at(101), end: at(110) }),
      ]),
    ).toHaveLength(2));
  it("keeps two callers apart whose channels have one name, also if both hide their numbers", () => {
    expect(callsOf([leg(), leg(another)])).toHaveLength(2);
    const hidden = { from_number: "anonymous", src: "anonymous" };
    const later = { start: at(7_200), answer: at(7_205), end: at(7_230) };
    expect(callsOf([leg(hidden), leg({ ...hidden, ...later })])).toHaveLength(2);
    expect(countsOf([leg(hidden), leg({ ...hidden, ...later })])).toMatchObject({ channels_reused: 1 });
  });
  it("joins the legs of a channel whose caller the PBX writes in another way in the second", () => {
    const menu = { lastapp: "BackGround", dstchannel: "" };
    const next = { start: at(35), answer: at(40), end: at(60) };
    for (const [first, second] of [
      ["anonymous", "Anonymous"],
      ["anonymous", ""],
      ["3331234567", "03331234567"],
      ["3331234567", "00212345678"],
    ])
      expect(
        callsOf([
          leg({ ...menu, from_number: first, src: first }),
          leg({ ...next, from_number: second, src: second }),
        ]).map(({ outcome }) => outcome),
      ).toEqual(second === "00212345678" ? ["abandoned", "answered"] : ["answered"]);
  });
  it("keeps two callers inside apart whose channels have one name", () => {
    const inside = { channel: "SIP/101-00000001", from_number: "101", to_number: "102" };
    const next = { dstchannel: "SIP/102-00000003", start: at(36), answer: at(37), end: at(60) };
    expect(callsOf([leg(inside), leg({ ...inside, ...next })])).toHaveLength(1);
    expect(callsOf([leg(inside), leg({ ...inside, ...next, from_number: "104" })])).toHaveLength(2);
  });
  it("never joins legs of two PBXs", () => expect(callsOf([leg(), leg({ pbxid: "p2" })])).toHaveLength(2));
  it("joins no legs without times", () =>
    expect(callsOf([leg({ start: "", end: "", duration: "" }), leg()])).toHaveLength(2));
  it("is over when the channel's legs were written", () => {
    const others = Array.from({ length: 100 }, (_, n) =>
      leg({
        ...another,
        channel: `SIP/telco-0001${String(n).padStart(4, "0")}`,
        dstchannel: `SIP/102-0001${String(n).padStart(4, "0")}`,
        start: at(100),
        answer: at(101),
        end: at(110),
      }),
    );
    const own = {
      channel: "SIP/101-00000001",
      from_number: "101",
      to_number: "102",
      dstchannel: "SIP/102-00000002",
    };
    const second = (start: number) =>
      leg({ ...own, dstchannel: "SIP/102-00000003", start: at(start), answer: at(start + 1), end: at(130) });
    expect(callsOf([leg(own), ...others, second(37)])).toHaveLength(101);
    expect(callsOf([leg(own), ...others, second(38)])).toHaveLength(102);
  });
});

describe("the rule called-channel", () => {
  const outbound = {
    from_number: "101",
    src: "101",
    to_number: "00393335000001",
    dst: "00393335000001",
    channel: "SIP/101-00000001",
    dstchannel: "SIP/telco-00000002",
  };
  const transferred = {
    channel: "SIP/telco-00000002",
    dstchannel: "SIP/102-00000003",
    to_number: "102",
    dst: "102",
  };

  it("joins a called channel that is transferred to somebody else, in any order", () => {
    const legs = [leg(outbound), leg({ ...transferred, start: at(35), answer: at(37), end: at(50) })];
    expect(grouped(callsOf(legs))).toEqual([2]);
    expect(grouped(callsOf(legs.toReversed()))).toEqual([2]);
    expect(callsOf(legs)[0]).toMatchObject({
      direction: "outbound",
      caller: "101",
      called: "00393335000001",
    });
  });
  it.each([
    [5, 1],
    [6, 2],
  ])("%i seconds after its end are %i calls", (gap, calls) => {
    const legs = [
      leg(outbound),
      leg({ ...transferred, start: at(35 + gap), answer: at(36 + gap), end: at(60 + gap) }),
    ];
    expect(callsOf(legs)).toHaveLength(calls);
    expect(callsOf(legs.toReversed())).toHaveLength(calls);
  });
});

describe("the rule shared-dstchannel", () => {
  const consultation = {
    from_number: "101",
    src: "101",
    to_number: "102",
    dst: "102",
    channel: "SIP/101-00000005",
    dstchannel: "SIP/102-00000006",
    start: at(15),
    answer: at(20),
  };
  const joined = { to_number: "102", dst: "102", dstchannel: "SIP/102-00000006" };

  it("joins an attended transfer with its consultation, whose legs came two hours before", () => {
    const others = Array.from({ length: 200 }, (_, n) =>
      leg({
        ...another,
        channel: `SIP/telco-0001${String(n).padStart(4, "0")}`,
        dstchannel: "",
        start: at(36 * n),
        answer: at(36 * n + 1),
        end: at(36 * n + 2),
      }),
    );
    const calls = callsOf([
      leg(consultation),
      ...others,
      leg(),
      leg({ ...joined, start: at(35), answer: at(35), end: at(7_200) }),
    ]);
    expect(grouped(calls).filter((legs) => legs > 1)).toEqual([3]);
    expect(calls.find(({ leg_ids }) => leg_ids.length > 1)).toMatchObject({
      direction: "inbound",
      caller: "00393335000001",
      answered_by: "101",
      transfers: 1,
      transferred_to: "102",
      ended: at(7_200),
    });
  });
  it("gives the legs of both the id of the first", () => {
    const [first, ...rest] = [
      leg(consultation),
      leg(),
      leg({ ...joined, start: at(35), answer: at(35), end: at(50) }),
    ];
    expect(callsOf([first ?? {}, ...rest])[0]?.call_id).toBe(callsOf([first ?? {}])[0]?.call_id);
  });
  it.each([
    [40, 1],
    [41, 2],
  ])("a channel of the same name at second %i is in %i calls", (start, calls) =>
    expect(
      callsOf([leg(consultation), leg({ ...joined, start: at(start), answer: at(start), end: at(50) })]),
    ).toHaveLength(calls),
  );
});

describe("the rule local-halves", () => {
  const forward = (half1: string, half2: string) => [
    leg({ dstchannel: half1, lastdata: "Local/00393335550010@users" }),
    leg({
      channel: half2,
      dstchannel: "SIP/telco-00000008",
      to_number: "00393335550010",
      dst: "00393335550010",
    }),
  ];

  it("joins a forward that goes through a Local channel", () => {
    for (const legs of [
      forward("Local/00393335550010@users-00000004;1", "Local/00393335550010@users-00000004;2"),
      forward("Local/00393335550010@users-00000004;2", "Local/00393335550010@users-00000004;1"),
    ]) {
      expect(grouped(callsOf(legs))).toEqual([2]);
      expect(grouped(callsOf(legs.toReversed()))).toEqual([2]);
    }
    expect(callsOf(forward("Local/9@users-00000004;1", "Local/9@users-00000004;2"))[0]).toMatchObject({
      answered_by: "101",
      trunk: "telco",
      talk_seconds: 30,
      direction: "inbound",
    });
  });
  it("keeps halves of different channels apart", () =>
    expect(callsOf(forward("Local/9@users-00000004;1", "Local/9@users-00000005;2"))).toHaveLength(2));
  it("keeps two callers of one half apart", () => {
    const half = { channel: "Local/9@users-00000004;2" };
    expect(callsOf([leg(half), leg({ ...half, ...another, dstchannel: "SIP/102-00000005" })])).toHaveLength(
      2,
    );
  });
  it("keeps halves of one caller apart that are far from each other", () => {
    const later = { channel: "Local/9@users-00000004;1", start: at(60), answer: at(61), end: at(70) };
    expect(
      callsOf([
        leg({ channel: "Local/9@users-00000004;2" }),
        leg({ ...later, dstchannel: "SIP/102-00000005" }),
      ]),
    ).toHaveLength(2);
  });
  it.each([
    [5, 1],
    [6, 2],
  ])("halves that are %i seconds apart are %i calls", (gap, calls) => {
    const [first, second] = forward("Local/9@users-00000004;1", "Local/9@users-00000004;2");
    const legs = [first ?? {}, { ...second, start: at(35 + gap), answer: at(36 + gap), end: at(50 + gap) }];
    expect(callsOf(legs)).toHaveLength(calls);
    expect(callsOf(legs.toReversed())).toHaveLength(calls);
  });
});

describe("a line, whose channels all have one name", () => {
  const line = { channel: "DAHDI/1-1", dst: "101" };
  const hidden = { ...line, from_number: "", src: "" };
  /** A leg that begins so many seconds after the first one's end. */
  const legAfter = (seconds: number, change: object) =>
    leg({ start: at(35 + seconds), answer: at(45), end: at(95), dstchannel: "SIP/102-00000003", ...change });
  const out = (extension: string, change: object = {}) => ({
    ...{ from_number: extension, src: extension, to_number: "0039333500000", dst: "0039333500000" },
    ...{ channel: `SIP/${extension}-0000000${extension}`, dstchannel: "DAHDI/1-1", ...change },
  });

  it.each([
    ["callers who hide their numbers", hidden, hidden],
    ["tries of one caller", line, line],
    ["calls of two extensions", out("101"), out("102")],
    ["a call to outside and one from outside", out("101"), line],
    ["a call from outside and one to outside", line, out("101")],
  ])("keeps %s apart, two seconds after each other", (_what, first, second) => {
    expect(grouped(callsOf([leg(first), legAfter(2, second)]))).toEqual([1, 1]);
  });
  it.each([
    ["a transfer of a caller without number", hidden, hidden, 1],
    ["a transfer of a caller", line, line, 1],
    ["an attended transfer", out("101"), out("102"), 1],
    ["rounds of a queue", { ...line, lastapp: "Queue", lastdata: "Sales" }, line, 60],
    ["an announcement", { ...line, lastapp: "Playback" }, line, 600],
  ])("joins the legs of %s", (_what, first, second, seconds) => {
    const end = { answer: at(640), end: at(700) };
    expect(grouped(callsOf([leg(first), legAfter(seconds, { ...second, ...end })]))).toEqual([2]);
    expect(grouped(callsOf([leg(first), legAfter(seconds + 1, { ...second, ...end })]))).toEqual([1, 1]);
  });
});

describe("a name that several channels have at the same time", () => {
  const trunk = { channel: "SIP/telco", dstchannel: "SIP/101" };
  const another = { from_number: "00393335000002", src: "00393335000002", dst: "102", to_number: "102" };
  it("says nothing of a call: numbers and times do", () => {
    const calls = callsOf([
      leg(trunk),
      leg({ ...trunk, start: at(36), answer: at(38), end: at(40), dst: "102" }),
    ]);
    expect(grouped(calls)).toEqual([2]);
    expect(calls[0]?.grouping).toBe("inferred");
    expect(countsOf([leg(trunk)])).toMatchObject({ legs_without_channel: 1 });
  });
  it.each([
    ["two callers", {}, another],
    [
      "callers who hide their numbers",
      { from_number: "", src: "" },
      { ...another, from_number: "", src: "" },
    ],
    [
      "two extensions",
      { from_number: "103", src: "103", channel: "SIP/103", dstchannel: "SIP/telco" },
      { from_number: "104", src: "104", channel: "SIP/104", dstchannel: "SIP/telco" },
    ],
  ])("keeps %s apart", (_what, first, second) =>
    expect(grouped(callsOf([leg({ ...trunk, ...first }), leg({ ...trunk, ...second })]))).toEqual([1, 1]),
  );
});
