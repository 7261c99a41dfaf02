import { describe, expect, it } from "vitest";
import { askHistory, readQuestion } from "../../lib/history/ask.ts";
import type { WmsClient } from "../../lib/wms/client.ts";
import type { DateFormat } from "../../lib/wms/local-time.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../lib/wms/operations/history-page.ts";
import { withPbx } from "../support/pbx.ts";

/** Follows the cursor to its end. */
const readAll = async (
  client: WmsClient,
  query: Readonly<Record<string, string>>,
): Promise<readonly CallRecord[]> => {
  const records: CallRecord[] = [];
  let cursor: string | null = null;
  do {
    const question = readQuestion({ ...query, ...(cursor === null ? {} : { cursor }) });
    const answer = await askHistory(client, question, "iso", {});
    records.push(...answer.records);
    cursor = answer.next;
  } while (cursor !== null);
  return records;
};

describe("call history by a cursor", () => {
  it.each([
    ["no fault"],
    ["exclusive-ends"],
    ["total-absent"],
    ["total-text"],
    ["row-cap=7"],
    ["page-cap=7"],
  ])("is complete, each record once, with %s", (fault) =>
    withPbx({ calls: 61, faults: fault === "no fault" ? [] : [fault] }, async (pbx, client) => {
      const { day, rows } = pbx.pbx.history.days()[1] ?? { day: "", rows: 0 };
      const ids = (await readAll(client, { from: day, to: day, limit: "10" })).map(({ id }) => id);
      expect([ids.length, new Set(ids).size]).toEqual([rows, rows]);
    }),
  );
  it.each([
    ["id-filter-ignored", "WMS_HISTORY_INCOMPLETE"],
    ["sort-ignored", "WMS_HISTORY_INCOMPLETE"],
    ["start-filter-ignored", "WMS_FILTER_IGNORED"],
    ["empty-body", "WMS_ANSWER_EMPTY"],
  ])("is an error, and never a part that looks whole, with %s", (fault, code) =>
    withPbx({ calls: 61, faults: [fault] }, async (pbx, client) => {
      const { day = "" } = pbx.pbx.history.days()[1] ?? {};
      await expect(readAll(client, { from: day, to: day, limit: "10" })).rejects.toMatchObject({ code });
    }),
  );
  it("is whole in one answer, also where the PBX does not sort", () =>
    withPbx({ calls: 61, faults: ["sort-ignored"] }, async (pbx, client) => {
      const { day, rows } = pbx.pbx.history.days()[1] ?? { day: "", rows: 0 };
      const records = await readAll(client, { from: day, to: day, limit: "1000" });
      expect(records).toHaveLength(rows);
      const ids = records.map(({ id }) => Number(id));
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    }));
  it("has nothing from outside what was asked, and the first second", () =>
    withPbx({ calls: 61 }, async (pbx, client) => {
      const { day = "" } = pbx.pbx.history.days()[1] ?? {};
      const starts = (await readAll(client, { from: day, to: day })).map((record) => String(record["start"]));
      const [first = "", later = ""] = [starts[0], starts.at(-1)];
      const between = await readAll(client, { from: first, to: later });
      expect(between.map(({ start }) => start)).toEqual(starts.filter((start) => start < later));
    }));
});

const day = "2026-11-23";
const midnight = Date.parse(`${day}T00:00:00Z`) / 1000;

