import { setImmediate as immediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Copied, copyRows, type ExportProgress } from "../../../lib/history/export/copy-rows.ts";
import type { ExportJob } from "../../../lib/history/export/export-job.ts";
import type { Limits } from "../../../lib/wms/client.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";
import { plainStore } from "../../support/plain-store.ts";

const day = "2026-11-23";
/** A call a minute: a leg waits until so many legs have come after it. */
const held = 64;
const clockTime = (id: number): string => new Date((8 * 60 + id) * 60_000).toISOString().slice(11, 19);
const row = (id: number, start = clockTime(id)): CallRecord => ({
  id: String(id),
  start: `${day} ${start}`,
  end: `${day} ${start}`,
  from_number: `003902${1_000_000 + id}`,
  to_number: "102",
  billsec: "1",
  disposition: "ANSWERED",
  pbxid: "p1",
  timezone: "+0100",
});
const rows = (count: number): CallRecord[] => Array.from({ length: count }, (_, at) => row(at + 1));

const rangeOf = ({ filter }: HistoryPageQuery, field: string): string[] => {
  const range = filter?.[field];
  return typeof range === "object" ? [range.from ?? "", range.to ?? ""] : [];
};
/** Bounds in slashes are not looked at. */
const inside = (start: string, from: string, to: string): boolean =>
  from.includes("/") || (start >= from && start <= to);

/** A PBX that answers as it should from these rows; `change` may spoil an answer, the first is number 1. */
const pbxOf = (
  all: readonly CallRecord[],
  change: (page: HistoryPage, request: number) => HistoryPage = (page) => page,
) => {
  const asked: [HistoryPageQuery, Limits | undefined][] = [];
  const historyPage = async (query: HistoryPageQuery, limits?: Limits): Promise<HistoryPage> => {
    asked.push([query, limits]);
    const [from = "", to = "~"] = rangeOf(query, "start");
    const [first = 0] = rangeOf(query, "id").map(Number);
    const found = all.filter(({ id, start }) => Number(id) >= first && inside(String(start), from, to));
    const [offset, count] = [query.offset ?? 0, query.count ?? 100];
    return change({ total: found.length, records: found.slice(offset, offset + count) }, asked.length);
  };
  return { historyPage, asked };
};
/** Rows that cannot be paged by id, so that all is read again by offset. */
const withoutIds = (page: HistoryPage): HistoryPage => ({
  ...page,
  records: page.records.map((record) => ({ ...record, id: "" })),
});

/** Copies; the clock stands but while a part is begun, which takes as many ms as `took` says, and while the PBX answers. */
const setUp = (pbx: ReturnType<typeof pbxOf>, took: readonly number[] = [], answerMs = 0) => {
  let now = 0;
  let begun = 0;
  const keys: string[] = [];
  const store = plainStore();
  /** Parts that are uploaded, or on their way. */
  let uploads = 0;
  const watched = {
    ...store,
    stage: async (...[key, bytes]: Parameters<typeof store.stage>) => {
      keys.push(key);
      now += took[begun++] ?? 0;
      uploads++;
      const staged = await store.stage(key, bytes).catch((error: unknown) => {
        uploads--;
        throw error;
      });
      return { ...staged, abort: async () => void uploads-- };
    },
  };
  const client: typeof pbx = {
    ...pbx,
    historyPage: (...args) => {
      now += answerMs;
      return pbx.historyPage(...args);
    },
  };
  const seen: ExportProgress[] = [];
  const copy = (change: Partial<ExportJob> = {}, before?: Copied) =>
    copyRows(
      { client, store: watched, clock: { now: () => now, sleep: async () => undefined } },
      { pbx: "milan", zone: "Europe/Rome", day, pageSize: 100, ...change },
      before?.kind === "partial"
        ? {
            // as a manifest has them; the bytes do not matter here
            parts: before.parts.map(({ key, sha256, rows }) => ({ key, sha256, rows, etag: "e", size: 1 })),
            progress: {
              cursor: before.cursor,
              findings: before.findings,
              extremes: before.extremes,
              context: before.context,
              names: {},
              grouping: { etag: "", sha256: "" },
            },
            state: before.state,
          }
        : undefined,
      (progress) => seen.push(progress),
    );
  return { copy, keys, seen, held: () => uploads };
};
/** Of the parts of legs, in the order of their uploads. */
const numbersOf = (keys: readonly string[]): number[] =>
  keys.filter((key) => key.startsWith("legs/")).map((key) => Number(/part-(\d+)/.exec(key)?.[1]));
