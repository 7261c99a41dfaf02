import { describe, expect, it } from "vitest";
import type { WmsClient } from "../../../lib/wms/client.ts";
import { type HistoryEvent, type ReadReport, readHistory } from "../../../lib/wms/history/call-history.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";

const from = Date.parse("2026-11-23T00:00:00Z") / 1000;
const window = { from, to: from + 86_400 };
const row = (id: number): CallRecord => ({ id: String(id), start: "2026-11-23 10:00:00", pbxid: "a" });
const rows = (count: number): CallRecord[] => Array.from({ length: count }, (_, at) => row(at + 1));

/** What a request asks: `count`, `page`, or `page from ID`. */
const nameOf = (query: HistoryPageQuery): string => {
  const id = query.filter?.["id"];
  if (query.count === 1) return "count";
  return typeof id === "object" ? `page from ${id.from}` : "page";
};

/** A PBX that pages by id as it should; `before` may change its rows, and may hold its answer back. */
const pbxWith = (
  history: CallRecord[],
  before: (name: string) => Promise<void> | void = () => undefined,
  total: (rows: number) => number | undefined = (count) => count,
) => {
  const asked: string[] = [];
  const client: Pick<WmsClient, "historyPage"> = {
    historyPage: async (query): Promise<HistoryPage> => {
      const name = nameOf(query);
      asked.push(name);
      await before(name);
      const id = query.filter?.["id"];
      const least = typeof id === "object" ? Number(id.from) : 0;
      const found = history.filter((each) => Number(each["id"]) >= least);
      return { total: total(found.length), records: found.slice(0, query.count) };
    },
  };
  return { client, asked };
};

const read = async (client: Pick<WmsClient, "historyPage">, pageSize = 4) => {
  const events: HistoryEvent[] = [];
  const reading = readHistory(client, window, { pageSize });
  for (;;) {
    const next = await reading.next();
    if (next.done) return { events, report: next.value, ids: idsOf(events) };
    events.push(next.value);
  }
};
const idsOf = (events: readonly HistoryEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "rows" ? event.rows.map(({ id }) => String(id)) : []));

describe("a window is read with as few requests as prove it", () => {
  it("the first page counts it, and the last count goes beside the page that has to be empty", async () => {
    const { client, asked } = pbxWith(rows(10));
    const { ids, report } = await read(client);
    expect(ids).toEqual(rows(10).map(({ id }) => id));
    expect(asked).toEqual(["page", "page from 4", "page from 8", "page from 10", "count"]);
    expect(report).toMatchObject<Partial<ReadReport>>({
      rows: 10,
      totalBefore: 10,
      totalAfter: 10,
      requests: 5,
      paging: "id",
      restarts: [],
    });
  });

  it("both are on their way before the caller is through with the last rows", async () => {
    const held = Promise.withResolvers<void>();
    const { client, asked } = pbxWith(rows(3), (name) => (name === "page" ? undefined : held.promise));
    const reading = readHistory(client, window, { pageSize: 4 });
    const first = await reading.next();
    expect(first.value).toMatchObject({ kind: "rows", total: 3 });
    expect(asked).toEqual(["page", "page from 3", "count"]);
    held.resolve();
    expect((await reading.next()).done).toBe(true);
  });

  it("the next page is on its way before the caller is through with this one", async () => {
    const held = Promise.withResolvers<void>();
    const { client, asked } = pbxWith(rows(10), (name) => (name === "page" ? undefined : held.promise));
    const reading = readHistory(client, window, { pageSize: 4 });
    await reading.next();
    expect(asked).toEqual(["page", "page from 4"]);
    held.resolve();
    while (!(await reading.next()).done);
  });

  it("a PBX that does not count is not asked for a count", async () => {
    const { client, asked } = pbxWith(rows(5), undefined, () => undefined);
    const { report } = await read(client);
    expect(asked).toEqual(["page", "page from 4", "page from 5"]);
    expect(report).toMatchObject({ rows: 5, totalBefore: null, totalAfter: null });
  });
});

describe("the count after the rows is never taken from before them", () => {
  it("a row that comes before the empty page is read, and counted anew", async () => {
    const history = rows(3);
    const { client, asked } = pbxWith(history, (name) => {
      if (name === "page from 3" && history.length === 3) history.push(row(4));
    });
    const { ids, report } = await read(client);
    // then all again: a count that moved proves nothing
    expect(ids).toEqual(["1", "2", "3", "4", "1", "2", "3", "4"]);
    expect(asked.slice(0, 5)).toEqual(["page", "page from 3", "count", "page from 4", "count"]);
    expect(report).toMatchObject({ totalBefore: 4, totalAfter: 4, rows: 4 });
    expect(report.restarts).toEqual(["the PBX counts 3, then 4 legs and returned 4"]);
  });

  it("a row that goes while it is read begins the reading anew where the counts do not allow it", async () => {
    const history = rows(6);
    const { client } = pbxWith(history, (name) => {
      // two rows go that were not read yet, one comes: the counts say 6 and 5, the rows are 4
      if (name === "page from 4" && history.length === 6) history.splice(4, 2);
      if (name === "count" && history.length === 4) history.push(row(9));
    });
    const { events, ids, report } = await read(client);
    expect(events.map(({ kind }) => kind)).toContain("restart");
    expect(ids.slice(-5)).toEqual(["1", "2", "3", "4", "9"]);
    expect(report).toMatchObject({ rows: 5, totalBefore: 5, totalAfter: 5 });
    expect(report.restarts).toEqual(["the PBX counts 6, then 5 legs and returned 4"]);
  });

  it("a count that is capped is noticed by the page after it, and the window is halved", async () => {
    const spread = Array.from({ length: 6 }, (_, at) => ({
      id: String(at + 1),
      start: `2026-11-23 ${String(at * 4).padStart(2, "0")}:00:00`,
    }));
    const capped: Pick<WmsClient, "historyPage"> = {
      historyPage: async ({ filter, count }) => {
        const [start, id] = [filter?.["start"], filter?.["id"]];
        const [least, most] = typeof start === "object" ? [start.from ?? "", start.to ?? ""] : ["", ""];
        const found = spread.filter(
          (each) =>
            each.start >= least &&
            each.start <= most &&
            Number(each.id) >= (typeof id === "object" ? Number(id.from) : 0),
        );
        return { total: Math.min(found.length, 3), records: found.slice(0, Math.min(count ?? 3, 3)) };
      },
    };
    const { events, report } = await read(capped);
    const restart = events.findIndex(({ kind }) => kind === "restart");
    expect(idsOf(events.slice(restart)).sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(report.windows).toBeGreaterThan(1);
    expect(report.restarts[0]).toBe("the PBX counts 3 legs and returned 6");
  });

  it("a count that fails fails the reading", async () => {
    const { client } = pbxWith(rows(2), (name) => {
      if (name === "count") throw new Error("the PBX went away");
    });
    await expect(read(client)).rejects.toThrow("the PBX went away");
  });
});

describe("a window without calls", () => {
  it("is asked for once more, then believed", async () => {
    const { client, asked } = pbxWith([]);
    const { report, events } = await read(client);
    expect([events, asked]).toEqual([[], ["page", "count"]]);
    expect(report).toMatchObject({ rows: 0, totalBefore: 0, totalAfter: 0, requests: 2 });
  });

  it("is read after all where the second answer has calls", async () => {
    const history: CallRecord[] = [];
    const { client } = pbxWith(history, (name) => {
      if (name === "count" && history.length === 0) history.push(row(1));
    });
    const { ids, report } = await read(client);
    expect([ids, report.restarts]).toEqual([["1"], []]);
  });
});
