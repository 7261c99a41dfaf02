import { describe, expect, it } from "vitest";
import { judgeCompleted } from "../../../lib/callbacks/events/judge-call.ts";
import { sample } from "./samples.ts";

const at = 1772100000000;
const local = { type: "LOCAL", phone: "201", userExtension: "201", userDevice: "WEB" };
const remote = { type: "REMOTE", phone: "+393331234567" };
type Json = Record<string, unknown>;
type Change = NonNullable<Parameters<typeof sample>[1]>;
const judge = (change: Change = {}) => judgeCompleted("milan", sample("call-missed", change));
const talking = { callee: local, talkTime: 18_000, callStatus: "COMPLETED" };
const noTimes = {
  ...{ startTime: undefined, endTime: undefined, duration: undefined, connectTime: undefined },
  ...{ talkTime: undefined, waitTime: undefined },
};

describe("call:completed", () => {
  it("of the vendor's sample is a call of ours that was answered, although its id is another one", () =>
    expect(judgeCompleted("milan", sample("call-completed"))).toEqual({
      kind: "bridged",
      pbx: "milan",
      number: "+393331234567",
      direction: "outbound",
      startedAt: 1721986846000,
      endedAt: 1721986868675,
      talkSeconds: 18.475,
      extension: "201",
      ref: "call:completed it_w000001_1721984075.0",
    }));
  it("of a caller who gave up has an empty callee and is a missed call of the queue", () =>
    expect(judge()).toEqual({
      kind: "missed",
      pbx: "milan",
      number: "+393331234567",
      direction: "inbound",
      startedAt: at,
      endedAt: at + 20_000,
      queue: { id: "1", name: "Sales" },
      ref: "call:completed it_w000001_1772100000.12_1",
    }));

  it.each<[string, Change, string]>([
    ["somebody talked", { flow: talking }, "bridged"],
    [
      "a status says MISSED, and the talk time that somebody talked",
      { flow: { ...talking, callStatus: "MISSED" } },
      "bridged",
    ],
    [
      "a status says COMPLETED, and nobody talked",
      { flow: { callee: local, callStatus: "COMPLETED" } },
      "missed",
    ],
    ["a voice bot talked", { flow: { ...talking, callee: { ...local, userDevice: "VOICEBOT" } } }, "missed"],
    ["the talk is flagged as voicemail", { flow: { ...talking, flags: ["voicemail"] } }, "voicemail"],
    ["a voicemail is attached", { flow: { ...talking, attachments: [{ voicemail: "x.mp3" }] } }, "voicemail"],
    [
      "an attachment has the type voicemail",
      { flow: { attachments: [{ type: "voicemail", url: "x" }] } },
      "voicemail",
    ],
    ["a recording is attached", { flow: { ...talking, attachments: [{ recording: "x.mp3" }] } }, "bridged"],
    ["a fax came", { flow: { ...talking, attachments: [{ fax: "x.pdf" }] } }, "fax"],
    ["no time is given, and the status says MISSED", { flow: noTimes }, "missed"],
    [
      "no time is given, and the status says COMPLETED",
      { flow: { ...noTimes, callee: local, callStatus: "COMPLETED" } },
      "bridged",
    ],
    [
      "no time is given, and the status says COMPLETED without a person of ours",
      { flow: { ...noTimes, callStatus: "COMPLETED" } },
      "missed",
    ],
    [
      "the first of two flows was missed, the second answered",
      { flows: [{}, { ...talking, flowIndex: 1 }] },
      "bridged",
    ],
    [
      "the first of two flows was answered, the second missed",
      { flows: [talking, { flowIndex: 1 }] },
      "bridged",
    ],
    [
      "two flows were missed",
      { flows: [{}, { flowIndex: 1, queueName: "Support", queueId: "2" }] },
      "missed",
    ],
    [
      "two of us talked about a caller who waited",
      { flows: [{}, { ...talking, caller: local, direction: "INTERNAL", trunkDirection: undefined }] },
      "missed",
    ],
    ["a voicemail followed a talk", { flows: [talking, { flags: ["voicemail"] }] }, "bridged"],
    [
      "the direction is unknown, and the caller came by a trunk",
      { flow: { direction: "UNDEFINED" } },
      "missed",
    ],
    [
      "the direction is missing, and the caller came by a trunk",
      { flow: { direction: undefined } },
      "missed",
    ],
    [
      "no time is given, and the status says MISSED, although a phone of ours rang",
      { flow: { ...noTimes, callee: local } },
      "missed",
    ],
    [
      "one of two flows has times, and the other says COMPLETED",
      { flows: [{}, { ...noTimes, callee: local, callStatus: "COMPLETED" }] },
      "missed",
    ],
    ["a fax came in one of two flows", { flows: [{}, { flags: ["fax"] }] }, "fax"],
    ["a voicemail was left in one of two flows", { flows: [{ flags: ["voicemail"] }, {}] }, "voicemail"],
    ["a fax and a voicemail came", { flow: { flags: ["voicemail", "fax"] } }, "fax"],
    ["one of two flows came from outside", { flows: [{}, { direction: "OUTBOUND" }] }, "missed"],
  ])("%s", (_, change, kind) => expect(judge(change)).toMatchObject({ kind, direction: "inbound" }));

  const second = { ...talking, flowIndex: 1, trunkDirection: undefined };
  it.each<[string, Json, string]>([
    ["two of us", { caller: local, direction: "INTERNAL" }, "missed"],
    ["one of us and nobody that is known", { caller: null, direction: "INTERNAL" }, "missed"],
    ["the caller outside, on an internal flow", { caller: remote, direction: "INTERNAL" }, "bridged"],
    [
      "somebody outside whom we called, on an internal flow",
      { caller: local, callee: remote, direction: "INTERNAL" },
      "bridged",
    ],
    ["two of us, on a flow of unknown direction", { caller: local, direction: undefined }, "bridged"],
  ])("a second flow in which these talked: %s", (_, flow, kind) =>
    expect(judge({ flows: [{}, { ...second, ...flow }] })).toMatchObject({ kind }),
  );

  it.each<[string, Json, string]>([
    ["INBOUND", { direction: "INBOUND" }, "inbound"],
    ["OUTBOUND", { direction: "OUTBOUND" }, "outbound"],
    ["by its trunk, from outside", { caller: remote, trunkDirection: "incoming" }, "inbound"],
    ["by its trunk, to outside", { caller: local, trunkDirection: "outgoing" }, "outbound"],
    ["INBOUND, whatever the trunk says", { direction: "INBOUND", trunkDirection: "outgoing" }, "inbound"],
    ["from outside by no trunk", { caller: remote }, "internal"],
    ["from one of us by an incoming trunk", { caller: local, trunkDirection: "incoming" }, "internal"],
    ["INTERNAL", { direction: "INTERNAL", caller: local }, "internal"],
    ["unknown", {}, "internal"],
  ])("the direction is %s", (_, flow, expected) => {
    const none = { direction: undefined, trunkDirection: undefined, caller: null };
    const judged = judge({ flow: { callee: remote, ...none, ...flow } });
    expect(typeof judged === "string" ? judged : judged.direction).toBe(expected);
  });
  it("the direction is OUTBOUND if one of two flows is", () =>
    expect(
      judgeCompleted(
        "milan",
        sample("call-completed", { flows: [{}, { direction: "INTERNAL", trunkDirection: "" }] }),
      ),
    ).toMatchObject({ direction: "outbound" }));

  it.each<[string, Json, string | undefined]>([
    ["the extension of the callee", { callee: { ...local, userExtension: "205" } }, "205"],
    [
      "the phone of the callee if no extension is given",
      { callee: { ...local, userExtension: null } },
      "201",
    ],
    ["that of the caller if no callee is of ours", { callee: remote, caller: local }, "201"],
    [
      "that of the caller if the callee is a voice bot",
      { callee: { ...local, phone: "900", userExtension: "900", userDevice: "VOICEBOT" }, caller: local },
      "201",
    ],
  ])("the person who talked is %s", (_, flow, extension) =>
    expect(judge({ flow: { ...talking, ...flow } })).toMatchObject({ kind: "bridged", extension }),
  );
  it("the person who talked is that of the last flow with a talk, and the talks are added up", () =>
    expect(
      judge({
        flows: [talking, { ...talking, callee: { ...local, userExtension: "205" }, talkTime: 500 }, {}],
      }),
    ).toMatchObject({ kind: "bridged", extension: "205", talkSeconds: 18.5 }));
  it("a call without a talk has neither a person nor a talk time", () => {
    const missed = judge({ flow: { callee: local } });
    expect(missed).not.toHaveProperty("extension");
    expect(missed).not.toHaveProperty("talkSeconds");
  });

  it("judges calls of ours by the same rules", () =>
    expect(
      judgeCompleted("milan", sample("call-completed", { flow: { talkTime: 0, callStatus: "MISSED" } })),
    ).toMatchObject({ kind: "missed", direction: "outbound", number: "+393331234567" }));

  it.each<[string, Change, object | undefined]>([
    ["the last queue", { flows: [{}, { queueName: "Support", queueId: "2" }] }, { id: "2", name: "Support" }],
    [
      "the last queue that is named",
      { flows: [{}, { queueName: undefined, queueId: undefined }] },
      { id: "1", name: "Sales" },
    ],
    [
      "by its index, not its place",
      { flows: [{ flowIndex: 1, queueName: "Support", queueId: "2" }, { flowIndex: 0 }] },
      { id: "2", name: "Support" },
    ],
    ["its id alone", { flow: { queueName: undefined } }, { id: "1" }],
    ["a numeric id", { flow: { queueId: 7, queueName: "" } }, { id: "7" }],
    [
      "the service",
      { flow: { queueId: undefined, queueName: undefined, service: "Hotline" } },
      { name: "Hotline" },
    ],
    [
      "the number of the service",
      { flow: { queueId: undefined, queueName: undefined } },
      { id: "0250000001" },
    ],
    ["none", { flow: { queueId: null, queueName: null, serviceNumber: null } }, undefined],
  ])("the queue is %s", (_, change, queue) =>
    expect(judge(change)).toMatchObject(queue === undefined ? { number: remote.phone } : { queue }),
  );

  it.each<[string, Change, string]>([
    ["of the caller outside", { flow: { remotePhone: undefined } }, "+393331234567"],
    ["of the field remotePhone", { flow: { caller: { ...remote, phone: "" } } }, "+393331234567"],
    ["as the PBX wrote it", { flow: { caller: { ...remote, phone: "0039333 1234567" } } }, "0039333 1234567"],
    [
      "of the first flow that has one",
      { flows: [{ caller: null }, { caller: { ...remote, phone: "+39334" } }] },
      "+39334",
    ],
    [
      "of the caller outside before that of a field remotePhone",
      { flows: [{ caller: null, remotePhone: "+39335" }, { caller: { ...remote, phone: "+39334" } }] },
      "+39334",
    ],
    ["of a caller of whom nothing else is known", { flow: { caller: { type: null } } }, "+393331234567"],
    [
      "of the field remotePhone of a later flow",
      {
        flows: [
          { caller: null, remotePhone: null },
          { caller: null, remotePhone: "+39335" },
        ],
      },
      "+39335",
    ],
    [
      "of the field remotePhone if one of us calls",
      { flow: { caller: local, remotePhone: "+39335" } },
      "+39335",
    ],
  ])("the number is that %s", (_, change, number) => expect(judge(change)).toMatchObject({ number }));
  it("the number that a caller dialled is not that of the caller", () =>
    expect(judge({ flow: { caller: null, remotePhone: null, destination: "0250000001" } })).toBe(
      "no_number",
    ));
  it.each<[string, Json[], string]>([
    ["of the party outside", [{ callee: { ...remote, phone: "+39334" } }], "+39334"],
    ["of the field remotePhone", [{ callee: null, remotePhone: "+39335" }], "+39335"],
    ["of the field remotePhone if one of us picked up", [{ callee: local, remotePhone: "+39335" }], "+39335"],
    ["that was dialled", [{ callee: null, remotePhone: null, destination: "0039336" }], "0039336"],
    [
      "that was dialled in a later flow",
      [
        { callee: null, remotePhone: null, destination: null },
        { callee: null, remotePhone: null, destination: "0039336" },
      ],
      "0039336",
    ],
  ])("the number of a call of ours is that %s", (_, flows, number) => {
    expect(judgeCompleted("milan", sample("call-completed", { flows }))).toMatchObject({ number });
  });

  it.each<[string, Change, number, number]>([
    [
      "the first start and the last end",
      { flows: [{}, { startTime: at + 20_000, endTime: at + 50_000 }] },
      at,
      at + 50_000,
    ],
    ["the duration if no end is given", { flow: { endTime: undefined } }, at, at + 20_000],
    ["the event if no time is given", { flow: noTimes }, at + 380_000, at + 380_000],
    [
      "the start of the call if flows have none",
      { flow: noTimes, data: { start: "2026-02-26T10:00:00.000Z" } },
      at,
      at + 380_000,
    ],
    [
      "the event if neither an end nor a duration is given",
      { flow: { endTime: undefined, duration: undefined } },
      at,
      at + 380_000,
    ],
    [
      "the event if only a duration is given",
      { flow: { startTime: undefined, endTime: undefined } },
      at + 380_000,
      at + 380_000,
    ],
    [
      "the first start, be it that of the call",
      { data: { start: "2026-02-26T09:59:59Z" } },
      at - 1_000,
      at + 20_000,
    ],
    [
      "those of the flow if the start of the call comes later",
      { data: { start: "2026-02-26T10:00:01Z" } },
      at,
      at + 20_000,
    ],
    [
      "those of the flow if the start of the call is not a time",
      { data: { start: "soon" } },
      at,
      at + 20_000,
    ],
    ["those of the flow if the start of the call is a number", { data: { start: 2026 } }, at, at + 20_000],
    ["up to 5 minutes after the event", { flow: { endTime: at + 680_000 } }, at, at + 680_000],
    [
      "as far as a day apart",
      { flow: { startTime: at + 20_000 - 86_400_000 } },
      at + 20_000 - 86_400_000,
      at + 20_000,
    ],
    ["the same if the call ended at once", { flow: { endTime: at } }, at, at],
  ])("its times are %s", (_, change, startedAt, endedAt) =>
    expect(judge(change)).toMatchObject({ startedAt, endedAt }),
  );
  it.each([
    ["ms", 18_475, 22_675],
    ["s", 18.475, 22.675],
  ])("talk times in %s give seconds", (_, talkTime, duration) =>
    expect(judgeCompleted("milan", sample("call-completed", { flow: { talkTime, duration } }))).toMatchObject(
      {
        talkSeconds: 18.475,
      },
    ),
  );

  it.each<[string, Change, string]>([
    ["internal", { flow: { direction: "INTERNAL", trunkDirection: undefined, caller: local } }, "internal"],
    ["without flows", { data: { flows: [] } }, "no_flows"],
    ["without data", { data: { flows: null } }, "no_flows"],
    ["with flows that are no objects", { data: { flows: [null, 7, "x"] } }, "internal"],
    [
      "of a withheld number",
      { flow: { remotePhone: undefined, caller: { ...remote, phone: undefined } } },
      "no_number",
    ],
    ["that ends more than 5 minutes after the event", { flow: { endTime: at + 680_001 } }, "absurd_times"],
    ["that ends in the year 9999", { flow: { endTime: 253_370_764_800_000 } }, "absurd_times"],
    ["that ends before it begins", { flow: { endTime: at - 1 } }, "absurd_times"],
    ["that lasts for more than a day", { flow: { startTime: at + 20_000 - 86_400_001 } }, "absurd_times"],
  ])("says nothing of a call %s", (_, change, why) => expect(judge(change)).toBe(why));
  it.each([
    [[]],
    [7],
    ["text"],
    [null],
    [{ flows: "x" }],
    [{ flows: [{ caller: [], callee: 7, flags: "voicemail", attachments: {} }] }],
  ])("takes data of any form: %j", (data) =>
    expect(typeof judgeCompleted("milan", { ...sample("call-missed"), data })).toBe("string"),
  );
});
