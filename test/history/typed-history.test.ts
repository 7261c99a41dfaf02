import { describe, expect, it } from "vitest";
import { readQuestion } from "../../lib/history/ask.ts";
import { askTypedHistory } from "../../lib/history/typed-history.ts";
import type { PbxSettings } from "../../lib/pbxs/secret.ts";
import type { WmsClient } from "../../lib/wms/client.ts";
import type { CallRecord, HistoryPageQuery } from "../../lib/wms/operations/history-page.ts";
import { withPbx } from "../support/pbx.ts";

const day = "2026-11-23";
const leg = (id: number, from: string, to: string, more: CallRecord = {}): CallRecord => ({
  id: String(id),
  start: `${day} 08:00:00`,
  timezone: "+0100",
  from_number: from,
  to_number: to,
  billsec: "7",
  disposition: "ANSWERED",
  ...more,
});

/** A PBX returns only the fields that it is asked for. */
const onlyFields = (record: CallRecord, fields: readonly string[] | undefined): CallRecord =>
  Object.fromEntries(Object.entries(record).filter(([field]) => fields?.includes(field) ?? true));

const ask = async (
  records: readonly CallRecord[],
  query: Readonly<Record<string, string>> = {},
  settings: PbxSettings = { country: "IT" },
  zone?: string,
) => {
  const asked: HistoryPageQuery[] = [];
  const client = {
    historyPage: async (page: HistoryPageQuery) => {
      asked.push(page);
      return { total: records.length, records: records.map((record) => onlyFields(record, page.fields)) };
    },
  } as Partial<WmsClient> as WmsClient;
  const question = readQuestion({ from: day, to: day, ...query });
  const answer = await askTypedHistory({ client, settings }, question, zone, {});
  return { ...answer, asked, ids: answer.records.map(({ id }) => id) };
};

