import { describe, expect, it } from "vitest";
import type { CallFact } from "../../../lib/callbacks/facts.ts";
import { judgeCall } from "../../../lib/callbacks/rows/judge.ts";
import { type CallLegs, callsOf, legsOf } from "../../../lib/callbacks/rows/legs.ts";
import type { Call } from "../../../lib/history/grouping/grouping.ts";
import { answeredRow as row } from "../../support/answered-row.ts";

const settings = { timezone: "UTC", country: "IT" } as const;
const customer = "+393335000001";
const milan = { id: "milan" };

type Row = Readonly<Record<string, unknown>>;
const silent = { answer: "", billsec: "0", disposition: "NO ANSWER" };
const local = { channel: "Local/101@users-00000001;1" };

/** The only call of these rows. */
const callOf = (...rows: Row[]): CallLegs => {
  const calls = callsOf(legsOf(rows, settings), settings);
  expect(calls).toHaveLength(1);
  const [call] = calls;
  if (call === undefined) throw new Error("there is no call");
  return call;
};
/** The fact of a call from outside, some fields of which the grouping found. */
const factOf = (change: Partial<Call>, ...rows: Row[]): CallFact | undefined => {
  const { call, legs } = callOf(...(rows.length > 0 ? rows : [row()]));
  return judgeCall(milan, { call: { ...call, ...change }, legs });
};

describe("the fact of a call", () => {
  it("has the first leg's id, and the times from the first start to the last end", () =>
    expect(
      factOf(
        {},
        row({ ...silent, id: "8", to_number: "102", end: "2026-11-23 10:00:50" }),
        row({ id: "9", start: "2026-11-23 10:00:02" }),
      ),
    ).toStrictEqual({
      kind: "bridged",
      pbx: "milan",
      source: "row",
      direction: "inbound",
      number: customer,
      startedAt: Date.parse("2026-11-23T10:00:00Z"),
      endedAt: Date.parse("2026-11-23T10:00:50Z"),
      ref: "8",
      talkSeconds: 30,
    }));

  it.each<[string, Partial<Call>, Partial<CallFact> | undefined]>([
    ["inbound", { direction: "inbound" }, { direction: "inbound", number: customer }],
    [
      "inbound, if a phone sends it outside",
      { direction: "transit" },
      { direction: "inbound", number: customer },
    ],
    ["outbound", { direction: "outbound", called: "+393337" }, { direction: "outbound", number: "+393337" }],
    ["none, if it is inside the PBX", { direction: "internal" }, undefined],
    ["none, if its direction is not known", { direction: null }, undefined],
    ["none, if it is from a withheld number", { caller: null }, undefined],
    ["none, if nobody was dialled outside", { direction: "outbound", called: null }, undefined],
  ])("is %s", (_what, change, expected) => {
    const fact = factOf(change);
    if (expected === undefined) expect(fact).toBeUndefined();
    else expect(fact).toMatchObject(expected);
  });
  it("does not exist without legs", () =>
    expect(judgeCall(milan, { call: callOf(row()).call, legs: [] })).toBeUndefined());

  it.each<[Call["outcome"], CallFact["kind"]]>([
    ["answered", "bridged"],
    ["voicemail", "voicemail"],
    ["fax", "fax"],
    ["abandoned", "missed"],
    ["busy", "missed"],
    ["no_answer", "missed"],
    ["failed", "missed"],
  ])("of a call with the outcome %s is %s", (outcome, kind) =>
    expect(factOf({ outcome })).toMatchObject({ kind }),
  );

  it("has seconds of talk only if a person talked and the PBX gives them", () => {
    expect(factOf({ talk_seconds: 12 })).toHaveProperty("talkSeconds", 12);
    expect(factOf({ talk_seconds: null })).not.toHaveProperty("talkSeconds");
    expect(factOf({ talk_seconds: 12, outcome: "voicemail" })).not.toHaveProperty("talkSeconds");
    expect(factOf({ talk_seconds: null, outcome: "busy" })).not.toHaveProperty("talkSeconds");
  });
  it("has the last queue of the call, if it was in one", () => {
    expect(factOf({ queues: ["Sales", "Support"] })).toHaveProperty("queue", { name: "Support" });
    expect(factOf({ queues: [] })).not.toHaveProperty("queue");
  });
  it("is of a placed call if every leg has a Local channel", () => {
    expect(factOf({}, row(local))).toHaveProperty("placed", true);
    expect(factOf({}, row())).not.toHaveProperty("placed");
    const { call, legs } = callOf(row());
    const mixed = [...legs, ...legsOf([row(local)], settings)];
    expect(judgeCall(milan, { call, legs: mixed })).not.toHaveProperty("placed");
  });
});
