import { describe, expect, it } from "vitest";
import { type Copied, copyRows, type ExportProgress } from "../../../lib/history/export/copy-rows.ts";
import type { ExportJob } from "../../../lib/history/export/export-job.ts";
import type { Limits } from "../../../lib/wms/client.ts";
import type { CallRecord, HistoryPage, HistoryPageQuery } from "../../../lib/wms/operations/history-page.ts";
import { plainStore } from "../../support/plain-store.ts";

const day = "2026-11-23";
const row = (id: number, start = "12:00:00"): CallRecord => ({
  id: String(id),
  start: `${day} ${start}`,
  end: "",
  from_number: "101",
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
  let held = 0;
  const watched = {
    ...store,
    stage: async (...[key, bytes]: Parameters<typeof store.stage>) => {
      keys.push(key);
      now += took[begun++] ?? 0;
      held++;
      const staged = await store.stage(key, bytes).catch((error: unknown) => {
        held--;
        throw error;
      });
      return { ...staged, abort: async () => void held-- };
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
            progress: { cursor: before.cursor, findings: before.findings, extremes: before.extremes },
          }
        : undefined,
      (progress) => seen.push(progress),
    );
  return { copy, keys, seen, held: () => held };
};
const cursorOf = (copied: Copied) => (copied.kind === "partial" ? copied.cursor : undefined);
const sizes = ({ parts }: Copied): number[] => parts.map(({ rows }) => rows);

describe("the rows of a day", () => {
  it("fill parts that are not visible, and progress is reported after each page", async () => {
    const { copy, keys, seen, held } = setUp(pbxOf(rows(250)));
    const copied = await copy({ rowsPerPart: 120 });
    expect(copied).toMatchObject({ carried: [], kind: "complete", report: { rows: 250, paging: "id" } });
    expect(sizes(copied)).toEqual([120, 120, 10]);
    expect(keys).toEqual([1, 2, 3].map((part) => `legs/dt=${day}/pbx=milan/part-0000${part}.ndjson.gz`));
    expect(seen).toEqual([100, 200, 250].map((count) => ({ rows: count, total: 250 })));
    expect(held()).toBe(3);
    await copied.abort();
    expect(held()).toBe(0);
  });

  it("give the first and last id, and the earliest and latest start", async () => {
    const { copy } = setUp(
      pbxOf([row(1, "12:00:00"), row(2, "08:00:00"), row(3, "23:00:00"), row(4, "09:00:00")]),
    );
    expect((await copy()).extremes).toEqual({
      first_id: "1",
      last_id: "4",
      min_start: `${day} 08:00:00`,
      max_start: `${day} 23:00:00`,
    });
  });

  it("are requested with the settings of the job", async () => {
    const pbx = pbxOf(rows(1));
    const { signal } = new AbortController();
    await setUp(pbx).copy({ dateFormat: "dmy", pageSize: 7, timeoutMs: 99, signal });
    expect(pbx.asked[0]).toEqual([
      expect.objectContaining({
        count: 7,
        filter: { start: { from: "22/11/2026 23:59", to: "24/11/2026 00:00" } },
      }),
      { timeoutMs: 99, signal },
    ]);
    const plain = pbxOf(rows(1));
    await setUp(plain).copy();
    expect(plain.asked[0]?.[1]).toStrictEqual({});
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
      extremes: { first_id: "1", last_id: "150", min_start: `${day} 12:00:00`, max_start: `${day} 12:00:00` },
    });
    expect(sizes(copied)).toEqual([60, 60, 30]);
    expect(keys.map((key) => Number(/part-(\d+)/.exec(key)?.[1]))).toEqual([1, 2, 1, 2, 3]);
    expect(held()).toBe(3);
  });
});