describe("rows of GET /call-history", () => {
  it("have the fields of the PBX and the typed ones", async () => {
    const { records } = await ask([leg(1, "+390212345678", "101", { duration: "12" })]);
    expect(records).toEqual([
      {
        ...leg(1, "+390212345678", "101", { duration: "12" }),
        start_utc: `${day}T07:00:00Z`,
        answer_utc: null,
        end_utc: null,
        talk_seconds: 7,
        total_seconds: 12,
        direction: "inbound",
        unanswered: true,
        voicemail: false,
        fax: false,
        extension: "101",
        queue: null,
        trunk: null,
        other_e164: "+390212345678",
        placed_by: null,
      },
    ]);
  });
  it("have the named fields, for which the PBX is asked for their sources", async () => {
    const { records, asked } = await ask([leg(1, "102", "101")], { fields: "talk_seconds,direction" });
    expect(records).toEqual([{ id: "1", start: `${day} 08:00:00`, talk_seconds: 7, direction: "internal" }]);
    const numbers = ["from_number", "src", "to_number", "dst"];
    expect(asked[0]?.fields).toEqual([
      "id",
      "start",
      "billsec",
      ...numbers,
      "channel",
      "userfield",
      "accountcode",
    ]);
  });
  it.each(["userfield", "accountcode"])(
    "have the direction of a call that this product placed, whose mark is in %s",
    async (field) => {
      const placed = leg(1, "+390212345678", "101", { [field]: "0b6f8d3e-3c1a-4f6e-9" });
      expect((await ask([placed], { fields: "direction" })).records).toMatchObject([
        { direction: "outbound" },
      ]);
      expect((await ask([placed], { direction: "outbound", fields: "end" })).ids).toEqual(["1"]);
    },
  );
  it("are asked for with the sources of what is compared", async () => {
    const rows = [leg(1, "102", "101")];
    const askedFor = async (query: Readonly<Record<string, string>>) =>
      (await ask(rows, { fields: "end", ...query })).asked[0]?.fields;
    const numbers = ["from_number", "src", "to_number", "dst"];
    expect(await askedFor({})).toEqual(["id", "start", "end"]);
    const ofDirection = [...numbers, "channel", "userfield", "accountcode"];
    expect(await askedFor({ direction: "internal" })).toEqual(["id", "start", "end", ...ofDirection]);
    expect(await askedFor({ extension: "101" })).toEqual(["id", "start", "end", ...numbers]);
  });
  it.each(["x+0100", "+0100x", "+100", 100, null])(
    "have no UTC times if the offset is %j",
    async (timezone) =>
      expect((await ask([leg(1, "1", "2", { timezone })])).records).toMatchObject([{ start_utc: null }]),
  );
  it.each<[string, CallRecord]>([
    ["from_number", { from_number: "101", to_number: "9" }],
    ["src", { from_number: null, src: "101", to_number: "9" }],
    ["to_number", { from_number: "9", to_number: "101" }],
    ["dst", { from_number: "9", to_number: "", dst: "101" }],
  ])("are those of the extension in %s", async (_, more) => {
    expect((await ask([leg(1, "", "", more)], { extension: "101" })).ids).toEqual(["1"]);
    expect((await ask([leg(1, "", "", more)], { extension: "102" })).ids).toEqual([]);
  });
  it("have no UTC times if neither the row nor the PBX says the zone", async () => {
    const bare = leg(1, "1", "2", { timezone: "" });
    expect((await ask([bare])).records).toMatchObject([{ start_utc: null }]);
    expect((await ask([bare], {}, {}, "Europe/Rome")).records).toMatchObject([
      { start_utc: `${day}T07:00:00Z` },
    ]);
  });
  it("are those of an extension or a number, also if the PBX writes addresses or JSON numbers", async () => {
    const rows = [
      leg(1, "sip:101@pbx.example", "0212345678"),
      leg(2, "", "", { from_number: 101, to_number: 390212345678 }),
    ];
    expect((await ask(rows, { extension: "101" })).ids).toEqual(["1", "2"]);
    expect((await ask(rows, { from_number: "101", to_number: "+390212345678" })).ids).toEqual(["1", "2"]);
  });
  it("are those of a direction or an extension, and the cursor continues behind the last one", async () => {
    const rows = [
      leg(1, "+390212345678", "101"),
      leg(2, "101", "102"),
      leg(3, "102", "+390212345678"),
      leg(4, "+390212345679", "102"),
      leg(5, "+390212345679", "101"),
    ];
    expect(await ask(rows, { direction: "inbound" })).toMatchObject({
      ids: ["1", "4", "5"],
      total: null,
      next: "5",
    });
    const ofExtension = await ask(rows, { extension: "102" });
    expect(ofExtension).toMatchObject({ ids: ["2", "3", "4"], total: null });
    expect(ofExtension.asked[0]?.count).toBe(1002);
    const first = await ask(rows, { direction: "inbound", limit: "2" });
    expect(first).toMatchObject({ ids: ["1", "4"], next: "4" });
    expect(first.asked[0]?.count).toBe(1002);
    expect(await ask(rows, { direction: "transit" })).toMatchObject({ ids: [], next: "5" });
    expect(await ask(rows, { direction: "inbound", limit: "3" })).toMatchObject({
      ids: ["1", "4", "5"],
      next: "5",
    });
  });
  it("of one id stay together where a filter cuts", async () => {
    const twins = [leg(1, "101", "9"), leg(1, "101", "8", { pbxid: "2" }), leg(2, "101", "7")];
    expect(await ask(twins, { extension: "101", limit: "1" })).toMatchObject({ ids: ["1", "1"], next: "1" });
  });
});

