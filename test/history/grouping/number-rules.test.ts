import { describe, expect, it } from "vitest";
import { at, callsOf, grouped, leg } from "./legs.ts";

/** A leg of a PBX that shows no channels. */
const bare = (change: Readonly<Record<string, unknown>> = {}) =>
  leg({ channel: "", dstchannel: "", ...change });
const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };
const inQueue = { lastapp: "Queue", lastdata: "Support,t" };

describe("the rule same-caller", () => {
  it("joins phones that ring at once for one caller", () => {
    const legs = [
      bare({ ...silent, to_number: "102", end: at(5) }),
      bare(),
      bare({ ...silent, to_number: "103", end: at(5) }),
    ];
    const calls = callsOf(legs);
    expect(grouped(calls)).toEqual([3]);
    expect(calls[0]).toMatchObject({ grouping: "inferred", outcome: "answered", answered_by: "101" });
    expect(grouped(callsOf(legs.toReversed()))).toEqual([3]);
  });
  it("joins only the same called number or queue", () => {
    const other = { dst: "00390404567102" };
    expect(
      callsOf([bare({ ...silent, end: at(5) }), bare({ ...other, to_number: "102", start: at(1) })]),
    ).toHaveLength(2);
    expect(
      callsOf([
        bare({ ...inQueue, ...silent, end: at(15) }),
        bare({ ...inQueue, ...other, start: at(20), answer: at(22) }),
      ]),
    ).toHaveLength(1);
    expect(
      callsOf([
        bare({ ...inQueue, ...silent, end: at(15) }),
        bare({ ...inQueue, lastdata: "Sales,t", ...other, start: at(20), answer: at(22) }),
      ]),
    ).toHaveLength(2);
  });
  it.each([
    [10, 1],
    [11, 2],
  ])("%i seconds between two rounds of a queue are %i calls", (gap, calls) => {
    const legs = [
      bare({ ...inQueue, ...silent, end: at(15) }),
      bare({ ...inQueue, start: at(15 + gap), answer: at(30), end: at(60) }),
    ];
    expect(callsOf(legs)).toHaveLength(calls);
    expect(callsOf(legs.toReversed())).toHaveLength(calls);
  });
  it("joins the voicemail of a queue, and not a second call that is no queue's", () => {
    const box = { lastapp: "VoiceMail", answer: "", start: at(40), end: at(60) };
    expect(callsOf([bare({ ...inQueue, ...silent }), bare(box)])).toHaveLength(1);
    expect(
      callsOf([bare({ ...silent, lastapp: "Wait" }), bare({ ...inQueue, start: at(40), answer: at(45) })]),
    ).toHaveLength(1);
    expect(callsOf([bare(silent), bare({ start: at(40), answer: at(45), end: at(60) })])).toHaveLength(2);
  });
  it("a call to the same number right after an answered one is another one", () =>
    expect(callsOf([bare(), bare({ start: at(36), answer: at(40), end: at(60) })])).toHaveLength(2));
  it("a second call after a queue's call was answered is another one", () =>
    expect(
      callsOf([bare(inQueue), bare({ ...inQueue, start: at(40), answer: at(45), end: at(60) })]),
    ).toHaveLength(2));
  it.each([
    ["Playback", "Queue", 120, 1],
    ["Playback", "Queue", 121, 2],
    ["BackGround", "Dial", 60, 1],
    ["BackGround", "BackGround", 60, 2],
    ["Dial", "Dial", 60, 2],
  ])("after %s, %s %i seconds later is in %i calls", (first, second, gap, calls) => {
    const legs = [
      bare({ lastapp: first, answer: at(0) }),
      bare({ lastapp: second, start: at(35 + gap), answer: at(37 + gap), end: at(70 + gap) }),
    ];
    expect(callsOf(legs)).toHaveLength(calls);
    expect(callsOf(legs.toReversed())).toHaveLength(calls);
  });
  it("joins voicemail after a phone that rang, and not a second call to the phone by a colleague", () => {
    const rang = { ...silent, end: at(25) };
    const box = { lastapp: "VoiceMail", answer: "", start: at(25), end: at(40) };
    expect(callsOf([bare(rang), bare(box)])).toHaveLength(1);
    const inside = { from_number: "102", src: "102", dst: "101" };
    expect(callsOf([bare({ ...inside, ...rang }), bare({ ...inside, ...box })])).toHaveLength(1);
    expect(
      callsOf([bare({ ...inside, ...rang }), bare({ ...inside, start: at(26), answer: at(30) })]),
    ).toHaveLength(2);
    expect(
      callsOf([
        bare({ ...inside, ...inQueue, ...rang }),
        bare({ ...inside, ...inQueue, start: at(26), answer: at(30) }),
      ]),
    ).toHaveLength(1);
  });
  it("joins an announcement that ends in the second in which the phone begins to ring", () => {
    const spoken = bare({ lastapp: "Playback", answer: at(0), end: at(0), duration: "0", billsec: "0" });
    expect(callsOf([spoken, bare()])).toHaveLength(1);
  });
  it("joins two rounds of a queue while another caller with the same number talks", () => {
    const queued = { ...inQueue, ...silent, dst: "00390404567300", to_number: "102" };
    const calls = callsOf([
      bare(),
      bare({ ...queued, start: at(10), end: at(15) }),
      bare({ ...queued, start: at(20), end: at(25) }),
    ]);
    expect(grouped(calls).toSorted()).toEqual([1, 2]);
  });
  it.each([
    [33, 2],
    [34, 1],
    [36, 1],
    [37, 2],
  ])("a transfer begins when the first person leaves: at second %i there are %i calls", (start, calls) =>
    expect(
      callsOf([
        bare(),
        bare({ dst: "102", to_number: "102", start: at(start), answer: at(40), end: at(60) }),
      ]),
    ).toHaveLength(calls),
  );
  it("a colleague who calls somebody else at once has two calls, and so has a caller whom nobody answered", () => {
    const inside = { from_number: "102", src: "102", dst: "101" };
    const next = { dst: "103", to_number: "103", start: at(35), answer: at(40), end: at(60) };
    expect(callsOf([bare(inside), bare({ ...inside, ...next })])).toHaveLength(2);
    expect(callsOf([bare(silent), bare(next)])).toHaveLength(2);
  });
  it("joins a call that was parked with its next person", () => {
    const calls = callsOf([
      bare(),
      bare({
        lastapp: "Park",
        lastdata: "701",
        to_number: "701",
        start: at(35),
        answer: at(35),
        end: at(60),
      }),
      bare({ dst: "102", to_number: "102", start: at(60), answer: at(60), end: at(90) }),
    ]);
    expect(grouped(calls)).toEqual([3]);
    expect(calls[0]).toMatchObject({
      transfers: 1,
      transferred_to: "102",
      answered_by: "101",
      talk_seconds: 60,
    });
  });
  it("keeps two callers apart who have one number: the first talks while the second calls", () => {
    const second = { start: at(20), answer: at(25), end: at(60), to_number: "102" };
    expect(callsOf([bare(), bare(second)])).toHaveLength(2);
    expect(callsOf([bare(second), bare()])).toHaveLength(2);
    expect(callsOf([bare(), bare({ ...second, ...silent, start: at(2), end: at(9) })])).toHaveLength(2);
    expect(callsOf([bare(), bare({ ...second, ...silent, start: at(34), end: at(34) })])).toHaveLength(2);
    expect(callsOf([bare(), bare({ ...second, ...silent, start: at(2), end: at(6) })])).toHaveLength(1);
  });
  it("compares with all legs of a call", () =>
    expect(
      callsOf([
        bare(),
        bare({ ...silent, to_number: "102", end: at(5) }),
        bare({ ...silent, to_number: "103", start: at(3), end: at(20) }),
      ]),
    ).toHaveLength(2));
  it("never joins callers who hide their numbers, or legs of two PBXs", () => {
    for (const number of ["anonymous", "", "0", "00000000", "-1", "sip:anonymous@192.168.1.1", null]) {
      const hidden = { from_number: number, src: number };
      expect(
        callsOf([bare(hidden), bare({ ...silent, ...hidden, end: at(5), to_number: "102" })]),
      ).toHaveLength(2);
    }
    expect(callsOf([bare(), bare({ ...silent, pbxid: "p2", end: at(5), to_number: "102" })])).toHaveLength(2);
  });
  it("does not join a leg with a channel", () =>
    expect(callsOf([bare({ ...silent, end: at(5) }), leg()])).toHaveLength(2));
  it("takes a number in several forms for the same", () =>
    expect(callsOf([bare({ ...silent, end: at(5) }), bare({ from_number: "+393335000001" })])).toHaveLength(
      1,
    ));
  it("joins both legs of a forward", () => {
    const mobile = { dst: "00393335550010", to_number: "00393335550010" };
    expect(callsOf([bare(), bare(mobile)])).toHaveLength(1);
    expect(callsOf([bare(), bare({ ...mobile, start: at(2) })])).toHaveLength(1);
    expect(callsOf([bare(), bare({ ...mobile, end: at(36) })])).toHaveLength(2);
    const inside = { from_number: "102", src: "102", dst: "101" };
    expect(callsOf([bare(inside), bare({ ...inside, ...mobile })])).toHaveLength(1);
    expect(
      callsOf([bare({ ...inside, ...silent }), bare({ ...inside, ...mobile, ...silent, start: at(20) })]),
    ).toHaveLength(2);
  });
});

