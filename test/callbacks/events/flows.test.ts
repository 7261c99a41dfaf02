import { describe, expect, it } from "vitest";
import { flowsOf, partyOf, queueOf, textOf } from "../../../lib/callbacks/events/flows.ts";

const flowOf = (fields: object) => {
  const [flow] = flowsOf({ flows: [fields] });
  if (flow === undefined) throw new Error("no flow");
  return flow;
};

describe("a text of an event", () => {
  it.each([
    ["Sales", "Sales"],
    [" Sales\n", "Sales"],
    [7, "7"],
    [0, "0"],
    ["x".repeat(200), "x".repeat(200)],
    ["x".repeat(201), undefined],
    ["", undefined],
    [" \t", undefined],
    [null, undefined],
    [true, undefined],
    [["Sales"], undefined],
    [{ length: 3 }, undefined],
  ])("%j is read as %j", (value, text) => expect(textOf(value)).toBe(text));
});

describe("a party of a flow", () => {
  it.each([
    [{ type: "LOCAL", phone: 201, userExtension: "202" }, "local", "201", "202", false],
    [{ type: "REMOTE", phone: "+39333" }, "remote", "+39333", undefined, false],
    [{ type: "remote" }, undefined, undefined, undefined, false],
    [{ type: "LOCAL", userDevice: "VOICEBOT" }, "local", undefined, undefined, true],
    [{ type: "LOCAL", userDevice: "WEB" }, "local", undefined, undefined, false],
    [null, undefined, undefined, undefined, false],
    [["LOCAL"], undefined, undefined, undefined, false],
  ])("%j", (value, side, phone, extension, isBot) =>
    expect(partyOf(value)).toStrictEqual({ side, phone, extension, isBot }),
  );
});

describe("a queue", () => {
  it.each([
    [1, "Sales", { id: "1", name: "Sales" }],
    ["1", "", { id: "1" }],
    [null, "Sales", { name: "Sales" }],
    [null, undefined, undefined],
  ])("with the id %j and the name %j is %j", (id, name, queue) =>
    expect(queueOf(id, name)).toStrictEqual(queue),
  );
});

describe("the flows of an event", () => {
  const namesOf = (flows: unknown) => flowsOf({ flows }).map(({ destination }) => destination);
  it.each<[string, unknown, (string | undefined)[]]>([
    [
      "by their index",
      [
        { flowIndex: 2, destination: "c" },
        { flowIndex: 0, destination: "a" },
        { flowIndex: 1, destination: "b" },
      ],
      ["a", "b", "c"],
    ],
    ["by their place if they have none", [{ destination: "a" }, { destination: "b" }], ["a", "b"]],
    [
      "by their place if the index is not one",
      [
        { flowIndex: -1, destination: "a" },
        { flowIndex: "0", destination: "b" },
      ],
      ["a", "b"],
    ],
    ["none if there is no list", { flowIndex: 0, destination: "a" }, []],
    ["of any form", ["a", null, { destination: "b" }], [undefined, undefined, "b"]],
  ])("are %s", (_, flows, names) => expect(namesOf(flows)).toEqual(names));
  it.each([undefined, null, "flows", [{ flows: [{}] }]])("are none in %j", (data) =>
    expect(flowsOf(data)).toEqual([]),
  );
});

