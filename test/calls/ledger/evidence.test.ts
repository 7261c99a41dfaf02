import { describe, expect, it } from "vitest";
import {
  evidenceWindow,
  findEvidence,
  offsetSeconds,
  rowIdentity,
} from "../../../lib/calls/ledger/evidence.ts";
import type { LedgerCall } from "../../../lib/calls/ledger/record.ts";
import { unknownRecord as record, row, sentAt } from "../../support/history-rows.ts";

describe("where a call's rows may be", () => {
  it.each<[Partial<LedgerCall>, number, number]>([
    [{}, sentAt - 60_000, sentAt + 25_000 + 60_000],
    [{ sends: [sentAt, sentAt + 500] }, sentAt - 60_000, sentAt + 500 + 25_000 + 60_000],
    [{ sends: [] }, sentAt - 100 - 60_000, sentAt - 100 + 10_000 + 25_000 + 60_000],
    [{ params: { channel: "x" } }, sentAt - 60_000, sentAt + 60_000],
  ])("%j", (change, from, to) => expect(evidenceWindow({ ...record, ...change })).toEqual({ from, to }));
});

describe("an offset", () => {
  it.each<[unknown, number | undefined]>([
    ["+0200", 7_200],
    ["-0430", -16_200],
    ["+05:45", 20_700],
    ["+0000", 0],
    ["0200", undefined],
    ["+02", undefined],
    ["x+0200", undefined],
    ["+0200x", undefined],
    [undefined, undefined],
    [200, undefined],
  ])("%s is %s s", (text, seconds) => expect(offsetSeconds(text)).toBe(seconds));
});

