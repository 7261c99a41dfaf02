import { describe, expect, it } from "vitest";
import {
  countReplaced,
  type ExportRow,
  toLine as lineOf,
  noFindings,
  toObject,
  typing,
} from "../../../lib/history/rows/rows.ts";

const toLine = (row: ExportRow): string => lineOf(row).join("");

const record = {
  id: "7",
  start: "2026-07-20 19:36:27",
  answer: "2026-07-20 19:36:37",
  end: "2026-07-20 19:40:54",
  src: "76",
  dst: "11",
  from_number: "0018292303822",
  from_name: "",
  to_number: "211",
  to_name: "",
  billsec: "257",
  duration: "267",
  disposition: "ANSWERED",
  lastapp: "Dial",
  pbxid: "2211000011b3",
  type: "call",
  timezone: "-0400",
};
const row = (
  change: Record<string, unknown>,
  settings: { zone?: string; extensionPattern?: string; ownNumbers?: string[]; country?: string } = {},
) => {
  const findings = noFindings();
  const changed = { ...record, ...change };
  const typed = typing({ zone: "America/Santo_Domingo", ...settings }, findings)(changed);
  const made: Record<string, unknown> = JSON.parse(toLine({ record: changed, typed }));
  return { made, findings };
};

describe("a row", () => {
  it("keeps every field and gains typed ones", () => {
    expect(row({}).made).toEqual({
      ...record,
      start_utc: "2026-07-20T23:36:27Z",
      answer_utc: "2026-07-20T23:36:37Z",
      end_utc: "2026-07-20T23:40:54Z",
      talk_seconds: 257,
      total_seconds: 267,
      direction: "inbound",
      unanswered: false,
      voicemail: false,
      fax: false,
      extension: "211",
      queue: null,
      trunk: null,
      other_e164: "+18292303822",
      placed_by: null,
    });
  });
  it.each([
    [{ from_number: "101", to_number: "0039" + "040" }, "outbound", false],
    [{ from_number: "101", to_number: "102" }, "internal", false],
    [{ from_number: "00390401", to_number: "00390402" }, "transit", false],
    [{ from_number: "", to_number: "", src: "", dst: "" }, null, null],
    [{ answer: "", disposition: "NO ANSWER", billsec: "0" }, "inbound", true],
    [{ answer: "", lastapp: "VoiceMail", billsec: "8" }, "inbound", true],
    [{ lastapp: "VoiceMail" }, "inbound", true],
    [{ disposition: "NO ANSWER" }, "inbound", true],
    [{ answer: "" }, "inbound", true],
    [{ from_number: "101", to_number: "0039040", answer: "", disposition: "BUSY" }, "outbound", false],
    [{ from_number: "", src: "101", to_number: "0039040" }, "outbound", false],
    [{ from_number: "0039040", to_number: "", dst: "101" }, "inbound", false],
    [{ from_number: "", src: "" }, "inbound", false],
    [{ from_number: "101", to_number: "", dst: "" }, "outbound", false],
    [{ from_number: 101, to_number: null, src: undefined, dst: 390_400_000 }, "outbound", false],
    [{ from_number: null, to_number: null, src: undefined, dst: undefined }, null, null],
    [{ from_number: null, to_number: true, src: undefined, dst: {} }, null, null],
    [{ from_number: 101, to_number: 102 }, "internal", false],
    [{ from_number: 390402123, to_number: null, dst: 101 }, "inbound", false],
    [{ from_number: Number.NaN, to_number: 101, src: "" }, "inbound", false],
    [{ answer: "0000-00-00 00:00:00" }, "inbound", true],
    [{ answer: "0000-00-00T00:00:00Z" }, "inbound", true],
    [{ answer: " " }, "inbound", true],
    [{ answer: 0 }, "inbound", true],
    [{ answer: null }, "inbound", true],
    [{ answer: "20/07/2026 19:36" }, "inbound", false],
  ])("%j is %s, unanswered %s", (change, direction, unanswered) => {
    expect(row(change).made).toMatchObject({ direction, unanswered });
  });
  it("by its own extension pattern and numbers", () => {
    expect(
      row({ from_number: "8001", to_number: "0401" }, { extensionPattern: "8\\d{3}", ownNumbers: ["0401"] })
        .made["direction"],
    ).toBe("internal");
  });
  it.each(["+390212345678", "0212345678", "00390212345678", "390212345678", "02 12345678"])(
    "a unanswered call to the main number, written %s, is unanswered",
    (to_number) => {
      const change = { from_number: "+16144841500", to_number, answer: "", disposition: "NO ANSWER" };
      for (const ownNumbers of [["+390212345678"], ["0212345678"]])
        expect(row(change, { ownNumbers, country: "IT" }).made).toMatchObject({
          direction: "inbound",
          unanswered: true,
        });
    },
  );
  it("voicemail reads ANSWERED and is none; a fax is a fax", () => {
    expect(row({ lastapp: "VoiceMail", answer: "" }).made).toMatchObject({
      voicemail: true,
      unanswered: true,
    });
    expect(row({ type: "fax" }).made).toMatchObject({ fax: true });
  });
  it.each([
    ["0", 0],
    ["257", 257],
    ["12.25", 12],
    ["12.5", 13],
    [12.5, 13],
    [" 257 ", 257],
    ["2147483647", 2_147_483_647],
    ["2147483648", null],
    ["-1", null],
    [-1, null],
    [true, null],
    [null, null],
    [[257], null],
    ["12.", null],
    ["12.x", null],
    ["257s", null],
    ["s257", null],
    ["", null],
    [" 257 ", 257],
    [-1, null],
    [Number.NaN, null],
    [true, null],
    [null, null],
    [257, 257],
  ])("%j seconds are %j", (text, seconds) => {
    const typed = typing({ zone: "UTC" }, noFindings())({ billsec: text, duration: text });
    expect(typed).toMatchObject({
      talk_seconds: seconds,
      total_seconds: seconds,
    });
  });
  it("without a field is a row all the same, as a line and as an object", () => {
    const typed = typing({ zone: "UTC" }, noFindings())({});
    expect(JSON.parse(toLine({ record: {}, typed }))).toEqual(typed);
    expect(toObject({ record: {}, typed })).toEqual(typed);
  });
  it("as an object has all fields or the columns that are named, and no others", () => {
    const made = { record, typed: typing({ zone: "UTC" }, noFindings())(record) };
    expect(toObject(made)).toEqual(JSON.parse(toLine(made)));
    expect(toObject(made, ["pbx", "id", "tags", "direction"])).toStrictEqual({
      id: "7",
      direction: "inbound",
    });
    const clashing = toObject({ ...made, record: { ...record, pbx: "theirs", dt: "today" } });
    expect(clashing).toMatchObject({ wms_pbx: "theirs", wms_dt: "today" });
    expect(Object.keys(clashing)).not.toContain("pbx");
  });
  it.each([
    [{ timezone: "" }, "2026-07-20T23:36:27Z", 0],
    [{ timezone: undefined }, "2026-07-20T23:36:27Z", 0],
    [{ timezone: "+0200" }, "2026-07-20T17:36:27Z", 1],
    [{ timezone: "+02:00" }, "2026-07-20T17:36:27Z", 1],
    [{ start: "soon" }, null, 0],
    [{ start: "0000-00-00 00:00:00" }, null, 0],
    [{ start: "2026-02-30 10:00:00" }, null, 0],
    [{ start: "2026-07-20 24:00:00" }, null, 0],
    [{ start: "0000-00-00 00:00:00", timezone: "" }, null, 0],
    [{ start: "2026-02-30 12:00:00" }, null, 0],
    [{ start: "2026-13-01 12:00:00" }, null, 0],
    [{ start: "2026-07-20 24:00:00" }, null, 0],
    [{ start: "1969-12-31 23:00:00" }, null, 0],
    [{ start: "9999-12-31 23:59:59" }, null, 0],
    [{ timezone: "+9900" }, "2026-07-20T23:36:27Z", 0],
    [{ timezone: "+0260" }, "2026-07-20T23:36:27Z", 0],
    [{ timezone: -400 }, "2026-07-20T23:36:27Z", 0],
  ])("%j starts at %s", (change, start, mismatches) => {
    const { made, findings } = row(change);
    expect([made["start_utc"], findings.offsetMismatches]).toEqual([start, mismatches]);
  });
  it("a field with the name of a typed field or of a folder's key becomes wms_NAME", () => {
    const { made } = row({ pbx: "theirs", dt: "today", fax: "x" });
    expect([made["pbx"], made["dt"]]).toEqual([undefined, undefined]);
    expect(made).toMatchObject({
      wms_pbx: "theirs",
      wms_dt: "today",
      fax: false,
      wms_fax: "x",
    });
  });
  it("a null is not a value of another type", () => {
    expect(row({ answer: null, cost: null }).findings.retyped).toEqual({});
    expect(row({ answer: 0, cost: true }).findings.retyped).toEqual({ answer: 1, cost: 1 });
  });
  it.each([
    ["half of a pair", "a\ud83d", "a\ufffd"],
    ["the second half alone", "\udcde b", "\ufffd b"],
    ["a whole pair", "\u{1f4de}", "\u{1f4de}"],
    ["an escape that somebody typed", String.raw`\ud83d`, String.raw`\ud83d`],
  ])("%s gives a line that every reader takes, also in nested fields and names", (_name, from, to) => {
    const { made } = row({ from_name: from, tags: [{ [from]: from, n: 1, no: null }], [from]: 1 });
    expect(made).toMatchObject({ from_name: to, tags: [{ [to]: to, n: 1, no: null }], [to]: 1 });
  });
  it.each([
    ["start", "23/11/2026 09:00", "start_utc"],
    ["billsec", "00:04:17", "talk_seconds"],
    ["billsec", "257s", "talk_seconds"],
    ["duration", "1e3", "total_seconds"],
    ["answer", "23/11/2026 09:00", "answer_utc"],
    ["end", "2026-11-23T09:00:00Z", "end_utc"],
  ])("a text in %s that cannot be read, %j, is null and counted", (field, text, typed) => {
    const { made, findings } = row({ [field]: text });
    expect([Reflect.get(made, typed), findings.retyped]).toEqual([null, { [field]: 1 }]);
  });
  it("an offset that cannot be read is counted, and the zone's counts", () => {
    const { made, findings } = row({ timezone: "CET" });
    expect(made).toMatchObject({ start_utc: row({}).made["start_utc"] });
    expect(findings.retyped).toEqual({ timezone: 1 });
  });
  it("half of a surrogate pair in a queue's name is replaced in every field", () => {
    const { made } = row({ lastapp: "Queue", lastdata: "Sales \ud83d,t", channel: "SIP/line\ude00-1" });
    expect(made).toMatchObject({ queue: "Sales \ufffd", lastdata: "Sales \ufffd,t", trunk: "line\ufffd" });
  });
  it("a field with a name that every object has is counted as others", () => {
    const names = ["constructor", "toString", "hasOwnProperty"];
    const own = Object.fromEntries(names.map((name) => [name, "x"]));
    expect(Object.entries(row(own).findings.unknown)).toEqual(names.map((name) => [name, 1]));
  });
  it("what is unknown, missing or retyped is counted", () => {
    const { made, findings } = row({ brand_new: 1, billsec: 257, disposition: undefined, end: "" });
    expect(made).toMatchObject({ brand_new: 1, talk_seconds: 257, end_utc: null });
    expect(findings).toMatchObject({ unknown: { brand_new: 1 }, retyped: { billsec: 1 } });
  });
});

