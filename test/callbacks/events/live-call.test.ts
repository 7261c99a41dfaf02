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
        source: "live",
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
  it("without flows say nothing while the call goes on", () =>
    expect(facts([sample("call-live-progress", { data: { flows: [] } })])).toEqual(["no_flows"]));
  it("of a call between two of us that ended are none of our business either", () =>
    expect(
      facts([sample("call-live-completed", { flow: { direction: "INTERNAL", caller: local } })]),
    ).toEqual(["internal"]));
  it("begin at the start of the call, or when its first flow begins", () => {
    const startOf = (change: object) => {
      const call = addLive(undefined, sample("call-live-progress", { ...change }));
      return typeof call === "string" ? call : call.startedAt;
    };
    expect(startOf({})).toBe(at);
    expect(startOf({ flow: { startTime: at - 1_000 } })).toBe(at - 1_000);
    expect(startOf({ data: { start: null } })).toBeUndefined();
  });
  it("of a call whose start is not known begin when it is heard of", () =>
    expect(facts([sample("call-live-progress", { data: { start: null } })])).toMatchObject([
      { kind: "live", startedAt: at + 12_000, endedAt: at + 12_000 },
    ]));
  it("of a call whose start is not known end 6 seconds after it began, at least", () =>
    expect(
      facts([sample("call-live-completed", { data: { start: null }, flow: { caller: remote } })]),
    ).toMatchObject([{ kind: "missed", startedAt: at + 19_000, endedAt: at + 25_000 }]));
  it("of a call between two of us are none of our business", () =>
    expect(facts([sample("call-live-progress", { flow: { direction: "INTERNAL", caller: local } })])).toEqual(
      ["internal"],
    ));
});