describe("a filter that the PBX ignores", () => {
  const rows = [leg(1, "0212345678", "101"), leg(2, "390212345678", "101")];
  it.each([
    [{ from_number: " 390212345678" }],
    [{ from_number: "+390212345678", fields: "id" }],
    [{ from_number: "02 12345678", to_number: "101" }],
    [{ disposition: "answered" }],
  ])("is no error if the rows match %j, however numbers are written", async (query) =>
    expect((await ask(rows, query)).ids).toEqual(["1", "2"]),
  );
  it.each([
    ["from_number", { from_number: "+390212345679" }],
    ["to_number", { to_number: "102" }],
    ["disposition", { disposition: "BUSY" }],
    ["type", { type: "fax" }],
  ])("is an error that names it: %s", async (field, query) =>
    expect(ask(rows, query)).rejects.toMatchObject({ code: "WMS_FILTER_IGNORED", field, sent: "yes" }),
  );
  it("says what the PBX did", () =>
    expect(ask(rows, { disposition: "BUSY" })).rejects.toThrow(
      "the PBX ignores the filter `disposition`: it returned legs with other values",
    ));
  it("reads numbers as the PBX's country and outside prefix have them", async () => {
    const outside = [leg(1, "00212345678", "101")];
    const query = { from_number: "+390212345678" };
    expect((await ask(outside, query, { country: "IT", outside_prefix: "0" })).ids).toEqual(["1"]);
    await expect(ask(outside, query, { country: "IT" })).rejects.toThrow("ignores the filter");
    await expect(ask(outside, query, { country: "GB", outside_prefix: "0" })).rejects.toThrow("ignores");
  });
  it("asks the PBX for the field that is compared", async () =>
    expect((await ask(rows, { to_number: "101", fields: "end" })).asked[0]?.fields).toEqual([
      "id",
      "start",
      "end",
      "to_number",
    ]));
});

it("a simulated PBX's rows match its filters", () =>
  withPbx({ calls: 61 }, async (pbx, client) => {
    const { day: to = "" } = pbx.pbx.history.days()[1] ?? {};
    const question = readQuestion({ from: to, to, disposition: "ANSWERED", limit: "1000" });
    const answer = await askTypedHistory({ client, settings: {} }, question, "Europe/Rome", {});
    expect(answer.records.length).toBeGreaterThan(0);
  }));

describe("a number in another notation than that of the rows", () => {
  it("finds the rows of each notation, page by page, in the order of their ids", () =>
    withPbx({ calls: 0, days: 2 }, async (pbx, client) => {
      const { history } = pbx.pbx;
      const today = history.days().at(-1)?.day ?? "";
      const forms = ["00393335000006", "3335000006", "+393335000006", "00393335000007", "393335000006"];
      for (const [at, from_number] of [...forms, ...forms].entries())
        history.insert({ start: `${today} 00:00:${10 + at}`, from_number, to_number: "101" });
      const settings = { country: "IT" };
      const found: unknown[] = [];
      let cursor: string | null = "0";
      let total: number | null = null;
      while (cursor !== null) {
        const query = { from: today, to: today, from_number: " 39 333 5000006", limit: "3", cursor };
        const page: Awaited<ReturnType<typeof askTypedHistory>> = await askTypedHistory(
          { client, settings },
          readQuestion(query),
          "Europe/Rome",
          {},
        );
        found.push(...page.records.map((record) => record["from_number"]));
        total ??= page.total;
        cursor = page.next;
      }
      const wanted = forms.filter((form) => !form.endsWith("7"));
      expect(found).toEqual([...wanted, ...wanted]);
      expect(total).toBe(8);
    }));
  it("is compared with the rows if there are two numbers", async () => {
    const rows = [leg(1, "00393335000006", "0250000070"), leg(2, "00393335000006", "0250000071")];
    const query = { from_number: "+393335000006", to_number: "+390250000070" };
    const { ids, total, asked } = await ask(rows, query);
    expect([ids, total]).toEqual([["1"], null]);
    expect(asked.every(({ filter }) => filter?.["to_number"] === undefined)).toBe(true);
    expect(asked[0]?.count).toBe(1002);
  });
});