describe("what PBXs send instead of nothing", () => {
  it.each(["", "0000-00-00 00:00:00", "0000-00-00", null, 0])("an answer of %j is no answer", (answer) => {
    expect(row({ answer, disposition: "ANSWERED" }).made).toMatchObject({
      answer_utc: null,
      unanswered: true,
    });
  });
});

describe("a word of a row", () => {
  it.each(["ANSWERED", "Answered", "answered", " ANSWERED "])("%j is an answer", (disposition) =>
    expect(row({ disposition }).made).toMatchObject({ disposition, unanswered: false }),
  );
  it.each(["VoiceMail", "voicemail", "VOICEMAIL"])("%j is a mailbox", (lastapp) =>
    expect(row({ lastapp }).made).toMatchObject({ lastapp, voicemail: true, unanswered: true }),
  );
  it.each(["fax", "Fax", "FAX"])("%j is a fax", (type) =>
    expect(row({ type }).made).toMatchObject({ type, fax: true }),
  );
  it.each(["Queue", "queue", "QUEUE"])("%j is a queue", (lastapp) =>
    expect(row({ lastapp, lastdata: "Sales,t" }).made).toMatchObject({ lastapp, queue: "Sales" }),
  );
});

describe("text that is not Unicode", () => {
  const halves = { from_name: "a\ud83d", "odd\ude00": ["\ude00"], attachments: { vm: "\ud800x" } };
  it("is repaired, in names and values, at any depth", () => {
    const line = toLine({
      record: { ...record, ...halves },
      typed: typing({ zone: "UTC" }, noFindings())(record),
    });
    expect(line.isWellFormed() && !/\\ud[89a-f]/.test(line)).toBe(true);
    expect(JSON.parse(line)).toMatchObject({
      from_name: "a\ufffd",
      "odd\ufffd": ["\ufffd"],
      attachments: { vm: "\ufffdx" },
    });
  });
  it.each(["😀", "\\ud83d", "C:\\users\\udine"])("%j stays as it is", (from_name) => {
    expect(row({ from_name }).made).toMatchObject({ from_name });
  });
});

