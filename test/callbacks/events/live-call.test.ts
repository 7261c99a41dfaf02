import { describe, expect, it } from "vitest";
import type { PbxEvent } from "../../../lib/callbacks/events/envelope.ts";
import { addLive, factOf, type LiveCall } from "../../../lib/callbacks/events/live-call.ts";
import { sample } from "./samples.ts";

const at = 1772100000000;
const remote = { type: "REMOTE", phone: "+393331234567" };
const local = { type: "LOCAL", phone: "201", userExtension: "201" };

/** All orders of these. */
const orders = <T>(items: readonly T[]): T[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, at_) => orders(items.toSpliced(at_, 1)).map((rest) => [item, ...rest]));

/** The fact after each event. */
const facts = (events: readonly PbxEvent[]) => {
  let call: LiveCall | undefined;
  return events.map((event) => {
    const after = addLive(call, event);
    if (typeof after === "string") return after;
    call = after;
    return factOf("milan", after, event);
  });
};
const last = (events: readonly PbxEvent[]) => facts(events).at(-1);

const progress = sample("call-live-progress");
const completed = sample("call-live-completed");
const inbound = { caller: remote, callee: null, destination: "0250000001", queueId: "1", queueName: "Sales" };
const start = sample("call-start", { envelope: { time: at }, data: inbound });
const update = sample("call-update", { envelope: { time: at }, data: { ...inbound, callee: local } });
const end = sample("call-end", { envelope: { time: at + 25_000 }, data: { ...inbound, callee: local } });

describe("live events of a call", () => {
  it("say that a call goes on", () =>
    expect(facts([progress])).toEqual([
      {
        kind: "live",
        pbx: "milan",
        number: "+393331234567",
        direction: "inbound",
        startedAt: at,
        endedAt: at + 12_000,
        ref: "call:live:progress it_w000001_1772100000.12",
      },
    ]));
  it.each(orders([progress, completed, completed]))(
    "say in every order that it was missed, although the last one has no number",
    (...events) =>
      expect(last(events)).toMatchObject({
        kind: "missed",
        number: "+393331234567",
        direction: "inbound",
        startedAt: at,
        endedAt: at + 25_000,
      }),
  );
  it("say nothing while no event has a number", () => expect(facts([completed])).toEqual([undefined]));
  it.each([
    ["a talk", { talkTime: 8_000, callee: local }, { kind: "bridged", talkSeconds: 8, extension: "201" }],
    ["a voicemail", { flags: ["voicemail"] }, { kind: "voicemail" }],
    [
      "a talk of a voice bot",
      { talkTime: 8_000, callee: { ...local, userDevice: "VOICEBOT" } },
      { kind: "missed" },
    ],
  ])("end with %s", (_, flow, fact) =>
    expect(last([progress, sample("call-live-completed", { flow })])).toMatchObject(fact),
  );
  it("end as missed if they were interrupted", () =>
    expect(
      last([progress, sample("call-live-completed", { envelope: { type: "call:live:interrupted" } })]),
    ).toMatchObject({ kind: "missed" }));
  it("end without flows, and nothing follows from it", () =>
    expect(facts([progress, sample("call-live-completed", { data: { flows: [] } })]).at(-1)).toBeUndefined());
  it("stay live while a progress event shows a talk", () =>
    expect(last([sample("call-live-progress", { flow: { talkTime: 9_000 } })])).toMatchObject({
      kind: "live",
    }));
  it("of a call between two of us are none of our business", () =>
    expect(facts([sample("call-live-progress", { flow: { direction: "INTERNAL", caller: local } })])).toEqual(
      ["internal"],
    ));
});

describe("call:start, call:update and call:end", () => {
  it("of the vendor's samples are a call between two of us", () =>
    expect(facts([sample("call-start"), sample("call-update"), sample("call-end")])).toEqual([
      "internal",
      "internal",
      "internal",
    ]));
  it.each(orders([start, update, end]))("say in every order that it was missed", (...events) =>
    expect(last(events)).toMatchObject({
      kind: "missed",
      number: "+393331234567",
      direction: "inbound",
      queue: { id: "1", name: "Sales" },
      startedAt: at,
      endedAt: at + 25_000,
    }),
  );
  it("say that the call goes on before it ends", () =>
    expect(facts([start, update])).toMatchObject([{ kind: "live" }, { kind: "live", endedAt: at }]));
  it("take a lone end for a call that was long enough", () =>
    expect(last([end])).toMatchObject({ kind: "missed", startedAt: at + 19_000, endedAt: at + 25_000 }));
  it("settle nothing if somebody may have talked, and end the call", () =>
    expect(
      last([
        start,
        sample("call-end", { envelope: { time: at + 25_000 }, data: { ...inbound, status: "TALKING" } }),
      ]),
    ).toMatchObject({
      kind: "bridged",
      talkSeconds: 0,
    }));
  it.each([
    ["by the callee", { caller: local, callee: remote }, "+393331234567"],
    ["by the trunk", { caller: local, trunkName: "SIP-Trunk", destination: "0039333" }, "0039333"],
  ])("know a call of ours %s", (_, data, number) =>
    expect(last([sample("call-start", { data })])).toMatchObject({ direction: "outbound", number }),
  );
  it("of a call of ours that ended after it was connected say nothing", () =>
    expect(
      last([sample("call-end", { data: { caller: local, callee: remote, status: "TALKING" } })]),
    ).toBeUndefined());
  it("of a withheld number say nothing", () =>
    expect(
      last([sample("call-start", { data: { caller: { type: "REMOTE", phone: "" } } })]),
    ).toBeUndefined());
});
