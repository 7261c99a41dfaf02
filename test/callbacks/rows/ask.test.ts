import { describe, expect, it } from "vitest";
import { askRows, type RowQuestion } from "../../../lib/callbacks/rows/ask.ts";
import type { PbxSettings } from "../../../lib/pbxs/secret.ts";
import type { WmsClient } from "../../../lib/wms/client.ts";
import type { CallRecord, HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";
import { CallbackPbx } from "../../support/callback-pbx.ts";

const rome: PbxSettings = { timezone: "Europe/Rome" };
const at = Date.parse;
/** 11:00 to 12:00 in Rome. */
const morning: RowQuestion = { from: at("2026-11-24T10:00:00Z"), to: at("2026-11-24T11:00:00Z") };
const rowsOf = (count: number): CallRecord[] =>
  Array.from({ length: count }, (_, row) => ({ id: String(row), start: "2026-11-24 11:30:00" }));

/** Asks a PBX that answers with these pages, and then with the last one again. */
const ask = async (pages: readonly CallRecord[][], question: RowQuestion, settings = rome) => {
  const asked: HistoryPageQuery[] = [];
  const limits: Parameters<WmsClient["historyPage"]>[1][] = [];
  const { client } = new CallbackPbx("milan", settings, () => 0).asPbx();
  const historyPage: WmsClient["historyPage"] = async (query, limit) => {
    const records = pages[asked.length] ?? pages.at(-1) ?? [];
    asked.push(query);
    limits.push(limit);
    return { total: undefined, records };
  };
  const answer = askRows({ client: { ...client, historyPage }, settings }, question);
  const [rows, error] = await answer.then(
    (found) => [found, undefined] as const,
    (thrown: unknown) => [undefined, thrown] as const,
  );
  return { rows, error, asked, limits };
};
const boundsOf = async (from: string, to: string, settings?: PbxSettings): Promise<unknown> =>
  (await ask([[]], { from: at(from), to: at(to) }, settings)).asked[0]?.filter?.["start"];

describe("a question to call history", () => {
  it("asks for one page in the time of the PBX, the newest leg first, and waits 5 s", async () => {
    const { rows, asked, limits } = await ask([rowsOf(2)], morning);
    expect(rows).toEqual(rowsOf(2));
    expect(asked).toStrictEqual([
      {
        sort: "id",
        dir: "DESC",
        offset: 0,
        count: 500,
        filter: { start: { from: "2026-11-24 11:00:00", to: "2026-11-24 12:00:00" } },
      },
    ]);
    expect(limits).toEqual([{ timeoutMs: 5000 }]);
  });
  it("asks for digits and for ids from one on, if both are given", async () => {
    const { asked } = await ask([[]], { ...morning, search: "331234567", fromId: "77" });
    expect(asked).toMatchObject([{ search: "331234567", filter: { id: { from: "77" } } }]);
    expect(asked[0]?.filter).toHaveProperty("start");
  });

  it.each<[string, string, string, PbxSettings, unknown]>([
    [
      "whole seconds around the time",
      "2026-11-24T10:00:00.900Z",
      "2026-11-24T10:00:01.100Z",
      rome,
      { from: "2026-11-24 11:00:00", to: "2026-11-24 11:00:02" },
    ],
    [
      "whole minutes around the time, if the PBX reads days first",
      "2026-11-24T10:00:59Z",
      "2026-11-24T10:01:01Z",
      { ...rome, date_format: "dmy" },
      { from: "24/11/2026 11:00", to: "24/11/2026 11:02" },
    ],
    [
      "UTC, if no zone is set",
      "2026-11-24T10:00:00Z",
      "2026-11-24T10:00:01Z",
      {},
      { from: "2026-11-24 10:00:00", to: "2026-11-24 10:00:01" },
    ],
    [
      "both hours in the night in which the clock is set back",
      "2026-10-25T00:30:00Z",
      "2026-10-25T01:30:00Z",
      rome,
      { from: "2026-10-25 01:30:00", to: "2026-10-25 03:30:00" },
    ],
    [
      "an hour more in the night in which the clock is set forward",
      "2026-03-29T00:30:00Z",
      "2026-03-29T01:30:00Z",
      rome,
      { from: "2026-03-29 01:30:00", to: "2026-03-29 03:30:00" },
    ],
  ])("has bounds of %s", async (_what, from, to, settings, bounds) =>
    expect(await boundsOf(from, to, settings)).toEqual(bounds),
  );

  it("asks for the next page after a full one, and joins them", async () => {
    const { rows, asked } = await ask([rowsOf(500), rowsOf(3)], morning);
    expect(rows).toEqual([...rowsOf(500), ...rowsOf(3)]);
    expect(asked.map(({ offset }) => offset)).toEqual([0, 500]);
    expect((await ask([rowsOf(500), []], morning)).rows).toHaveLength(500);
  });
  it("reads up to ten pages", async () => {
    const nine = Array.from({ length: 9 }, () => rowsOf(500));
    expect((await ask([...nine, rowsOf(499)], morning)).rows).toHaveLength(4999);
    const { error, asked } = await ask([...nine, rowsOf(500)], morning);
    expect(asked.map(({ offset }) => offset)).toEqual([
      0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500,
    ]);
    expect(error).toMatchObject({
      code: "WMS_HISTORY_INCOMPLETE",
      message: "the PBX has more than 5000 rows in the requested time",
      sent: "yes",
    });
  });
});

describe("a PBX that ignores the time of a question", () => {
  /** 01:30 in the earlier of both offsets, less 26 hours: 23:30 two days before. */
  const night = { from: at("2026-10-25T00:30:00Z"), to: at("2026-10-25T01:30:00Z") };
  it.each([
    ["2026-10-23 23:30:00", true],
    ["2026-10-23 23:29:59", false],
    ["2020-01-01 00:00:00", false],
    ["0000-00-00 00:00:00", true],
    ["", true],
  ])("is known by a leg that starts more than 26 hours before: %s", async (start, isRead) => {
    const row = { id: "1", start };
    const { rows, error } = await ask([[{ id: "2", start: "2026-10-25 02:30:00" }, row]], night);
    if (isRead) expect(rows).toContainEqual(row);
    else
      expect(error).toMatchObject({
        code: "WMS_FILTER_IGNORED",
        field: "start",
        message: "the PBX ignores the filter `start`: it returned legs of another time",
        sent: "yes",
      });
  });
});