describe("text that was not UTF-8", () => {
  it("is counted by field, at any depth", () => {
    const findings = noFindings();
    const odd = { ...record, from_name: "a\ufffd", attachments: { vm: "\ufffd" }, tags: null, cost: 7 };
    for (const each of [odd, record, { from_name: "\ufffd" }]) countReplaced(findings, each);
    expect(findings).toEqual({ ...noFindings(), replaced: { from_name: 2, attachments: 1 } });
  });
});

describe("the call of a leg", () => {
  const typed = typing({ zone: "UTC" }, noFindings())(record);
  it("is a field of the row, once it is known", () => {
    const grouped = { record, typed, call_id: "0123456789abcdef" };
    expect(JSON.parse(toLine(grouped))).toEqual({ ...record, ...typed, call_id: "0123456789abcdef" });
    expect(toObject(grouped)).toEqual({ ...record, ...typed, call_id: "0123456789abcdef" });
  });
  it("is no field before", () => {
    expect(JSON.parse(toLine({ record, typed }))).toEqual({ ...record, ...typed });
    expect(Object.keys(toObject({ record, typed }))).toEqual(Object.keys({ ...record, ...typed }));
  });
});

/** Ten seconds of talk with somebody outside, after five of ringing. */
const answeredRow = {
  start: "2026-11-23 10:00:00",
  end: "2026-11-23 10:00:15",
  billsec: "10",
  duration: "15",
  disposition: "ANSWERED",
  lastapp: "Dial",
  from_number: "8095550101",
  to_number: "101",
  timezone: "-0400",
};