describe("what several events say together", () => {
  /** call:update of a caller from outside, so many seconds after the start. */
  const said = (seconds: number, data: object) =>
    sample("call-update", { envelope: { time: at + seconds * 1000 }, data: { ...inbound, ...data } });
  const sum = (...events: readonly PbxEvent[]) =>
    events.reduce<LiveCall | undefined>((before, event) => {
      const after = addLive(before, event);
      return typeof after === "string" ? before : after;
    }, undefined);
  const first = { caller: { ...remote, phone: "+39331" }, queueId: "1", queueName: null };
  const second = { caller: { ...remote, phone: "+39332" }, queueId: "2", queueName: null };

  it.each([[[said(1, first), said(2, second)]], [[said(2, second), said(1, first)]]])(
    "is the first number and the last queue, in both orders",
    (events) =>
      expect(sum(...events)).toStrictEqual({
        number: "+39331",
        direction: "inbound",
        queue: { id: "2" },
        heardAt: at + 2_000,
        saidAt: { number: at + 1_000, direction: at + 1_000, queue: at + 2_000 },
      }),
  );
  it.each(orders([said(1, first), said(1, second)]))(
    "is the first number and the last queue by their text of two events of the same moment, in both orders",
    (...events) => expect(sum(...events)).toMatchObject({ number: "+39331", queue: { id: "2" } }),
  );
  const bare = { caller: { type: "REMOTE", phone: "" }, queueId: null, queueName: null };
  const disagreeing = [
    said(1, bare),
    said(2, first),
    said(3, { ...bare, caller: local, callee: remote, queueId: "3" }),
    said(4, second),
    sample("call-end", { envelope: { time: at + 5_000 }, data: { ...inbound, ...bare } }),
    sample("call-live-completed", {
      envelope: { type: "call:live:interrupted", time: at + 6_000 },
      data: { flows: [] },
    }),
  ];
  it("is the same in every order of events that disagree", () => {
    for (const events of orders(disagreeing))
      expect(sum(...events)).toStrictEqual({
        number: "+39331",
        direction: "inbound",
        queue: { id: "2" },
        end: { at: at + 5_000, kind: "missed" },
        heardAt: at + 6_000,
        saidAt: { number: at + 2_000, direction: at + 1_000, queue: at + 4_000, end: at + 5_000 },
      });
  });
  it("is the last of two ends that do not say how the call ended", () => {
    const ended = (seconds: number) =>
      sample("call-live-completed", { envelope: { time: at + seconds * 1000 }, data: { flows: [] } });
    for (const events of orders([ended(1), ended(2)]))
      expect(sum(...events)).toMatchObject({ end: { at: at + 2_000 }, saidAt: { end: at + 2_000 } });
  });
  it("is the last of two ends that say how the call ended, in both orders", () => {
    const ended = (seconds: number, talkTime: number) =>
      sample("call-live-completed", {
        envelope: { time: at + seconds * 1000 },
        flow: { caller: remote, callee: local, talkTime },
      });
    for (const events of orders([ended(30, 8_000), ended(31, 0)]))
      expect(sum(...events)).toMatchObject({ end: { kind: "missed" }, saidAt: { end: at + 31_000 } });
  });
  it("is read from a record of an earlier version: its values were said when the call was last heard of", () => {
    const earlier = { number: "+39330", queue: { id: "9" }, heardAt: at + 2_000 } as const;
    const added = (event: PbxEvent) => addLive(earlier, event);
    expect(added(said(1, first))).toMatchObject({ number: "+39331", queue: { id: "9" } });
    expect(added(said(3, second))).toMatchObject({ number: "+39330", queue: { id: "2" } });
    expect(added(said(3, second))).toMatchObject({ saidAt: { number: at + 2_000, queue: at + 3_000 } });
  });
  it("is the first direction", () =>
    expect(sum(said(1, first), said(2, { caller: local, callee: remote }))).toMatchObject({
      direction: "inbound",
    }));
  it.each([
    [[said(1, first), said(2, { ...second, queueId: null })]],
    [[said(2, { ...second, queueId: null }), said(1, first)]],
  ])("is a queue that only the earlier one names, in both orders", (events) =>
    expect(sum(...events)).toMatchObject({ queue: { id: "1" } }),
  );
  it.each(
    orders([
      sample("call-live-progress"),
      sample("call-live-progress", { data: { start: "2026-02-26T09:59:58Z" } }),
    ]),
  )("is the earliest start, in both orders", (...events) =>
    expect(sum(...events)).toMatchObject({ startedAt: at - 2_000 }),
  );
  it("is a start that only one of them knows", () =>
    expect(sum(said(1, first), sample("call-live-progress"))).toMatchObject({ startedAt: at }));
  it("has no start if none of them knows it", () =>
    expect(sum(said(1, first), said(2, first))).not.toHaveProperty("startedAt"));
  it("has the number of a later event if the first one only says that the call ended", () =>
    expect(
      sum(
        sample("call-live-completed", { envelope: { time: at + 1_000 }, data: { flows: [] } }),
        sample("call-live-completed", { flow: { caller: remote } }),
      ),
    ).toStrictEqual({
      number: remote.phone,
      direction: "inbound",
      startedAt: at,
      end: { at: at + 25_000, kind: "missed", talkSeconds: undefined, extension: undefined },
      heardAt: at + 25_000,
      saidAt: { number: at + 25_000, direction: at + 25_000, end: at + 25_000 },
    }));
  it("is not changed by an event that says nothing", () => {
    const call = sum(said(1, first));
    expect(addLive(call, sample("call-update"))).toBe("internal");
    expect(addLive(call, sample("call-live-progress", { data: { flows: [] } }))).toBe("no_flows");
  });
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
  it("know a caller from outside, even if the trunk is named", () =>
    expect(last([sample("call-start", { data: { ...inbound, trunkName: "SIP-Trunk" } })])).toMatchObject({
      direction: "inbound",
      number: "+393331234567",
    }));
  it.each([
    ["one of ours and nobody that is known", { caller: local, callee: null, trunkName: "" }],
    ["nobody that is known", { caller: null, callee: remote, trunkName: "SIP-Trunk" }],
  ])("of %s are none of our business", (_, data) =>
    expect(facts([sample("call-start", { data })])).toEqual(["internal"]),
  );
  it.each([
    ["call-start", at],
    ["call-update", undefined],
    ["call-end", undefined],
  ] as const)("know the start only if they are one: %s", (name, startedAt) => {
    const call = addLive(undefined, sample(name, { envelope: { time: at }, data: inbound }));
    expect(typeof call === "string" ? call : call.startedAt).toBe(startedAt);
  });
  it("name the service if no queue is named", () =>
    expect(
      last([
        sample("call-start", { data: { ...inbound, queueId: null, queueName: "", service: "Hotline" } }),
      ]),
    ).toMatchObject({ queue: { name: "Hotline" } }));
  it("of a call of ours that rang in vain say that it was missed", () =>
    expect(last([sample("call-end", { data: { caller: local, callee: remote } })])).toMatchObject({
      kind: "missed",
      direction: "outbound",
    }));
  it("of a call of ours that ended after it was connected say nothing", () =>
    expect(
      last([sample("call-end", { data: { caller: local, callee: remote, status: "TALKING" } })]),
    ).toBeUndefined());
  it("of a withheld number say nothing", () =>
    expect(
      last([sample("call-start", { data: { caller: { type: "REMOTE", phone: "" } } })]),
    ).toBeUndefined());
});
