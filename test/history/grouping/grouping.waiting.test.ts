import { expect, it } from "vitest";
import { CallGrouper } from "../../../lib/history/grouping/grouping.ts";
import { at, callsOf, countsOf, grouped, leg, many, rowsOf, settings } from "./legs.ts";

const inside = { from_number: "101", src: "101", to_number: "102", dst: "102" };
const silent = { answer: "", duration: "", billsec: "0", disposition: "NO ANSWER", dstchannel: "" };
/** How many calls are closed while the rows come. */
const closedBeforeEnd = (legs: readonly Readonly<Record<string, unknown>>[]): number => {
  const grouper = new CallGrouper(settings);
  let closed = 0;
  for (const row of rowsOf(legs)) closed += grouper.add(row).calls.length;
  return closed;
};

it("a leg that joins a waiting call is counted once: 66 calls that get a leg again and again are kept", () => {
  const rounds = 30;
  const legs = Array.from({ length: rounds }, (_, round) =>
    many(66, () => ({ ...inside, ...silent, start: at(35 * round), end: at(35 * (round + 1)) })),
  ).flat();
  expect(closedBeforeEnd(legs)).toBe(0);
  expect(grouped(callsOf(legs))).toEqual(Array.from({ length: 66 }, () => rounds));
});

it("calls of two legs are closed when 10,000 of their legs wait", () => {
  const pairs = many(10_500, (n) => ({
    ...inside,
    ...silent,
    channel: `SIP/101-${Math.floor(n / 2)}`,
    start: at(Math.floor(n / 10)),
    end: at(Math.floor(n / 10)),
  }));
  const closed = closedBeforeEnd(pairs);
  expect(closed).toBeGreaterThan(50);
  expect(closed).toBeLessThan(150);
});

it("a waiting call that is joined with a later one is counted once: 4,000 legs that are joined three times are kept", () => {
  const channel = "SIP/101-c0000001";
  const moment = (second: number) => ({ start: at(second), answer: at(second), end: at(second) });
  const later = (second: number) => many(100, (n) => moment(second + n));
  const legs = many(4_000, () => ({ ...inside, ...silent, channel, ...moment(0) }));
  for (const round of [1, 2, 3]) {
    const second = 1_000 * round;
    const transfer = { ...inside, channel: `SIP/102-c000000${round + 1}` };
    legs.push(
      ...later(second),
      leg({ ...transfer, ...moment(second + 200), dstchannel: "" }),
      leg({ ...transfer, start: at(0), answer: at(0), end: at(second + 200), dstchannel: channel }),
      ...later(second + 300),
    );
  }
  const grouper = new CallGrouper(settings);
  const most = (calls: readonly { readonly leg_ids: readonly string[] }[]): number =>
    Math.max(0, ...calls.map(({ leg_ids }) => leg_ids.length));
  const before = rowsOf(legs).map((row) => most(grouper.add(row).calls));
  expect([Math.max(...before), most(grouper.finish().calls)]).toEqual([1, 4_006]);
});

it("a channel continues after half a minute while its leg is held, also after many rows", () => {
  const [first, second] = [
    leg({ start: at(200), answer: at(200), end: at(210), channel: "SIP/telco-b0000001" }),
    leg({ start: at(240), answer: at(240), end: at(250), channel: "SIP/telco-b0000001" }),
  ];
  expect(grouped(callsOf([...many(100), first, second])).slice(100)).toEqual([2]);
});

it("two legs of one call on one channel do not count as a channel that is used again", () =>
  expect(countsOf([leg(), leg({ start: at(35), answer: at(36), end: at(60) })])).toMatchObject({
    calls: 1,
    channels_reused: 0,
  }));