describe("many rows", () => {
  const madeOf = (changes: readonly Record<string, unknown>[], zone = "America/Santo_Domingo") => {
    const findings = noFindings();
    const make = typing({ zone }, findings);
    return { rows: changes.map((change) => make({ ...record, ...change })), findings };
  };

  it("are each counted for what is odd about them, also where their fields differ from row to row", () => {
    const { end: _end, ...short } = record;
    const findings = noFindings();
    const make = typing({ zone: "America/Santo_Domingo" }, findings);
    for (const each of [record, short, short, { ...record, new_one: "" }, { new_one: 1, ...record }, record])
      make(each);
    expect(findings).toEqual({
      unknown: { new_one: 2 },
      missing: { end: 2, lastdata: 6, channel: 6, dstchannel: 6 },
      retyped: {},
      replaced: {},
      offsetMismatches: 0,
    });
  });

  it('without the field "answer" are answered if the PBX counts seconds of talk, which begin with the answer', () => {
    const { answer: _answer, ...short } = { ...record, ...answeredRow };
    const findings = noFindings();
    const make = typing({ zone: "America/Santo_Domingo" }, findings);
    expect(make(short)).toMatchObject({ answer_utc: "2026-11-23T14:00:05Z", unanswered: false });
    expect(make({ ...short, end: "2026-11-23 24:00" })).toMatchObject({ answer_utc: null, unanswered: true });
    for (const change of [
      { billsec: "0" },
      { billsec: "" },
      { disposition: "NO ANSWER" },
      { lastapp: "VoiceMail" },
    ])
      expect(make({ ...short, ...change })).toMatchObject({ answer_utc: null, unanswered: true });
    expect(make({ ...short, answer: "" })).toMatchObject({ answer_utc: null, unanswered: true });
    expect(findings.missing).toMatchObject({ answer: 6 });
  });

  it("are counted without the field of the call's id, or with an object in it", () => {
    const findings = noFindings();
    const make = typing({ zone: "UTC", callIdField: "linkedid" }, findings);
    const values = [undefined, "1.1", 7, null, {}, []];
    for (const linkedid of values) make(linkedid === undefined ? record : { ...record, linkedid });
    expect(findings).toMatchObject({ missing: { linkedid: 1 }, retyped: { linkedid: 2 } });
    const ofKnown = noFindings();
    typing({ zone: "UTC", callIdField: "userfield" }, ofKnown)({ ...record, userfield: {} });
    expect(ofKnown.retyped).toEqual({ userfield: 1 });
  });

  it("with as many fields under other names, or the same without the last, are looked at anew", () => {
    const findings = noFindings();
    const make = typing({ zone: "UTC" }, findings);
    for (const each of [{ a: "", b: "" }, { c: "", d: "" }, record]) make(each);
    expect(findings.unknown).toEqual({ a: 1, b: 1, c: 1, d: 1 });
    expect(findings.missing).toMatchObject({ id: 2, timezone: 2 });
    const { timezone: _last, ...shorter } = record;
    for (const each of [shorter, record, shorter]) make(each);
    expect(findings.missing).toMatchObject({ id: 2, timezone: 4 });
  });

  it("in an hour that comes twice are told apart by their offsets", () => {
    const start = "2026-10-25 02:30:07";
    const { rows, findings } = madeOf(
      ["+0200", "+0100", "+0200", "+0100", "+0300"].map((timezone) => ({ start, timezone })),
      "Europe/Rome",
    );
    expect(rows.map(({ start_utc }) => start_utc)).toEqual([
      "2026-10-25T00:30:07Z",
      "2026-10-25T01:30:07Z",
      "2026-10-25T00:30:07Z",
      "2026-10-25T01:30:07Z",
      "2026-10-24T23:30:07Z",
    ]);
    expect(findings.offsetMismatches).toBe(1);
  });

  it("on both sides of a change of the clock are checked against the zone of their own moment", () => {
    const { findings } = madeOf(
      [
        { start: "2026-03-29 01:59:59", timezone: "+0100" },
        { start: "2026-03-29 03:00:00", timezone: "+0200" },
        { start: "2026-03-29 01:59:59", timezone: "+0200" },
        { start: "2026-03-29 03:00:00", timezone: "+0100" },
      ],
      "Europe/Rome",
    );
    expect(findings.offsetMismatches).toBe(2);
  });

  it("of more minutes than are kept are right all the same", () => {
    const minutes = Array.from({ length: 25_000 }, (_, at) =>
      new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString(),
    );
    const { rows } = madeOf(
      minutes.map((time) => ({ start: time.slice(0, 19).replace("T", " "), timezone: "+0000" })),
      "UTC",
    );
    expect(rows.map(({ start_utc }) => start_utc)).toEqual(minutes.map((time) => `${time.slice(0, 19)}Z`));
  });

  it.each(["2026-07-20 19:36", "2026-07-20 19:36:5", "2026-07-20 19:36:60", "2026-07-20 19:36:27.5", ""])(
    "%j after a row of the same minute is no time",
    (start) => {
      expect(madeOf([{}, { start }]).rows[1]?.start_utc).toBeNull();
    },
  );
});
