import { describe, expect, it } from "vitest";
import { Group, hasOneNumber } from "../../../lib/history/grouping/group.ts";
import type { Leg } from "../../../lib/history/grouping/leg.ts";
import { at, readLeg as read } from "./legs.ts";

const groupOf = (first: Leg, ...others: Leg[]): Group => {
  const group = new Group(first.seq, first);
  for (const each of others) group.add(each);
  return group;
};
const bare = { channel: "", dstchannel: "" };
const hidden = { ...bare, from_number: "anonymous", src: "anonymous" };
const another = { from_number: "00393335000002", src: "00393335000002" };

describe("a group of legs", () => {
  it("ends when its last leg does", () => {
    const end = (second: number): number => Date.UTC(2026, 10, 23, 10, 0, second) / 1000;
    expect(groupOf(read(), read({ end: at(20) })).end).toBe(end(35));
    expect(groupOf(read({ end: at(20) }), read()).end).toBe(end(35));
    const none = { start: "", answer: "", end: "" };
    expect(groupOf(read(none)).end).toBeNull();
    expect(groupOf(read(), read(none)).end).toBe(end(35));
    expect(groupOf(read(none), read()).end).toBe(end(35));
  });
  it("is as sure as its weakest leg and its weakest rule", () => {
    const id = { linkedid: "1.1" };
    expect(groupOf(read(id)).certainty).toBe("exact");
    expect(groupOf(read(id), read()).certainty).toBe("channel");
    expect(groupOf(read(bare), read()).certainty).toBe("inferred");
    const group = groupOf(read(id));
    group.weaken("channel");
    group.weaken("exact");
    expect(group.certainty).toBe("channel");
    const other = groupOf(read(id));
    other.weaken("inferred");
    group.absorb(other);
    expect(group.certainty).toBe("inferred");
  });
  it("keeps the id that was given out, also that of a group that it takes", () => {
    const [first, second] = [groupOf(read()), groupOf(read())];
    const id = first.idOf();
    expect(first.idOf()).toBe(id);
    second.absorb(first);
    expect([second.idOf(), second.legs.map(({ group }) => group?.number)]).toEqual([
      id,
      [second.number, second.number],
    ]);
    expect(first.legs).toEqual([]);
    const third = groupOf(read());
    const own = third.idOf();
    third.absorb(groupOf(read()));
    expect([third.idOf(), own === id]).toEqual([own, false]);
    const [early, late] = [groupOf(read()), groupOf(read())];
    const lateId = late.idOf();
    early.absorb(late);
    expect(early.idOf()).toBe(lateId);
  });
  it("orders its legs by their arrival", () => {
    const [one, two, three] = [read(), read(), read()];
    const group = groupOf(two);
    group.absorb(groupOf(one, three));
    expect(group.legs).toEqual([one, two, three]);
  });
});

describe("a leg is refused", () => {
  it.each([
    ["of another caller from outside", {}, another, true],
    ["of the same caller on another channel", {}, { channel: "SIP/telco-00000009" }, true],
    ["of the same caller on the same channel", {}, {}, false],
    ["of a caller inside", {}, { from_number: "101" }, false],
    ["of a Local channel", {}, { ...another, channel: "Local/9@users-00000001;2" }, false],
    ["of the same caller, both without channels", bare, bare, false],
    ["of a hidden number without channel", hidden, hidden, true],
    [
      "of a hidden number with one channel",
      { ...hidden, channel: "SIP/telco-1" },
      { ...hidden, channel: "SIP/telco-1" },
      false,
    ],
    [
      "of a hidden number with one id of the PBX",
      { ...hidden, linkedid: "1" },
      { ...hidden, linkedid: "1" },
      false,
    ],
    ["of a hidden number with an id in one leg", { ...hidden, linkedid: "1" }, hidden, true],
    [
      "of a hidden number with an id that the group does not have",
      hidden,
      { ...hidden, linkedid: "1" },
      true,
    ],
    ["of the same caller in another notation", {}, { from_number: "393335000001" }, false],
    [
      "of the same caller with a prefix",
      { from_number: "3335000001" },
      { from_number: "03335000001" },
      false,
    ],
    [
      "of another word for a hidden number, on one channel",
      { ...hidden, channel: "SIP/telco-1" },
      { from_number: "", src: "", channel: "SIP/telco-1" },
      false,
    ],
    ["of a hidden number, if the caller is known", {}, { from_number: "anonymous" }, true],
    ["of another id of the PBX", { linkedid: "1" }, { linkedid: "2" }, true],
    ["with an id of the PBX, if the group has none", {}, { linkedid: "2" }, false],
    ["without an id of the PBX, if the group has one", { linkedid: "1" }, {}, false],
  ])("%s", (_what, inGroup, change, refused) =>
    expect(groupOf(read(inGroup)).refuses(read(change))).toBe(refused),
  );
  it("if a later leg without an id came between", () =>
    expect(groupOf(read({ linkedid: "1" }), read()).refuses(read({ linkedid: "2" }))).toBe(true));
});

describe("two groups contradict each other", () => {
  it.each([
    ["with one caller", {}, {}, false],
    ["with two callers from outside", {}, another, true],
    ["if one has a caller inside", {}, { from_number: "101" }, false],
    [
      "with two ids of the PBX",
      { from_number: "101", linkedid: "1" },
      { from_number: "102", linkedid: "2" },
      true,
    ],
  ])("%s", (_what, one, other, expected) =>
    expect(groupOf(read(one)).contradicts(groupOf(read(other)))).toBe(expected),
  );
  it("if both have given out ids", () => {
    const [one, other] = [groupOf(read()), groupOf(read())];
    one.idOf();
    expect([one.contradicts(other), other.contradicts(one)]).toEqual([false, false]);
    other.idOf();
    expect(one.contradicts(other)).toBe(true);
  });
  it("if they have more than 4,096 legs together, and a full group takes no leg", () => {
    const full = (count: number): Group =>
      groupOf(read(), ...Array.from({ length: count - 1 }, () => read()));
    const [most, one] = [full(4_095), full(1)];
    expect([most.contradicts(one), most.refuses(read())]).toEqual([false, false]);
    most.add(read());
    expect([most.contradicts(one), most.refuses(read())]).toEqual([true, true]);
  });
});

it.each([
  ["+390212345678", "0212345678", true],
  ["0212345678", "+390212345678", true],
  ["anonymous", "Anonymous", true],
  ["anonymous", "", true],
  ["000", "-1", true],
  ["anonymous", "0212345678", false],
  ["0212345678", "", false],
  ["0212345678", "0212345679", false],
  ["2123456", "02123456", true],
  ["212345", "0212345", true],
  ["12345", "0012345", false],
  ["x", "x", true],
])("%j and %j are one caller: %j", (a, b, expected) =>
  expect(hasOneNumber(read({ from_number: a, src: a }), read({ from_number: b, src: b }))).toBe(expected),
);