describe("the question", () => {
  it("has days with both ends, or times, and a hundred records where nothing else is said", () => {
    expect(readQuestion({ from: day, to: day })).toStrictEqual({
      pbx: undefined,
      from: midnight,
      to: midnight + 86_400,
      fields: undefined,
      search: undefined,
      limit: 100,
      after: undefined,
      filter: {},
      direction: undefined,
      extension: undefined,
    });
    expect(readQuestion({ from: `${day} 08:00:00`, to: `${day} 08:00:01` })).toMatchObject({
      from: midnight + 8 * 3600,
      to: midnight + 8 * 3600 + 1,
    });
  });
  it("has what else was asked for", () =>
    expect(
      readQuestion({
        pbx: "milan",
        from: day,
        to: day,
        fields: "src, dest_type",
        search: "Zoë",
        limit: "1000",
        cursor: "999999999999999",
        disposition: "BUSY",
        from_number: "101",
        to_number: "102",
        type: "fax",
        direction: "inbound",
        extension: "108",
      }),
    ).toMatchObject({
      direction: "inbound",
      extension: "108",
      pbx: "milan",
      fields: ["src", "dest_type"],
      search: "Zoë",
      limit: 1000,
      after: "999999999999999",
      filter: { disposition: "BUSY", from_number: "101", to_number: "102", type: "fax" },
    }));
  it.each<[wrong: object, message: string]>([
    [
      { from: "yesterday" },
      "`from` must be a day such as 2026-11-01; got yesterday. Write it as YYYY-MM-DD.",
    ],
    [{ to: "2026-02-30" }, "`to` must be a day of the calendar; got 2026-02-30. Check month and day."],
    ...["2026-11-28 09:00", "2026-11-28T09:00:00Z"].map((from): [object, string] => [
      { from },
      `\`from\` must be a day such as 2026-11-01, or a time such as 2026-11-01 09:00:00 in the PBX's local time; got "${from}". Write seconds, and no offset.`,
    ]),
    [
      { to: "2026-02-30 09:00:00" },
      '`to` must be a time that exists, for example 2026-11-01 09:00:00; got "2026-02-30 09:00:00". Check the day and the time.',
    ],
    [{ from: "2026-11-24" }, "`from` must be before `to`. Swap them."],
    [{ from: `${day} 08:00:00`, to: `${day} 08:00:00` }, "`from` must be before `to`. Swap them."],
    ...["0", "1001", "1.5", "ten", "", "1e2", "0x10", " 5", "+5", "5.0"].map((limit): [object, string] => [
      { limit },
      `\`limit\` must be a whole number from 1 to 1000; got ${limit === "" ? "an empty string" : `"${limit}"`}.`,
    ]),
    ...[
      ["", "an empty string"],
      ["x1", '"x1"'],
      ["1x", '"1x"'],
      ["-1", '"-1"'],
      ["1000000000000000", '"…00"'],
    ].map(([cursor, got]): [object, string] => [
      { cursor },
      `\`cursor\` must be the \`next\` of an earlier response; got ${got}. Leave it out for the first page.`,
    ]),
    ...["", "id,,start", "id;start", "xyzzyx"].map((fields): [object, string] => [
      { fields },
      `\`fields\` must list columns of a leg; got ${["", "id,,start"].includes(fields) ? "an empty string" : `"${fields}"`}. ${fields === "id;start" ? "Did you mean start?" : "Separate the names with commas, for example id,start,end."}`,
    ]),
    [
      { fields: "id,talk_secs" },
      '`fields` must list columns of a leg; got "talk_secs". Did you mean talk_seconds?',
    ],
    [
      { disposition: "ANSWERED,BUSY" },
      '`disposition` must be one of ANSWERED, NO ANSWER, BUSY, FAILED, CONGESTION; got "ANSWERED,BUSY".',
    ],
    [{ type: "video" }, '`type` must be one of call, fax; got "video".'],
    [
      { fields: `x${"y".repeat(70)}` },
      `\`fields\` must list columns of a leg; got "x${"y".repeat(59)}…". Separate the names with commas, for example id,start,end.`,
    ],
    [
      { from: "1969-12-31 23:59:59" },
      "`from` must be from 1970-01-01 to 9999-12-30; got 1969-12-31 23:59:59.",
    ],
    [{ to: "9999-12-31" }, "`to` must be from 1970-01-01 to 9999-12-30; got 9999-12-31."],
    [{ from: "0202-11-24" }, "`from` must be from 1970-01-01 to 9999-12-30; got 0202-11-24."],
    [{ to: "9999-12-31 09:00:00" }, "`to` must be from 1970-01-01 to 9999-12-30; got 9999-12-31 09:00:00."],
    [{ extension: "108&109" }, '`extension` must be 1 to 10 digits, for example 108; got "108&109".'],
    [{ direction: "in" }, '`direction` must be one of inbound, outbound, internal, transit; got "in".'],
    [{ form: day }, "`form` is not known. Did you mean `from`?"],
  ])("refuses %j", (wrong, message) => {
    const field = message.split(" ")[0]?.replaceAll("`", "");
    expect(() => readQuestion({ from: day, to: day, ...wrong })).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", field, message }),
    );
  });
  it.each([
    { limit: "1" },
    { cursor: "0" },
    { fields: "unanswered, tags" },
    { from: "1970-01-01", to: "9999-12-30" },
    { to: "9999-12-31 00:00:00" },
  ])("takes %j", (most) => expect(() => readQuestion({ from: day, to: day, ...most })).not.toThrow());
});

