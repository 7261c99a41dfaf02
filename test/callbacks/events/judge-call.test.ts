import { describe, expect, it } from "vitest";
import { judgeCompleted } from "../../../lib/callbacks/events/judge-call.ts";
import { sample } from "./samples.ts";

const at = 1772100000000;
const local = { type: "LOCAL", phone: "201", userExtension: "201", userDevice: "WEB" };
const remote = { type: "REMOTE", phone: "+393331234567" };
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
  ])("%s", (_, change, kind) => expect(judge(change)).toMatchObject({ kind, direction: "inbound" }));

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
  ])("the number is that %s", (_, change, number) => expect(judge(change)).toMatchObject({ number }));

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
    ["that ends in the year 9999", { flow: { endTime: 253_370_764_800_000 } }, "absurd_times"],
    ["that ends before it begins", { flow: { endTime: at - 1 } }, "absurd_times"],
    ["that lasts for more than a day", { flow: { startTime: at - 86_400_000 } }, "absurd_times"],
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
