import { describe, expect, it } from "vitest";
import { type HistoryQuestion, readQuestion } from "../../lib/history/ask.ts";
import { askNumbers } from "../../lib/history/ask-numbers.ts";
import type { CallRecord, HistoryPageQuery } from "../../lib/wms/operations/history-page.ts";

const day = "2026-11-23";
const row = (id: number, more: CallRecord = {}): CallRecord => ({
  id: String(id),
  start: `${day} 08:00:00`,
  ...more,
});

/** Asks a PBX that has these rows of each notation. Without `total` it does not count. */
const ask = async (
  rowsOf: Readonly<Record<string, readonly CallRecord[]>>,
  query: Readonly<Record<string, string>>,
  { total = (rows: readonly CallRecord[]): number | undefined => rows.length } = {},
) => {
  const asked: HistoryPageQuery["filter"][] = [];
  const client = {
    historyPage: async ({ filter, count = 0 }: HistoryPageQuery) => {
      asked.push(filter);
      const number = String(filter?.["from_number"] ?? filter?.["to_number"]);
      const after = Number((filter?.["id"] as { from?: string } | undefined)?.from ?? 0);
      const all = rowsOf[number] ?? [];
      const records = all.filter(({ id }) => Number(id) >= after).slice(0, count);
      const counted = total(all.filter(({ id }) => Number(id) >= after));
      return { records, total: counted };
    },
  };
  const question: HistoryQuestion = readQuestion({ from: day, to: day, ...query });
  const answer = await askNumbers(client, question, { country: "IT" }, "iso", {});
  return { ...answer, ids: answer.records.map(({ id }) => Number(id)), asked };
};
const mobile = "+393335000006";
const notations = [mobile, "00393335000006", "393335000006", "3335000006"];
const numbersOf = (asked: readonly HistoryPageQuery["filter"][], field: string): string[] =>
  asked.map((filter) => String(filter?.[field])).sort();

describe("a filter with a number", () => {
  it.each(["from_number", "to_number"])("is asked for in each notation: %s", async (field) => {
    const { asked } = await ask({}, { [field]: mobile });
    expect(numbersOf(asked, field)).toEqual([...notations].sort());
    for (const filter of asked) expect(Object.keys(filter ?? {}).sort()).toEqual([field, "start"].sort());
  });
  it("is asked for once if it has one notation, or if there is none", async () => {
    expect((await ask({ "101": [row(1)] }, { from_number: "101" })).asked).toHaveLength(1);
    const { asked } = await ask({}, {});
    expect(asked.map((filter) => Object.keys(filter ?? {}))).toEqual([["start"]]);
  });
  it("is spread for the number that calls, if there are two", async () => {
    const { asked } = await ask({}, { from_number: mobile, to_number: "+390250000070" });
    expect(numbersOf(asked, "from_number")).toEqual([...notations].sort());
    expect(new Set(numbersOf(asked, "to_number"))).toEqual(new Set(["+390250000070"]));
  });
});

describe("the pages of the notations", () => {
  const [one = "", two = ""] = notations;
  it("become one, by id, up to the end of the shortest: more of its rows can follow", async () => {
    const rows = { [one]: [row(1), row(2), row(5)], [two]: [row(3), row(4)] };
    const from = (cursor: string, limit = "2") => ask(rows, { from_number: mobile, limit, cursor });
    expect(await from("0")).toMatchObject({ ids: [1, 2], next: "2", total: 5 });
    expect(await from("2")).toMatchObject({ ids: [3, 4], next: "4" });
    expect(await from("4")).toMatchObject({ ids: [5], next: "5" });
    expect(await from("5")).toMatchObject({ ids: [], next: null });
    expect(await from("0", "9")).toMatchObject({ ids: [1, 2, 3, 4], next: "4" });
    expect(await from("0", "3")).toMatchObject({ ids: [1, 2, 3], next: "3" });
  });
  it("keep rows of one id together at the end of the page", async () => {
    const rows = { [one]: [row(1), row(2)], [two]: [row(2, { pbxid: "2" }), row(3)] };
    const query = { from_number: mobile, limit: "2", cursor: "0" };
    expect(await ask(rows, query)).toMatchObject({ ids: [1, 2, 2], next: "2" });
    expect(await ask(rows, { ...query, limit: "1" })).toMatchObject({ ids: [1], next: "1" });
  });
  it("have no rows if no notation has some", async () =>
    expect(await ask({}, { from_number: mobile })).toMatchObject({ ids: [], next: null, total: 0 }));
  it("have each row once if the PBX compares numbers itself, and its total is that of one page", async () => {
    const rows = [row(1), row(2)];
    expect(
      await ask({ [one]: rows, [two]: rows, "393335000006": [row(2)] }, { from_number: mobile }),
    ).toMatchObject({ ids: [1, 2], total: 2 });
  });
  it("have no total if the PBX does not count the rows of one notation", async () => {
    const rows = { [one]: [row(1), row(3)], [two]: [row(2), row(4)] };
    const uncounted = {
      total: (all: readonly CallRecord[]) => (all[0]?.["id"] === "2" ? undefined : all.length),
    };
    const query = { from_number: mobile, cursor: "0" };
    expect(await ask(rows, query, uncounted)).toMatchObject({ ids: [1, 2, 3], total: null });
    expect(await ask(rows, query)).toMatchObject({ total: 4 });
  });
});