describe("a flow", () => {
  it("has every field that the event gives", () =>
    expect(
      flowOf({
        startTime: 1_000,
        endTime: 21_000,
        duration: 20_000,
        talkTime: 5_000,
        direction: "OUTBOUND",
        trunkDirection: "outgoing",
        caller: { type: "LOCAL", phone: "201" },
        callee: { type: "REMOTE", phone: "+39333" },
        remotePhone: "+39334",
        destination: "+39335",
        queueId: "1",
        queueName: "Sales",
        service: "Hotline",
        serviceNumber: "02500",
        callStatus: "COMPLETED",
        status: "END",
      }),
    ).toStrictEqual({
      start: 1_000,
      end: 21_000,
      duration: 20_000,
      talk: 5_000,
      isTimed: true,
      direction: "OUTBOUND",
      trunkDirection: "outgoing",
      caller: { side: "local", phone: "201", extension: undefined, isBot: false },
      callee: { side: "remote", phone: "+39333", extension: undefined, isBot: false },
      remotePhone: "+39334",
      destination: "+39335",
      queue: { id: "1", name: "Sales" },
      service: { name: "Hotline" },
      status: "COMPLETED",
      isVoicemail: false,
      isFax: false,
    }));
  it("has none of them if the event gives none", () => {
    const { caller, callee, isTimed, isVoicemail, isFax, ...rest } = flowOf({});
    expect(Object.values(rest).filter((value) => value !== undefined)).toEqual([]);
    expect([caller.side, callee.side, isTimed, isVoicemail, isFax]).toEqual([
      undefined,
      undefined,
      false,
      false,
      false,
    ]);
  });
  it.each([
    ["of a live event if there is no other", { status: "END" }, "END"],
    ["of a live event if the other is null", { callStatus: null, status: "HOLD" }, "HOLD"],
  ])("has the status %s", (_, fields, status) => expect(flowOf(fields).status).toBe(status));
  it("has the number of the service if the service has no name", () =>
    expect(flowOf({ service: null, serviceNumber: "02500" }).service).toEqual({ id: "02500" }));

  it.each(["startTime", "endTime", "duration", "talkTime", "connectTime", "waitTime"])(
    "has a time if only %s is given, even if it is 0",
    (field) => expect(flowOf({ [field]: 0 }).isTimed).toBe(true),
  );
  it.each([["5000"], [-1], [Number.POSITIVE_INFINITY], [null], [true], [[5000]]])(
    "has no time if it is %j",
    (talkTime) => expect(flowOf({ talkTime })).toMatchObject({ talk: undefined, isTimed: false }),
  );

  it.each([
    ["ms", 20_000, 5_000, 5_000],
    ["s", 20, 5, 5_000],
    ["s with fractions", 20.5, 5.25, 5_250],
    ["ms if the flow is exactly 100 times as long", 200, 50, 50],
    ["s if the flow is more than 100 times as long", 199, 50, 50_000],
    ["ms if the duration is 0", 0, 5_000, 5_000],
  ])("has durations in %s", (_, duration, talkTime, talk) =>
    expect(flowOf({ startTime: 1_000_000, endTime: 1_020_000, duration, talkTime }).talk).toBe(talk),
  );
  it.each([
    ["start", { endTime: 1_020_000, duration: 20 }],
    ["end", { startTime: 1_000_000, duration: 20 }],
    ["duration", { startTime: 1_000_000, endTime: 1_020_000 }],
  ])("has durations in ms if no %s is given", (_, fields) =>
    expect(flowOf({ ...fields, talkTime: 5 }).talk).toBe(5),
  );

  it.each<[object, boolean, boolean]>([
    [{ flags: ["voicemail"] }, true, false],
    [{ flags: ["VoiceMail", "Fax"] }, true, true],
    [{ flags: ["other", "fax"] }, false, true],
    [{ attachments: ["voicemail"] }, true, false],
    [{ attachments: ["fax"] }, false, true],
    [{ attachments: [{ type: "voicemail" }] }, true, false],
    [{ attachments: [{ voicemail: "x.mp3" }] }, true, false],
    [{ attachments: [{ fax: "x.pdf" }] }, false, true],
    [{ attachments: [{ type: "recording", voicemail: "x.mp3" }] }, false, false],
    [{ attachments: [{ recording: "x.mp3" }, null, 7, { voicemail: "x.mp3" }] }, true, false],
    [{ flags: "voicemail", attachments: { fax: "x.pdf" } }, false, false],
    [{ flags: [{ voicemail: 1 }, null], attachments: [] }, false, false],
  ])("with %j: voicemail %s, fax %s", (fields, isVoicemail, isFax) =>
    expect(flowOf(fields)).toMatchObject({ isVoicemail, isFax }),
  );
});