const cursorOf = (copied: Copied) => (copied.kind === "partial" ? copied.cursor : undefined);
const legsOf = ({ parts }: Copied) => parts.filter(({ key }) => key.startsWith("legs/"));
const sizes = (copied: Copied): number[] => legsOf(copied).map(({ rows }) => rows);

describe("the rows of a day", () => {
  it("fill parts that are not visible, and progress is reported after each page", async () => {
    const { copy, keys, seen, held } = setUp(pbxOf(rows(250)));
    const copied = await copy({ rowsPerPart: 120 });
    expect(copied).toMatchObject({ carried: [], kind: "complete", report: { rows: 250, paging: "id" } });
    expect(sizes(copied)).toEqual([120, 120, 10]);
    const parts = Object.entries({ legs: 3, calls: 2 }).flatMap(([dataset, count]) =>
      Array.from({ length: count }, (_, at) => at + 1).map(
        (part) => `${dataset}/dt=${day}/pbx=milan/part-0000${part}.ndjson.gz`,
      ),
    );
    expect(keys.toSorted()).toEqual(parts.toSorted());
    expect(seen).toEqual([100, 200, 250].map((count) => ({ rows: count, total: 250 })));
    expect(held()).toBe(5);
    await copied.abort();
    expect(held()).toBe(0);
  });

  it("give the first and last id, and the earliest and latest start, without the hours before the day", async () => {
    const { copy } = setUp(
      pbxOf([
        { ...row(0), start: "2026-11-22 23:30:00" },
        ...[row(1, "12:00:00"), row(2, "08:00:00"), row(3, "23:00:00"), row(4, "09:00:00")],
      ]),
    );
    expect((await copy()).extremes).toEqual({
      first_id: "1",
      last_id: "4",
      min_start: `${day} 08:00:00`,
      max_start: `${day} 23:00:00`,
    });
  });

  it("with text that is not UTF-8 are counted by field, those of the day, also over a continuation", async () => {
    const replaced = { from_name: "Caf\ufffd", tags: [{ name: "\ufffd" }], billsec: null };
    const all = rows(200).map((each, at) => (at % 50 === 0 ? { ...each, ...replaced } : each));
    all.push({ ...row(201), ...replaced, start: "2026-11-24 00:30:00" });
    const marked = (page: HistoryPage): HistoryPage => ({ ...page, hasReplaced: true });
    const { findings } = await setUp(pbxOf(all, marked)).copy();
    expect(findings.replaced).toEqual({ from_name: 4, tags: 4 });
    const first = await setUp(pbxOf(all, marked), [1_000]).copy({ rowsPerPart: 100, timeLeft: () => 1 });
    expect(first.kind).toBe("partial");
    expect(first.findings.replaced).toEqual({ from_name: 4, tags: 4 });
    const rest = await setUp(pbxOf(all, marked)).copy({ rowsPerPart: 100, part: 2 }, first);
    expect([rest.kind, rest.findings.replaced]).toEqual(["complete", { from_name: 4, tags: 4 }]);
    // answers that do not have it are not searched
    expect((await setUp(pbxOf(all)).copy()).findings.replaced).toEqual({});
  });
  it("are requested with the settings of the job", async () => {
    const pbx = pbxOf(rows(1));
    const { signal } = new AbortController();
    await setUp(pbx).copy({ dateFormat: "dmy", pageSize: 7, timeoutMs: 99, signal });
    expect(pbx.asked[0]).toEqual([
      expect.objectContaining({
        count: 7,
        filter: { start: { from: "22/11/2026 21:59", to: "24/11/2026 00:00" } },
      }),
      { timeoutMs: 99, signal },
    ]);
    const plain = pbxOf(rows(1));
    await setUp(plain).copy();
    expect(plain.asked[0]?.[1]).toStrictEqual({});
  });

  it("wait at the start of a page while the next request is signed and sent", async () => {
    const read = new Set<unknown>();
    const watched = rows(250).map((each) =>
      Object.defineProperty({ ...each }, "to_number", {
        enumerable: true,
        get: () => {
          read.add(each["id"]);
          return "102";
        },
      }),
    );
    const pbx = pbxOf(watched);
    const left: number[] = [];
    const historyPage: typeof pbx.historyPage = async (...asked) => {
      // as many turns of the event loop as a signature and a connection take
      for (let turns = 0; turns < 5; turns++) await immediate();
      left.push(read.size);
      return pbx.historyPage(...asked);
    };
    await setUp({ ...pbx, historyPage }).copy();
    const [, second = 0] = left;
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(30);
    expect(read.size).toBe(250);
  });

  it("are discarded if reading fails or is aborted", async () => {
    const broken = setUp(
      pbxOf(rows(250), (page, request) => {
        if (request > 1) throw new Error("gone");
        return page;
      }),
    );
    await expect(broken.copy({ rowsPerPart: 30 })).rejects.toThrow("gone");
    expect(broken.held()).toBe(0);
    const stopping = new AbortController();
    const stopped = setUp(
      pbxOf(rows(250), (page, request) => {
        if (request > 2) stopping.abort(new Error("stopped"));
        return page;
      }),
    );
    await expect(stopped.copy({ rowsPerPart: 30, signal: stopping.signal })).rejects.toThrow("stopped");
    expect(stopped.held()).toBe(0);
    expect(stopped.seen).toEqual([{ rows: 100, total: 250 }]);
  });

  it("are discarded if reading restarts", async () => {
    const odd = { ...row(1), mos: "4" };
    const pbx = pbxOf([odd, ...rows(150).slice(1)], (page, request) =>
      request === 2 ? withoutIds(page) : page,
    );
    const { copy, keys, held } = setUp(pbx);
    const copied = await copy({ rowsPerPart: 60 });
    expect(copied).toMatchObject({
      carried: [],
      report: { rows: 150, paging: "offset" },
      findings: { unknown: { mos: 1 } },
      extremes: { first_id: "1", last_id: "150", min_start: `${day} 08:01:00`, max_start: `${day} 10:30:00` },
    });
    expect(sizes(copied)).toEqual([60, 60, 30]);
    expect(numbersOf(keys)).toEqual([1, 1, 2, 3]);
    expect(held()).toBe(5);
  });
});