describe("a day for which time does not suffice", () => {
  const part = { rowsPerPart: 10 };
  const timesOf = (...times: number[]): (() => number) => {
    const left = times.values();
    return () => left.next().value ?? 0;
  };

  it("gets its first part in any case, and stops before the second", async () => {
    const { copy, keys } = setUp(pbxOf(rows(40)));
    const copied = await copy({ ...part, timeLeft: () => 0 });
    expect(sizes(copied)).toEqual([10]);
    expect(copied).toMatchObject({ kind: "partial", cursor: { rows: 10, last: { id: "10" } } });
    expect(keys).toHaveLength(1);
  });

  it.each([
    ["twice the time of the longest part", [100], [200], 2],
    ["less than that", [100], [199], 1],
    ["twice the longest, though the last was shorter", [300, 100], [600, 599], 2],
    ["enough for a part that took no time that a clock shows", [0], [2], 2],
    ["less than two milliseconds", [0], [1], 1],
  ])("continues with %s", async (_name, took, left, parts) => {
    const { copy } = setUp(pbxOf(rows(40)), took);
    expect(sizes(await copy({ ...part, timeLeft: timesOf(...left) }))).toHaveLength(parts);
  });

  it.each([
    ["takes long enough for another", 199, [60]],
    ["leaves time for all", 200, [60, 60, 60, 20]],
  ])("measures a part whose rows came in two pages: it %s", async (_name, left, parts) => {
    // while the second page is waited for the PBX takes a tenth of a second
    const { copy } = setUp(pbxOf(rows(200)), [], 100);
    const copied = await copy({ rowsPerPart: 60, pageSize: 30, timeLeft: () => left });
    expect(sizes(copied)).toEqual(parts);
  });

  it("does not ask for the time left inside of a part, or without a limit", async () => {
    const { copy } = setUp(pbxOf(rows(250)));
    let asked = 0;
    const timeLeft = (): number => ++asked && 9e9;
    expect(sizes(await copy({ rowsPerPart: 100, timeLeft }))).toEqual([100, 100, 50]);
    expect(asked).toBe(2);
    expect(sizes(await copy({ rowsPerPart: 100 }))).toEqual([100, 100, 50]);
  });

  it("is continued from its checkpoint, with the same result", async () => {
    const all = [row(1, "23:00:00"), ...rows(39).slice(1), { ...row(40), mos: "4" }];
    const marked = [{ ...row(1, "23:00:00"), mos: "4" }, ...all.slice(1)];
    const whole = await setUp(pbxOf(marked)).copy(part);
    const { copy, keys, seen, held } = setUp(pbxOf(marked));
    const first = await copy({ ...part, timeLeft: () => 0 });
    const left = structuredClone(first.findings);
    const rest = await copy(part, first);
    expect(first.findings, "what an earlier run has left stays as it is").toEqual(left);
    expect(rest.carried.map(({ rows }) => rows)).toEqual([10]);
    expect(sizes(rest)).toEqual([10, 10, 10]);
    expect(keys.map((key) => Number(/part-(\d+)/.exec(key)?.[1]))).toEqual([1, 2, 3, 4]);
    expect(seen).toEqual([{ rows: 40, total: 40 }]);
    expect([...first.parts, ...rest.parts].map(({ sha256 }) => sha256)).toEqual(
      whole.parts.map(({ sha256 }) => sha256),
    );
    expect([rest.findings, rest.extremes]).toEqual([whole.findings, whole.extremes]);
    expect(rest.findings.unknown).toEqual({ mos: 2 });
    expect(held()).toBe(4);
  });

  it("has a cursor also if its first part is not new", async () => {
    const { copy } = setUp(pbxOf(rows(40)));
    const first = await copy({ ...part, timeLeft: () => 0 });
    const second = await copy({ ...part, timeLeft: () => 0 }, first);
    expect([cursorOf(first)?.rows, cursorOf(second)?.rows]).toEqual([10, 20]);
  });

  it("that is restarted counts its parts, and their time, from the first", async () => {
    const stale = pbxOf(rows(40), (page, request) => (request === 5 ? withoutIds(page) : page));
    const { copy } = setUp(stale, [0, 500, 7, 7]);
    const first = await copy({ ...part, pageSize: 10, timeLeft: () => 0 });
    const rest = await copy({ ...part, pageSize: 10, timeLeft: timesOf(14, 13) }, first);
    expect(rest).toMatchObject({ carried: [], kind: "partial" });
    expect(sizes(rest)).toEqual([10, 10]);
    expect(cursorOf(rest)).toMatchObject({ plan: { paging: "offset" }, rows: 20 });
  });
});
