import { describe, expect, it } from "vitest";
import { askHistory, readQuestion } from "../../lib/history/ask.ts";
import type { WmsClient } from "../../lib/wms/client.ts";
import type { CallRecord } from "../../lib/wms/history-page.ts";
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
