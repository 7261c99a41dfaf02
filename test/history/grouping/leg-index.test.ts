import { describe, expect, it } from "vitest";
import { LegIndex } from "../../../lib/history/grouping/leg-index.ts";
import { readLeg as read } from "./legs.ts";

const bare = { channel: "", dstchannel: "" };
const none = { caller: undefined, called: undefined };
const indexOf = (...legs: ReturnType<typeof read>[]): LegIndex => {
  const index = new LegIndex();
  for (const each of legs) index.add(each);
  return index;
};

describe("a leg is found", () => {
  it("by the PBX's id of its call: the last leg with that id", () => {
    const [first, last] = [read({ linkedid: "1.1" }), read({ linkedid: "1.1" })];
    const index = indexOf(first, last);
    expect(index.byCallId(first)).toBe(last);
    expect(index.byCallId(read({ linkedid: "1.2" }))).toBeUndefined();
  });
  it("by its channels, as the caller of one and the called of the other", () => {
    const only = read();
    const index = indexOf(only);
    expect(index.byChannel("SIP/telco-00000001")).toEqual({ caller: only, called: undefined });
    expect(index.byChannel("SIP/101-00000002")).toEqual({ caller: undefined, called: only });
    expect(index.byChannel("SIP/101-00000003")).toEqual(none);
  });
  it("by both halves of a Local channel", () => {
    const [one, two] = [
      read({ channel: "Local/108@users-00000004;2" }),
      read({ channel: "SIP/108-00000005", dstchannel: "Local/108@users-00000004;1" }),
    ];
    const index = indexOf(one, two);
    for (const half of [";1", ";2"])
      expect(index.byChannel(`Local/108@users-00000004${half}`)).toEqual({ caller: one, called: two });
  });
  it("by its numbers, if it has no channel and the leg that looks has none", () => {
    const [first, second] = [read(bare), read(bare)];
    const withChannel = read();
    const index = indexOf(first, second, withChannel);
    expect(index.ofCaller(first)).toEqual([first, second]);
    expect(index.fromNumber(first, first.fromKey)).toEqual([first, second]);
    expect(index.toNumber(first, "101")).toEqual([first, second]);
    expect(index.ofCaller(withChannel)).toEqual([]);
    expect(index.fromNumber(withChannel, first.fromKey)).toEqual([]);
    expect(index.toNumber(withChannel, "101")).toEqual([]);
    expect(index.toNumber(first, "102")).toEqual([]);
  });
  it("by the number of its other side, if its own is hidden", () => {
    const caller = read({ ...bare, from_number: "anonymous", src: "anonymous" });
    const called = read({ ...bare, to_number: "anonymous" });
    const index = indexOf(caller, called);
    expect([index.ofCaller(caller), index.toNumber(caller, "101")]).toEqual([[], [caller]]);
    expect([index.ofCaller(called), index.toNumber(called, "anonymous")]).toEqual([[called], []]);
  });
  it("among the last 64 legs of its number", () => {
    const legs = Array.from({ length: 65 }, () => read(bare));
    const [oldest] = legs;
    const index = indexOf(...legs.slice(0, 64));
    expect(index.toNumber(read(bare), "101")).toEqual(legs.slice(0, 64));
    index.add(legs[64] ?? read(bare));
    expect(index.toNumber(read(bare), "101")).toEqual(legs.slice(1));
    expect(index.toNumber(read(bare), "101")).not.toContain(oldest);
  });
  it("only by what it has: an empty id, channel or half leads to no leg", () => {
    const empty = read({ ...bare, linkedid: "" });
    const index = indexOf(empty);
    expect(index.byCallId(empty)).toBeUndefined();
    expect(index.byChannel("")).toEqual(none);
  });
});

describe("a leg that is removed", () => {
  const half = "Local/108@users-00000004";
  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["with channels", {}],
    ["with the PBX's id of its call", { linkedid: "1.1" }],
    ["with only the PBX's id and no number", { ...bare, linkedid: "1.1", from_number: "", src: "" }],
    ["with the PBX's id and one channel", { linkedid: "1.1", dstchannel: "" }],
    ["with a called channel only", { channel: "" }],
    ["with a channel of the caller only", { dstchannel: "" }],
    ["with both halves of a Local channel", { channel: `${half};2`, dstchannel: `${half};1` }],
    ["without channels", bare],
    ["with a hidden caller", { ...bare, from_number: "anonymous", src: "anonymous" }],
    ["with a hidden called party", { ...bare, to_number: "anonymous" }],
  ])("%s leaves an empty index", (_what, change) => {
    const only = read(change);
    const index = indexOf(only);
    expect(index.isEmpty).toBe(false);
    index.remove(only);
    expect(index.isEmpty).toBe(true);
    expect(index.byCallId(only)).toBeUndefined();
    expect(index.byChannel(only.channel)).toEqual(none);
    expect(index.byChannel(only.dstchannel)).toEqual(none);
    expect(index.ofCaller(read({ ...bare, ...change }))).toEqual([]);
    expect(index.toNumber(read(bare), only.toKey)).toEqual([]);
  });
  it("does not take a later leg's id and channels with it", () => {
    const [first, later] = [read({ linkedid: "1.1" }), read({ linkedid: "1.1" })];
    const index = indexOf(first, later);
    index.remove(first);
    expect(index.byCallId(later)).toBe(later);
    expect(index.byChannel(later.channel).caller).toBe(later);
    expect(index.byChannel(later.dstchannel).called).toBe(later);
    index.remove(later);
    expect(index.isEmpty).toBe(true);
  });
  it("leaves the other leg of its channel", () => {
    const [caller, called] = [
      read({ channel: "SIP/101-00000009", dstchannel: "" }),
      read({ channel: "", dstchannel: "SIP/101-00000009" }),
    ];
    for (const [gone, stays] of [
      [caller, { caller: undefined, called }],
      [called, { caller, called: undefined }],
    ] as const) {
      const index = indexOf(caller, called);
      index.remove(gone);
      expect(index.byChannel("SIP/101-00000009")).toEqual(stays);
    }
  });
  it("leaves the other legs of its numbers, in their order", () => {
    const legs = [read(bare), read(bare), read(bare)] as const;
    const [first, second, third] = legs;
    for (const [gone, stay] of [
      [first, [second, third]],
      [second, [first, third]],
      [third, [first, second]],
    ] as const) {
      const index = indexOf(...legs);
      index.remove(gone);
      expect(index.ofCaller(first)).toEqual(stay);
      expect(index.toNumber(first, first.toKey)).toEqual(stay);
    }
  });
  it("that the index does not have changes nothing", () => {
    const [known, unknown] = [read({ ...bare, linkedid: "1.1" }), read({ ...bare, linkedid: "1.1" })];
    const index = indexOf(known);
    index.remove(unknown);
    index.remove(read({ ...bare, from_number: "00393335000002", to_number: "102" }));
    index.remove(read({ channel: "SIP/102-0000000a", dstchannel: "SIP/103-0000000b" }));
    expect(index.byCallId(known)).toBe(known);
    expect(index.ofCaller(known)).toEqual([known]);
    expect(index.toNumber(known, known.toKey)).toEqual([known]);
  });
});