describe("a value of the PBX as a filter", () => {
  it.each([
    [{ disposition: "no_answer" }, { disposition: "NO ANSWER" }],
    [{ disposition: " no-answer " }, { disposition: "NO ANSWER" }],
    [{ disposition: "Answered" }, { disposition: "ANSWERED" }],
    [{ type: "FAX" }, { type: "fax" }],
  ])("%j is sent as %j", (given, sent) =>
    expect(readQuestion({ from: day, to: day, ...given }).filter).toEqual(sent),
  );
});

describe("a number as a filter", () => {
  it.each([
    [" 390212345678", "+390212345678"],
    ["+39 02 1234 5678", "+390212345678"],
    ["390212345678", "390212345678"],
    ["101", "101"],
    ["anonymous", "anonymous"],
  ])("%j is %j, a space for a plus that was not escaped", (given, read) =>
    expect(readQuestion({ from: day, to: day, from_number: given, to_number: given }).filter).toEqual({
      from_number: read,
      to_number: read,
    }),
  );
  it.each(["from_number", "to_number"])("is refused by name if it is not one number: %s", (field) =>
    expect(() => readQuestion({ from: day, to: day, [field]: "02/123" })).toThrow(
      expect.objectContaining({ code: "INPUT_INVALID", field }),
    ),
  );
});

