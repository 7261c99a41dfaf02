import { describe, expect, it } from "vitest";
import { CallGrouper } from "../../../lib/history/grouping/grouping.ts";
import { at, leg, many, rowsOf, settings } from "./legs.ts";

const withIds = { ...settings, callIdField: "linkedid" };
const inside = { from_number: "101", src: "101", to_number: "102", dst: "102" };
const seconds = (second: number): number => Date.UTC(2026, 10, 23, 10, 0, second) / 1000;
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("a snapshot", () => {
  it("of a grouper without a leg has no clock, PBX or call", () =>
    expect(new CallGrouper(settings).snapshot()).toMatchObject({
      seq: 0,
      clock: null,
      pbxid: null,
      groups: [],
      held: [],
    }));
  it("has the clock, the PBX, and the id of a call as soon as one of its legs is settled", () => {
    const grouper = new CallGrouper(settings);
    const rows = rowsOf(many(100, () => inside));
    for (const row of rows) grouper.add(row);
    const { seq, clock, pbxid, groups, held } = grouper.snapshot();
    expect({ seq, clock, pbxid, held: held.length }).toEqual({
      seq: 100,
      clock: seconds(100),
      pbxid: "p1",
      held: 64,
    });
    expect(groups.map(({ callId }) => callId !== null)).toEqual(rows.map((_, n) => n < 36));
  });
  it("is the same again of the grouper that it restores", () => {
    const grouper = new CallGrouper(settings);
    for (const row of rowsOf(many(100, () => inside))) grouper.add(row);
    const whole = copy(grouper.snapshot());
    expect(copy(new CallGrouper(settings, whole).snapshot())).toEqual(whole);
  });
  it("that lost a leg is refused with the number of the leg", () => {
    const grouper = new CallGrouper(settings);
    for (const row of rowsOf(many(3))) grouper.add(row);
    const whole = grouper.snapshot();
    const broken = { ...whole, groups: whole.groups.filter(({ number }) => number !== 1) };
    expect(() => new CallGrouper(settings, broken)).toThrow("the snapshot has no leg 1");
  });

  it("has one group for two that a leg linked", () => {
    const grouper = new CallGrouper(settings);
    const asked = { channel: "SIP/104-00000005", dstchannel: "SIP/102-00000006" };
    const caller = { channel: "SIP/101-00000001" };
    for (const row of rowsOf([
      leg({ ...inside, ...asked }),
      leg({ ...inside, ...caller }),
      leg({ ...inside, ...caller, dstchannel: "SIP/102-00000006" }),
    ]))
      grouper.add(row);
    expect(grouper.snapshot().groups.map(({ legs }) => legs.length)).toEqual([3]);
  });
  it("restores no call of a group without legs", () => {
    const grouper = new CallGrouper(settings);
    for (const row of rowsOf(many(3))) grouper.add(row);
    const whole = copy(grouper.snapshot());
    const empty = { number: 99, legs: [], certainty: "exact", callId: null } as const;
    const restored = new CallGrouper(settings, { ...whole, groups: [...whole.groups, empty] });
    expect(copy(restored.snapshot())).toEqual(whole);
  });
  it("has all that counts: a channel of a closed call is not known in it, nor in the grouper", () => {
    const one = new CallGrouper(settings);
    for (const row of rowsOf(many(100))) one.add(row);
    const other = new CallGrouper(settings, copy(one.snapshot()));
    // the channels of a call that is closed, and of one whose leg is held
    const again = [0, 98].map((n) => {
      const channel = many(100)[n]?.["channel"];
      return leg({ channel, dstchannel: "", start: at(900), answer: "", end: at(901) });
    });
    for (const grouper of [one, other]) {
      for (const row of rowsOf(again)) grouper.add(row);
      expect(grouper.counts.channels_reused).toBe(1);
    }
  });

  // a call that gets legs again, a channel that is used again, a link of two settled calls, another PBX, and a late row
  const first = { ...inside, linkedid: "1.1", channel: "SIP/101-a0000001", dstchannel: "" };
  const reused = { ...inside, channel: "SIP/101-a0000001", dstchannel: "" };
  const asks = { ...inside, channel: "SIP/104-a0000005", dstchannel: "SIP/102-a0000006" };
  const caller = { from_number: "104", channel: "SIP/104-a0000009", dstchannel: "SIP/101-a000000a" };
  const time = (start: number, end: number) => ({
    start: at(start),
    answer: at(start),
    end: at(end),
    duration: "",
  });
  const fill = (from: number, count: number) =>
    many(count, (n) => ({
      ...time(from + n, from + n + 1),
      channel: `SIP/telco-${from + n}`,
      dstchannel: `SIP/105-${from + n}`,
      from_number: `0039333600${from + n}`,
    }));
  const rows = rowsOf(
    [
      leg({ ...first, ...time(0, 1) }),
      leg({ ...asks, ...time(15, 35) }),
      leg({ ...caller, ...time(5, 35) }),
      leg({ ...reused, ...time(1_000, 1_001) }),
      leg({ ...first, channel: "SIP/101-a0000002", ...time(1_001, 1_002) }),
      ...fill(2_000, 70),
      leg({ ...reused, ...time(1_001, 1_003) }),
      leg({ ...caller, dstchannel: "SIP/102-a0000006", ...time(35, 55) }),
      leg({ ...inside, ...time(2_100, 2_110), pbxid: "p2", channel: "SIP/101-a00000b1" }),
      ...fill(2_200, 70),
      leg({ ...first, channel: "SIP/101-a0000003", ...time(2_300, 2_301) }),
    ],
    withIds,
  );
  const textOf = (settled: ReturnType<CallGrouper["finish"]>): string =>
    JSON.stringify([settled.legs.map(({ row, call_id }) => [row.record["id"], call_id]), settled.calls]);

  it("continues with the same legs, calls and counts, in the same order", () => {
    const whole = new CallGrouper(withIds);
    const wanted = [...rows.map((row) => textOf(whole.add(row))), textOf(whole.finish())];
    expect(whole.counts).toMatchObject({ calls: 145, channels_reused: 1, refused: 1, legs_of_other_pbxs: 1 });
    const one = new CallGrouper(withIds);
    for (const [stop, row] of rows.entries()) {
      // around the legs that are special, and sometimes between
      if (stop < 6 || (stop > 72 && stop < 80) || stop % 16 === 0) {
        const other = new CallGrouper(withIds, copy(one.snapshot()));
        const got = [...rows.slice(stop).map((each) => textOf(other.add(each))), textOf(other.finish())];
        expect(got).toEqual(wanted.slice(stop));
        expect(other.counts).toEqual(whole.counts);
      }
      one.add(row);
    }
  });
});

describe("the clock of a PBX", () => {
  const clockAfter = (...legs: Record<string, unknown>[]): number | null => {
    const grouper = new CallGrouper(settings);
    for (const row of rowsOf(legs)) grouper.add(row);
    return grouper.snapshot().clock;
  };
  it("does not go back with a leg that ends earlier, or that has no time", () => {
    expect(clockAfter(leg({ end: at(40) }), leg({ end: at(35) }))).toBe(seconds(40));
    expect(clockAfter(leg({ end: at(40) }), leg({ start: "", answer: "", end: "" }))).toBe(seconds(40));
  });
  it("goes back by more than a day: it was wrong before", () =>
    expect(clockAfter(leg({ end: at(40 + 86_401) }), leg({ end: at(40) }))).toBe(seconds(40)));
});