describe("the rule mirrored-numbers", () => {
  const ringing = { to_number: "108", dst: "108" };
  const dialling = {
    from_number: "108",
    src: "108",
    to_number: "00393335000001",
    dst: "00393335000001",
    start: at(5),
    answer: at(20),
    billsec: "15",
  };

  it("joins the legs of a call that Originate placed", () => {
    for (const legs of [
      [bare(ringing), bare(dialling)],
      [bare(dialling), bare(ringing)],
    ]) {
      const calls = callsOf(legs);
      expect(grouped(calls)).toEqual([2]);
      expect(calls[0]).toMatchObject({
        direction: "outbound",
        caller: "108",
        called: "00393335000001",
        talk_seconds: 15,
        answered: at(20),
        answered_by: null,
        outcome: "answered",
      });
    }
  });
  it.each([
    ["begins later", { start: at(6) }],
    ["ends later", { end: at(36) }],
    ["calls another number", { to_number: "00393335000002" }],
    ["is of another phone", { from_number: "107" }],
  ])("does not join a leg that %s", (_what, change) =>
    expect(callsOf([bare(ringing), bare({ ...dialling, ...change })])).toHaveLength(2),
  );
});

const question = {
  from_number: "101",
  src: "101",
  to_number: "102",
  dst: "102",
  start: at(15),
  answer: at(20),
};
const joined = { to_number: "102", dst: "103", start: at(35), answer: at(35), end: at(60) };