describe("a day for which time does not suffice", () => {
  const part = { rowsPerPart: 10 };
  /** Legs for four parts while rows come; the held ones follow at the end. */
  const forty = held + 40;
  const timesOf = (...times: number[]): (() => number) => {
    const left = times.values();
    return () => left.next().value ?? 0;
  };

  it("gets its first part in any case, and stops before the second", async () => {
    const { copy, keys } = setUp(pbxOf(rows(forty)));
    const copied = await copy({ ...part, timeLeft: () => 0 });
    expect(sizes(copied)).toEqual([10]);
    expect(copied).toMatchObject({
      kind: "partial",
      cursor: { rows: held + 10, last: { id: String(held + 10) } },
      extremes: { first_id: "1", last_id: String(held + 10) },
    });
    expect(numbersOf(keys)).toEqual([1]);
  });

  it.each([
    ["twice the time of the longest part", [100], [200], 2],
    ["less than that", [100], [199], 1],
    ["twice the longest, though the last was shorter", [300, 0, 100], [600, 599], 2],
    ["enough for a part that took no time that a clock shows", [0], [2], 2],
    ["less than two milliseconds", [0], [1], 1],
  ])("continues with %s", async (_name, took, left, parts) => {
    const { copy } = setUp(pbxOf(rows(forty)), took);
    expect(sizes(await copy({ ...part, timeLeft: timesOf(...left) }))).toHaveLength(parts);
  });

  it.each([
    ["takes long enough for another", 1_199, [60]],
    ["leaves time for all", 1_200, [60, 60, 60, 60, 24]],
  ])("measures a part with the time in which its rows came: it %s", async (_name, left, parts) => {
    // the rows of the first part and those after it come in five pages of a tenth of a second; one is asked for ahead
    const { copy } = setUp(pbxOf(rows(200 + held)), [], 100);
    const copied = await copy({ rowsPerPart: 60, pageSize: 30, timeLeft: () => left });
    expect(sizes(copied)).toEqual(parts);
  });

  it("does not ask for the time left inside of a part, or without a limit", async () => {
    const { copy } = setUp(pbxOf(rows(250 + held)));
    let asked = 0;
    const timeLeft = (): number => ++asked && 9e9;
    expect(sizes(await copy({ rowsPerPart: 100, timeLeft }))).toEqual([100, 100, 100, held - 50]);
    expect(asked).toBe(2);
    expect(sizes(await copy({ rowsPerPart: 100 }))).toEqual([100, 100, 100, held - 50]);
  });

  it("is continued from its checkpoint, with the same legs and calls", async () => {
    const marked = [
      { ...row(1, "07:00:00"), mos: "4" },
      ...rows(forty - 1).slice(1),
      { ...row(forty), mos: "4" },
    ];
    const whole = await setUp(pbxOf(marked)).copy(part);
    const { copy, keys, held: uploaded } = setUp(pbxOf(marked));
    const first = await copy({ ...part, timeLeft: () => 0 });
    const left = structuredClone(first.findings);
    const rest = await copy(part, first);
    expect(first.findings, "an earlier run's findings do not change").toEqual(left);
    expect(rest.carried.map(({ rows: count }) => count)).toEqual([10, 10]);
    expect(numbersOf(keys)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const bytesOf = (dataset: string, ...copies: Copied[]) =>
      copies.flatMap(({ parts }) =>
        parts.filter(({ key }) => key.startsWith(dataset)).map(({ key, sha256 }) => [key, sha256]),
      );
    for (const dataset of ["legs/", "calls/"])
      expect(bytesOf(dataset, first, rest)).toEqual(bytesOf(dataset, whole));
    expect([rest.findings, rest.extremes]).toEqual([whole.findings, whole.extremes]);
    expect(rest.findings.unknown).toEqual({ mos: 2 });
    expect(rest).toMatchObject({ kind: "complete", counts: whole.kind === "complete" && whole.counts });
    expect(uploaded()).toBe(16);
  });

  it("has a cursor also if its first part is not new", async () => {
    const { copy } = setUp(pbxOf(rows(forty)));
    const first = await copy({ ...part, timeLeft: () => 0 });
    const second = await copy({ ...part, timeLeft: () => 0 }, first);
    expect([cursorOf(first)?.rows, cursorOf(second)?.rows]).toEqual([held + 10, held + 20]);
  });

  it("that is restarted counts its parts, and their time, from the first", async () => {
    const stale = pbxOf(rows(forty), (page, request) => (request === 10 ? withoutIds(page) : page));
    const { copy } = setUp(stale, [0, 0, 500, 0, 7, 0, 7]);
    const first = await copy({ ...part, pageSize: 10, timeLeft: () => 0 });
    const rest = await copy({ ...part, pageSize: 10, timeLeft: timesOf(1_000, 14, 13) }, first);
    expect(rest).toMatchObject({ carried: [], kind: "partial" });
    expect(cursorOf(rest)).toMatchObject({ plan: { paging: "offset" } });
  });
});
