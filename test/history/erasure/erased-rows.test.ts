import { describe, expect, it } from "vitest";
import { oneNumber } from "../../../lib/erased-numbers.ts";
import {
  erasedCall,
  erasedLeg,
  erasedRow,
  rulesOf,
  valueWithout,
} from "../../../lib/history/erasure/erased-rows.ts";
import { groupLegs } from "../../../lib/history/grouping/grouping.ts";
import { noFindings, toLine, toObject, typing } from "../../../lib/history/rows/rows.ts";

const settings = { zone: "Europe/Rome", country: "IT" };
const isErased = oneNumber("+390212345678", { country: "IT" });
const record = {
  id: "7",
  start: "2026-11-23 10:00:00",
  answer: "2026-11-23 10:00:05",
  end: "2026-11-23 10:01:05",
  src: "0212345678",
  dst: "101",
  from_number: "0212345678",
  from_name: "Anna Bianchi",
  to_number: "101",
  to_name: "Desk",
  billsec: "60",
  duration: "65",
  disposition: "ANSWERED",
  lastapp: "Dial",
  lastdata: "SIP/101,20",
  userfield: "vm-0212345678.wav",
  organization: "Bianchi",
  channel: "SIP/0212345678-0000a1",
  dstchannel: "SIP/101-0000a2",
  pbxid: "S1",
  type: "call",
  timezone: "+0100",
  attachments: [{ url: "https://pbx/vm/1" }],
  tags: ["angry"],
  customer_code: "C-17",
  dt: "0212345678",
};
const leg = { record, typed: typing(settings, noFindings())(record), call_id: "abc" };

describe("a leg with the number", () => {
  const erased = () => erasedLeg(leg, isErased);
  it("loses number, name, and what may say more of the person", () => {
    const { typed: _typed, ...kept } = { ...(erased() ?? leg) };
    expect(kept.record).toMatchObject({
      ...{ src: null, from_number: null, from_name: null, organization: null, userfield: null },
      ...{ attachments: null, tags: null, customer_code: null, wms_dt: null, channel: "SIP/-0000a1" },
    });
    expect(erased()?.typed.other_e164).toBeNull();
    expect(toLine(erased() ?? leg).join("")).not.toMatch(/12345678|Bianchi|C-17|angry/);
  });
  it("keeps its times, the other party and what counts", () => {
    const { start, dst, to_name, lastdata } = { ...erased()?.record };
    expect({ start, dst, to_name, lastdata }).toEqual({
      ...{ start: record.start, dst: "101", to_name: "Desk", lastdata: "SIP/101,20" },
    });
    expect(erased()).toMatchObject({ call_id: "abc", typed: { direction: "inbound", talk_seconds: 60 } });
  });
  it("has the same fields in the same order, written before or after", () => {
    const fromStore = erasedRow(JSON.parse(toLine(leg).join("")), rulesOf.legs, isErased);
    expect(JSON.stringify(fromStore)).toBe(
      toLine(erased() ?? leg)
        .join("")
        .trimEnd(),
    );
    expect(Object.keys(fromStore ?? {})).toEqual(Object.keys(toObject(leg)));
  });
  it("that was called loses the name of the called party only", () => {
    const outbound = {
      ...record,
      src: "101",
      from_number: "101",
      dst: "0212345678",
      to_number: "0212345678",
    };
    const erasedOut = erasedLeg({ ...leg, record: outbound }, isErased);
    expect(erasedOut?.record).toMatchObject({ from_name: "Anna Bianchi", to_name: null, to_number: null });
  });
});

it("a number that is a number of JSON is found", () => {
  expect(erasedRow({ id: "1", from_number: 390212345678 }, rulesOf.legs, isErased)).toEqual({
    ...{ id: "1", from_number: null },
  });
});

it("a field that never has a number stays, even if it has the same digits", () => {
  const row = { id: "0212345678", missed: true, pbx: "milan", lastapp: "Dial", lastdata: "SIP/101,20" };
  expect(erasedRow(row, rulesOf.legs, isErased)).toBeUndefined();
  expect(erasedRow({ ...row, from_number: "0212345678", unknown: 1 }, rulesOf.legs, isErased)).toEqual({
    ...row,
    from_number: null,
    unknown: null,
  });
});

it("a value is searched at every depth, and a value without text or number stays", () => {
  expect(valueWithout({ a: [{ b: "0212345678", c: true }, null] }, isErased)).toEqual({
    a: [{ b: null, c: true }, null],
  });
  for (const value of [undefined, null, true, [], {}, { a: [false, null] }])
    expect(valueWithout(value, isErased)).toBeUndefined();
});

it("a row of another person stays", () => {
  const other = {
    ...record,
    src: "0212345679",
    from_number: "0212345679",
    userfield: "",
    channel: "",
    dt: "",
  };
  expect(
    erasedLeg({ ...leg, record: other, typed: typing(settings, noFindings())(other) }, isErased),
  ).toBeUndefined();
});

it("a call with the number loses it and its name, and keeps the colleague", () => {
  const [call] = groupLegs(settings, [leg]);
  if (call === undefined) throw new Error("no call");
  expect(call.caller_e164).toBe("+390212345678");
  expect(erasedCall(call, isErased)).toEqual({
    ...call,
    ...{ caller: null, caller_e164: null, caller_name: null },
    ...(call.trunk?.includes("12345678") ? { trunk: null } : {}),
  });
});