describe("the rule consultation", () => {
  it("joins an attended transfer with its question", () => {
    const rang = bare({ ...silent, to_number: "103", end: at(5) });
    const calls = callsOf([bare(question), rang, bare(), bare(joined)]);
    expect(grouped(calls)).toEqual([4]);
    expect(calls[0]).toMatchObject({
      direction: "inbound",
      answered_by: "101",
      transfers: 1,
      talk_seconds: 60,
      grouping: "inferred",
    });
  });
  it.each([
    ["another phone asked", { from_number: "104" }],
    ["another phone was asked", { to_number: "104" }],
    ["nobody answered the question", silent],
    ["the question went on", { end: at(37) }],
    ["the question is from outside", { from_number: "00393335000002" }],
  ])("does not join them if %s", (_what, change) =>
    expect(grouped(callsOf([bare({ ...question, ...change }), bare(), bare(joined)])).toSorted()).toEqual([
      1, 2,
    ]),
  );
});

it("the rule consultation does not join a caller inside with a caller from outside", () => {
  const outside = "00393335000009";
  const inside = { from_number: "104", src: "104" };
  expect(
    callsOf([
      bare({ ...question, from_number: outside, src: outside }),
      bare({ ...inside, to_number: outside, dst: outside }),
      bare({ ...inside, ...joined }),
    ]),
  ).toHaveLength(3);
});

describe("the rule parking-space", () => {
  const park = {
    lastapp: "Park",
    lastdata: "701",
    to_number: "701",
    start: at(35),
    answer: at(35),
    end: at(60),
  };
  const joined = { dst: "102", to_number: "102", start: at(60), answer: at(60), end: at(90) };
  const retrieving = {
    ...joined,
    lastapp: "ParkedCall",
    lastdata: "701",
    from_number: "102",
    src: "102",
    to_number: "701",
    dst: "701",
  };

  it("joins who dials the space with the caller who was parked there, in any order", () => {
    expect(grouped(callsOf([bare(), bare(park), bare(joined), bare(retrieving)]))).toEqual([4]);
    expect(grouped(callsOf([bare(retrieving), bare(), bare(park), bare(joined)]))).toEqual([4]);
  });
  it.each([
    ["another space was dialled", { lastdata: "702" }],
    ["another phone dialled", { from_number: "104" }],
    ["it ended at another time", { end: at(92) }],
    ["it is no retrieval", { lastapp: "Dial" }],
  ])("does not join them if %s", (_what, change) =>
    expect(
      grouped(callsOf([bare(), bare(park), bare(joined), bare({ ...retrieving, ...change })])).toSorted(),
    ).toEqual([1, 3]),
  );
  it("keeps two retrievals by one phone apart", () =>
    expect(
      callsOf([bare(retrieving), bare({ ...retrieving, start: at(90), answer: at(90), end: at(99) })]),
    ).toHaveLength(2));
  it("does not join a retrieval with a caller who was not parked, or was parked at another time", () => {
    expect(callsOf([bare({ ...park, lastapp: "Wait" }), bare(joined), bare(retrieving)])).toHaveLength(3);
    expect(callsOf([bare(), bare(joined), bare(retrieving)])).toHaveLength(3);
    expect(callsOf([bare({ ...park, end: at(50) }), bare(joined), bare(retrieving)])).toHaveLength(3);
  });
});