describe("evidence", () => {
  const inferred = { evidence: { kind: "inferred", row: "7" } };
  it.each<[string, object]>([
    ["the dialled number", {}],
    ["the number with a plus", { to_number: "+16144841500" }],
    ["the number with a prefix", { to_number: "0016144841500" }],
    ["the number without its country", { to_number: "6144841500" }],
    ["the number as people write it", { to_number: "(614) 484-1500" }],
    ["the first phone alone", { to_number: "108" }],
    ["the first phone as what it was shown", { from_number: "199", to_number: "108" }],
    ["turned round", { from_number: "16144841500", to_number: "108" }],
    ["Asterisk's own fields", { from_number: "", to_number: "", src: "108", dst: "16144841500" }],
    ["a minute early", { start: "2023-11-14 23:12:20" }],
    ["late, since somebody let it ring", { start: "2023-11-14 23:14:45" }],
    ["another zone", { start: "2023-11-14 17:13:21", timezone: "-0500" }],
    ["no zone, but the PBX's", { start: "2023-11-15 00:13:21", timezone: undefined }],
  ])("is a row with %s", (_name, change) =>
    expect(findEvidence(record, [row(change)], { offset: 7_200 })).toMatchObject(inferred),
  );
  it.each<[string, object]>([
    ["another phone", { from_number: "109" }],
    ["another number", { to_number: "16144841501" }],
    ["a number that ends alike", { to_number: "4841500" }],
    ["two other phones", { from_number: "1080", to_number: "1080" }],
    ["no number", { to_number: undefined }],
    ["no phone", { from_number: "" }],
    ["a second too early", { start: "2023-11-14 23:12:19" }],
    ["a second too late", { start: "2023-11-14 23:14:46" }],
    ["another hour", { start: "2023-11-14 22:13:21" }],
    ["no time", { start: "" }],
    ["no start", { start: undefined }],
  ])("is no row with %s", (_name, change) =>
    expect(findEvidence(record, [row(change)], { offset: 3_600 })).toBeUndefined(),
  );
  it("of a call without a number is a row of its phone", () => {
    const echo = { ...record, params: { channel: "Local/108@users", application: "Echo" } };
    expect(findEvidence(echo, [row({ to_number: "108" })], { offset: 0 })).toMatchObject(inferred);
    expect(findEvidence(echo, [row({ to_number: "" })], { offset: 0 })).toBeUndefined();
  });
  it("is the nearest row in time, with the other leg beside it", () => {
    const rows = [
      row({ id: "1", start: "2023-11-14 23:12:50" }),
      row({ id: "2", start: "2023-11-14 23:13:23" }),
      row({ id: "3", start: "2023-11-14 23:13:22", to_number: "108" }),
      row({ id: "4", start: "2023-11-14 23:13:24" }),
      row({ id: "5", start: "2023-11-14 23:13:25" }),
    ];
    const found = findEvidence(record, rows, { offset: 0 });
    expect(found?.evidence).toEqual({ kind: "inferred", row: "3" });
    expect(found?.rows.map(({ id }) => id)).toEqual(["3", "2", "4"]);
  });
  it("is no row that another call has", () => {
    const rows = [row({ id: "1" }), row({ id: "2", start: "2023-11-14 23:13:40" })];
    const taken = new Set([rowIdentity(rows[0] ?? {})]);
    expect(findEvidence(record, rows, { offset: 0 }, taken)?.evidence.row).toBe("2");
    expect(findEvidence(record, rows, { offset: 0 }, new Set(rows.map(rowIdentity)))).toBeUndefined();
  });
  it("is exact where a row carries the mark, whatever else it says", () => {
    const marked = { ...record, mark: "abcdefghijklmnopqrst" };
    const rows = [
      row({ id: "1" }),
      row({ id: "2", start: "x", from_number: "1", userfield: "VM:abcdefghijklmnopqrst" }),
      row({ id: "3", attachments: { a: "abcdefghijklmnopqrst" } }),
    ];
    const found = findEvidence(marked, rows, { offset: 0 });
    expect(found).toEqual({ evidence: { kind: "exact", row: "2" }, rows: [rows[1]] });
    expect(findEvidence(marked, [rows[0] ?? {}, rows[2] ?? {}], { offset: 0 })?.evidence).toEqual({
      kind: "inferred",
      row: "1",
    });
    expect(findEvidence(record, rows, { offset: 0 })?.evidence.kind).toBe("inferred");
  });
  it("is nearest to the last time that it was sent, or to when it was reserved", () => {
    const rows = [
      row({ id: "1", start: "2023-11-14 23:13:20" }),
      row({ id: "2", start: "2023-11-14 23:13:50" }),
    ];
    const nearest = (sends: number[]) =>
      findEvidence({ ...record, sends }, rows, { offset: 0 })?.evidence.row;
    expect([nearest([sentAt, sentAt + 28_000]), nearest([sentAt]), nearest([])]).toEqual(["2", "1", "1"]);
  });
  it.each<[string, string, boolean]>([
    ["1234567890", "01234567890", true],
    ["1234567890", "0234567890", true],
    ["123456789", "0123456789", true],
    ["0123456789", "123456789", true],
    ["+34912345678", "912345678", true],
    ["+34912345678", "12345678", false],
    ["+4533123456", "33123456", true],
    ["+35227123", "27123", true],
    ["123456789", "123456789", true],
    ["1234567890", "1234567891", false],
    ["+1 (614) 484-1500", "0016144841500", true],
  ])("takes %s and %s for one number: %s", (known, seen, expected) => {
    const call = { ...record, params: { channel: "x", exten: known } };
    expect(findEvidence(call, [row({ to_number: seen })], { offset: 0 }) !== undefined).toBe(expected);
  });
  it("is read by the country of the PBX and its prefix for calls outside", () => {
    const exten = "000390212345678";
    const call = { ...record, params: { channel: "x", exten } };
    const italian = { offset: 0, country: "IT", outsidePrefix: "0" };
    expect(findEvidence(call, [row({ to_number: "0212345678" })], italian)).toMatchObject(inferred);
    expect(
      findEvidence(call, [row({ to_number: "0212345678" })], { offset: 0, country: "US" }),
    ).toBeUndefined();
  });
  it("needs no number where only a name was shown, and no mark where none was sent", () => {
    const named = { ...record, params: { channel: "x", callerid: '"Ada"' } };
    expect(findEvidence(named, [row({ to_number: "Ada" })], { offset: 0 })).toBeUndefined();
    expect(findEvidence(named, [row({ to_number: "108" })], { offset: 0 })).toBeDefined();
    const odd = { ...record, params: { channel: "x", callerid: '"<1> x" <2>' } };
    expect(findEvidence(odd, [row({ to_number: "2" })], { offset: 0 })).toBeUndefined();
    expect(
      findEvidence(record, [row({ start: "x", userfield: "undefined" })], { offset: 0 }),
    ).toBeUndefined();
  });
  it("says which row by id, serial and start", () => {
    expect(rowIdentity(row())).toBe("p1|7|2023-11-14 23:13:21");
    expect(rowIdentity({})).toBe("||");
  });
});