describe("one answer", () => {
  const record = (id: number, start = `${day} 08:00:00`, more: CallRecord = {}): CallRecord => ({
    id: String(id),
    start,
    ...more,
  });
  const ask = async (
    page: Partial<HistoryPage>,
    query: Readonly<Record<string, string>> = {},
    format: DateFormat = "iso",
  ) => {
    const asked: HistoryPageQuery[] = [];
    const client = {
      historyPage: async (question: HistoryPageQuery) => {
        asked.push(question);
        return { total: page.records?.length, records: [], ...page };
      },
    };
    const answer = await askHistory(client, readQuestion({ from: day, to: day, ...query }), format, {});
    return { ...answer, ids: answer.records.map(({ id }) => id), asked };
  };

  it("asks for a second more in front, and for two records more", async () => {
    const { asked } = await ask({});
    expect(asked).toStrictEqual([
      {
        sort: "id",
        dir: "ASC",
        count: 102,
        filter: { start: { from: "2026-11-22 23:59:59", to: "2026-11-24 00:00:00" } },
      },
    ]);
  });
  it("asks for a minute more where the PBX writes none of the seconds", async () => {
    const { asked } = await ask({}, {}, "dmy");
    expect(asked[0]?.filter?.["start"]).toEqual({ from: "22/11/2026 23:59", to: "24/11/2026 00:00" });
  });
  it("asks for id and start with whatever fields, each once", async () => {
    const { asked } = await ask(
      {},
      { fields: "end,id,src", search: "Zoë", cursor: "7", type: "fax", limit: "5" },
    );
    expect(asked).toEqual([
      {
        sort: "id",
        dir: "ASC",
        count: 7,
        fields: ["id", "start", "end", "src"],
        search: "Zoë",
        filter: {
          type: "fax",
          start: { from: "2026-11-22 23:59:59", to: "2026-11-24 00:00:00" },
          id: { from: "7" },
        },
      },
    ]);
  });
  it("says how many there are, where the PBX counts, and that an empty one is the end", async () => {
    expect(await ask({ total: 9, records: [record(1)] })).toMatchObject({ total: 9, next: "1" });
    expect(await ask({ total: undefined, records: [record(1)] })).toMatchObject({ total: null });
    expect(await ask({ total: 0 })).toMatchObject({ total: 0, records: [], next: null });
  });
  it("gives as many as were asked for, and goes on behind them", async () => {
    const records = [1, 2, 3, 4].map((id) => record(id));
    expect(await ask({ records }, { limit: "2" })).toMatchObject({ ids: ["1", "2"], next: "2" });
    expect(await ask({ records }, { limit: "4" })).toMatchObject({ ids: ["1", "2", "3", "4"], next: "4" });
  });
  it("leaves out the cursor's own record", async () =>
    expect(await ask({ records: [record(7), record(8)] }, { cursor: "7" })).toMatchObject({
      ids: ["8"],
      next: "8",
    }));
  it("ends where nothing but the cursor's own record comes", async () =>
    expect(await ask({ records: [record(7)] }, { cursor: "7" })).toMatchObject({ ids: [], next: null }));
  it("keeps records of one id together, which the cursor could not tell apart", async () => {
    const twins = [1, 2, 2, 3].map((id, at) => record(id, `${day} 08:00:00`, { pbxid: `pbx-${at}` }));
    expect(await ask({ records: twins }, { limit: "2" })).toMatchObject({ ids: ["1", "2", "2"], next: "2" });
    expect(await ask({ records: twins.slice(1) }, { limit: "1" })).toMatchObject({ ids: ["2", "2"] });
  });
  it("drops what lies around what was asked for, and still goes on behind it", async () => {
    const records = [
      record(1, "2026-11-22 23:59:59"),
      record(2, `${day} 00:00:00`),
      record(3, `${day} 23:59:59`),
      record(4, "2026-11-24 00:00:00"),
    ];
    expect(await ask({ records })).toMatchObject({ ids: ["2", "3"], next: "4" });
  });
  it.each([
    ["iso", "2026-11-22 23:59:58", "2026-11-24 00:00:01", "2026-11-22 23:59:57", "2026-11-24 00:00:02"],
    ["dmy", "2026-11-22 23:58:00", "2026-11-24 00:01:00", "2026-11-22 23:57:59", "2026-11-24 00:01:01"],
  ] as const)("in %s allows a unit around what was asked for, and no more", async (format, ...starts) => {
    const codes = starts.map((start) =>
      ask({ records: [record(1, start)] }, {}, format).then(
        ({ next }) => next,
        ({ code }) => code,
      ),
    );
    expect(await Promise.all(codes)).toEqual(["1", "1", "WMS_FILTER_IGNORED", "WMS_FILTER_IGNORED"]);
  });

  const notById = {
    code: "WMS_HISTORY_INCOMPLETE",
    sent: "yes",
    message: "this PBX does not support paging by id. Ask for a shorter time range, or use the export.",
  };
  it("is sorted here where all there is came, whatever its order and its ids", async () => {
    expect(await ask({ records: [record(2), record(1)] }, { limit: "2" })).toMatchObject({
      ids: ["1", "2"],
      next: null,
    });
    expect(await ask({ records: [{ ...record(1), id: "x" }] })).toMatchObject({ ids: ["x"], next: null });
  });
  it.each([
    ["more than were asked for", { records: [record(3), record(2), record(1)] }, { limit: "2" }],
    ["some are held back", { total: 3, records: [record(2), record(1)] }, {}],
    ["nobody knows whether it is all", { total: undefined, records: [record(2), record(1)] }, {}],
    ["there is a cursor", { records: [record(9), record(8)] }, { cursor: "7" }],
    ["a record lies before the cursor", { records: [record(6), record(8)] }, { cursor: "7" }],
  ])("is an error where ids do not ascend and %s", (_why, page, query) =>
    expect(ask(page, query)).rejects.toMatchObject(notById),
  );
  it("is an error where the PBX counts more than it ever hands out", () =>
    expect(ask({ total: 2, records: [record(7)] }, { cursor: "7" })).rejects.toMatchObject({
      code: "WMS_HISTORY_INCOMPLETE",
      message: expect.stringMatching(
        /^the PBX counts more legs than it returns\. Ask for a shorter time range/,
      ),
    }));
});
