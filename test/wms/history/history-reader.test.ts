import { describe, expect, it } from "vitest";
import { type HistoryCursor, type ReadReport, readHistory } from "../../../lib/wms/history/call-history.ts";
import { addedOf, identity, takenOut } from "../../../lib/wms/history/history-rows.ts";
import { fc } from "../../support/fast-check.ts";
import { type ModelFaults, type ModelRow, PbxModel } from "../../support/pbx-model.ts";

const from = Date.parse("2026-11-23T00:00:00Z") / 1000;
const window = { from, to: from + 86_400 };

const stamp = (second: number): string =>
  new Date((from + second) * 1000).toISOString().slice(0, 19).replace("T", " ");
const row = (id: number, second: number, pbxid = "a"): ModelRow => ({
  id: String(id),
  start: stamp(second),
  pbxid,
});

interface Read {
  readonly rows: string[];
  readonly report: ReadReport;
  readonly cursors: (HistoryCursor | undefined)[];
  /** Whether reading began anew. */
  readonly anew: boolean;
}

/** Reads to the end; notes where reading stood behind each row. */
const readAll = async (
  pbx: PbxModel,
  options: { pageSize?: number } = {},
  cursor?: HistoryCursor,
): Promise<Read> => {
  const events = readHistory(pbx, window, { pageSize: 10, ...options }, cursor);
  let rows: string[] = [];
  let cursors: (HistoryCursor | undefined)[] = [];
  let anew = false;
  for (;;) {
    const next = await events.next();
    if (next.done) return { rows, report: next.value, cursors, anew };
    if (next.value.kind === "restart") [rows, cursors, anew] = [[], [], true];
    else {
      const event = next.value;
      rows.push(...event.rows.map(identity));
      cursors.push(...event.rows.map((_, at) => event.cursor(at + 1)));
    }
  }
};

/** A day as a PBX has it: ids ascend, starts come in any order, some in one second, some just outside the day. */
const days = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      second: fc.oneof(fc.integer({ min: 0, max: 86_399 }), fc.constantFrom(-1, 0, 43_200, 86_399, 86_400)),
    }),
    { maxLength: 60 },
  )
  .map((made) => {
    let id = 0;
    return made.map(({ gap, second }) => {
      id += gap;
      return row(id, second);
    });
  });
/** The same where the PBX was replaced in the middle: ids begin again under another serial. */
const replaced = days.map((rows) =>
  rows.map((each, at) =>
    at < rows.length / 2 ? each : { ...each, id: String(at + 1 - Math.ceil(rows.length / 2)), pbxid: "b" },
  ),
);
const faulty: fc.Arbitrary<ModelFaults> = fc.record(
  {
    idFilterIgnored: fc.boolean(),
    sortIgnored: fc.boolean(),
    exclusiveEnds: fc.boolean(),
    pageCap: fc.integer({ min: 3, max: 20 }),
  },
  { requiredKeys: [] },
);
const truth = (rows: readonly ModelRow[]): string[] =>
  rows.filter(({ start }) => start >= stamp(0) && start < stamp(86_400)).map(identity);

describe("a day is read whole, each row once", () => {
  it("whatever the day and however the PBX pages", () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(days, replaced), faulty, async (rows, faults) => {
        const { rows: read, report } = await readAll(new PbxModel(rows, faults));
        expect(read.toSorted()).toEqual(truth(rows).toSorted());
        expect(report.rows).toBe(read.length);
        if (report.totalBefore !== null) expect(report.totalBefore).toBe(report.totalAfter);
      }),
      { numRuns: 300 },
    ));

  it("also without counts, where the filter works or nothing does", () =>
    fc.assert(
      fc.asyncProperty(
        days,
        fc.constantFrom({}, { sortIgnored: true }, { idFilterIgnored: true }),
        async (rows, faults) => {
          const { rows: read, report } = await readAll(new PbxModel(rows, { ...faults, noTotal: true }));
          expect(read.toSorted()).toEqual(truth(rows).toSorted());
          expect([report.totalBefore, report.totalAfter]).toEqual(rows.length === 0 ? [0, 0] : [null, null]);
        },
      ),
      { numRuns: 100 },
    ));

  it.each(
    [100, 1_000, 10_000].flatMap(
      (cap) =>
        [
          [cap, {}],
          [cap, { sortIgnored: true }],
          [cap, { idFilterIgnored: true }],
        ] as const,
    ),
  )("behind a cap of %i rows, with %j", async (rowCap, faults) => {
    const rows = Array.from({ length: rowCap * 3 }, (_, n) =>
      row(n + 1, Math.floor((n * 86_400) / (rowCap * 3))),
    );
    const { rows: read, report } = await readAll(new PbxModel(rows, { ...faults, rowCap }), {
      pageSize: 1_000,
    });
    expect(read).toHaveLength(rows.length);
    expect(new Set(read).size).toBe(rows.length);
    expect(report.windows).toBeGreaterThan(2);
    expect(report.restarts.length).toBeGreaterThan(0);
  });

  it.each([{}, { sortIgnored: true }])(
    "rows in one second up to the cap are read, with %j",
    async (faults) => {
      const rows = Array.from({ length: 99 }, (_, n) => row(n + 1, 43_200));
      const more = Array.from({ length: 60 }, (_, n) => row(n + 200, n * 100));
      const { rows: read } = await readAll(new PbxModel([...rows, ...more], { ...faults, rowCap: 100 }));
      expect(read).toHaveLength(159);
    },
  );

  it.each([{}, { sortIgnored: true }])(
    "more rows in one second than the cap are a loud error, with %j",
    async (faults) => {
      const rows = Array.from({ length: 150 }, (_, n) => row(n + 1, 43_200));
      await expect(readAll(new PbxModel(rows, { ...faults, rowCap: 100 }))).rejects.toMatchObject({
        code: "WMS_HISTORY_INCOMPLETE",
      });
    },
  );

  it("a page that is full of one id is read in another way", async () => {
    const rows = Array.from({ length: 25 }, (_, n) => row(7, 100 + n, `pbx-${n}`));
    const { rows: read, report } = await readAll(new PbxModel(rows));
    expect(new Set(read).size).toBe(25);
    expect(report.paging).toBe("offset");
  });
});

describe("a window that moves while it is read", () => {
  /** Changes the rows once, at a request. */
  const moving = (pbx: PbxModel, at: number, change: () => void) => {
    let requests = 0;
    return {
      historyPage: (query: Parameters<PbxModel["historyPage"]>[0]) => {
        if (requests++ === at) change();
        return pbx.historyPage(query);
      },
    };
  };
  const rows = Array.from({ length: 60 }, (_, n) => row(n + 1, n * 60));
  it.each([{}, { sortIgnored: true }])("is read again until it stands still, with %j", (faults) =>
    fc.assert(
      fc.asyncProperty(fc.nat(12), fc.subarray(rows, { maxLength: 8 }), fc.nat(8), async (at, gone, come) => {
        const pbx = new PbxModel(rows, faults);
        const client = moving(pbx, at, () => {
          const added = Array.from({ length: come }, (_, n) => row(100 + n, 86_000 - n));
          pbx.rows = [...pbx.rows.filter((each) => !gone.includes(each)), ...added];
        });
        const events = readHistory(client, window, { pageSize: 10 });
        let read: string[] = [];
        for await (const event of events) {
          if (event.kind === "restart") read = [];
          else read.push(...event.rows.map(identity));
        }
        // what stood there all the time is there, and nothing that never was
        const standing = rows.filter((each) => !gone.includes(each)).map(identity);
        expect(read).toEqual(expect.arrayContaining(standing));
        expect(new Set(read).size).toBe(read.length);
        expect([...rows, ...pbx.rows].map(identity)).toEqual(expect.arrayContaining(read));
      }),
      { numRuns: 200 },
    ),
  );
  it("and is an error where it never does", async () => {
    let id = 1000;
    const pbx = new PbxModel(rows);
    const client = {
      historyPage: (query: Parameters<PbxModel["historyPage"]>[0]) => {
        // whenever rows are counted after a page
        if (query.count === 1) pbx.rows.push(row(id++, 5));
        return pbx.historyPage(query);
      },
    };
    const events = readHistory(client, window, { pageSize: 10 });
    const all = async (): Promise<void> => {
      for await (const event of events) expect(event.kind).toBeDefined();
    };
    await expect(all()).rejects.toMatchObject({ code: "WMS_HISTORY_INCOMPLETE" });
  });
});

describe("reading goes on behind any row", () => {
  it("with the rows that an undisturbed reading would have given, and the same report", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(days, replaced),
        faulty,
        fc.option(fc.integer({ min: 4, max: 30 }), { nil: undefined }),
        fc.nat(),
        async (rows, faults, rowCap, where) => {
          // a cap that one second exceeds is an error, and is tested above
          const seconds = new Map<string, number>();
          for (const { start } of rows) seconds.set(start, (seconds.get(start) ?? 0) + 1);
          const most = Math.max(0, ...seconds.values());
          // the bounds of a question reach a second further, so two seconds' rows can meet in it
          const cap = rowCap === undefined || rowCap < 3 * most + 1 ? {} : { rowCap };
          const pbx = new PbxModel(rows, { ...faults, ...cap });
          const whole = await readAll(pbx);
          if (whole.rows.length === 0) return;
          const at = where % whole.rows.length;
          const cursor: HistoryCursor = JSON.parse(JSON.stringify(whole.cursors[at]));
          expect(cursor.rows).toBe(at + 1);
          const rest = await readAll(pbx, {}, cursor);
          if (rest.report.restarts.length > whole.report.restarts.length) {
            // exclusive ends pass over a row that has the id of the one before; the counts tell, and all is read again
            expect([faults.exclusiveEnds, rest.rows.toSorted()]).toEqual([true, truth(rows).toSorted()]);
            return;
          }
          expect(rest.rows).toEqual(whole.rows.slice(at + 1));
          const { requests: _a, duplicates: _b, ...report } = rest.report;
          expect(whole.report).toMatchObject(report);
        },
      ),
      { numRuns: 500 },
    ));

  it.each([{}, { sortIgnored: true }])(
    "and sees what came and went since, beginning anew where it has to, with %j",
    async (faults) => {
      const rows = Array.from({ length: 50 }, (_, n) => row(n + 1, n * 60));
      for (const change of [rows.filter(({ id }) => id !== "7"), [...rows, row(99, 77)]]) {
        const pbx = new PbxModel(rows, faults);
        const first = await readAll(pbx);
        pbx.rows = change;
        const rest = await readAll(pbx, {}, first.cursors[19]);
        const all = [...(rest.anew ? [] : first.rows.slice(0, 20)), ...rest.rows];
        expect(all).toEqual(change.map(identity));
      }
    },
  );

  it("and begins anew where as many rows came as went, or the pieces are others now", async () => {
    const rows = Array.from({ length: 50 }, (_, n) => row(2 * n + 1, n * 1_700));
    const late = new PbxModel(rows, { sortIgnored: true });
    const { cursors } = await readAll(late);
    late.rows = [...late.rows.slice(0, -2), row(2, 50), row(4, 60)];
    const events = readHistory(late, window, { pageSize: 10 }, cursors[19]);
    const kinds: string[] = [];
    for await (const event of events) kinds.push(event.kind);
    expect(kinds).toContain("restart");

    const capped = new PbxModel(rows, { rowCap: 20 });
    const read = await readAll(capped);
    expect(read.report.windows).toBeGreaterThan(1);
    capped.faults = {};
    capped.rows = capped.rows.filter((_, n) => n > 40);
    const again = await readAll(capped, {}, read.cursors[45]);
    expect(again.report.restarts).toContain("the time windows of the day changed while it was read");
    expect(again.rows).toEqual(capped.rows.map(identity));
  });
});

describe("a large page", () => {
  /** Rows 50 and 51 have one id. */
  const rows = Array.from({ length: 120 }, (_, at) => row(at < 50 ? at + 1 : at, at, at === 50 ? "b" : "a"));
  it("comes in several events, which say how many of its rows follow", async () => {
    const events = readHistory(new PbxModel(rows), window, { pageSize: 120 });
    const counts: (readonly number[])[] = [];
    for await (const event of events) if (event.kind === "rows") counts.push([event.rows.length, event.left]);
    expect(counts).toEqual([
      [51, 69],
      [50, 19],
      [19, 0],
    ]);
  });
  it("is continued behind each of its rows", async () => {
    const whole = await readAll(new PbxModel(rows), { pageSize: 120 });
    expect(whole.rows).toEqual(rows.map(identity));
    for (const [at, cursor] of whole.cursors.entries()) {
      const rest = await readAll(new PbxModel(rows), { pageSize: 120 }, cursor);
      expect([rest.rows, rest.anew]).toEqual([whole.rows.slice(at + 1), false]);
    }
  });
  it("is taken out of its list, rows of one id together", () => {
    const taken = (...ids: number[]): number[][] => {
      const list = ids.map((id, at) => row(id, at));
      const groups = [...takenOut(list, 2)].map((group) => group.map(({ id }) => Number(id)));
      expect(list).toEqual([]);
      return groups;
    };
    expect(taken()).toEqual([]);
    expect(taken(1)).toEqual([[1]]);
    expect(taken(1, 2, 3)).toEqual([[1, 2], [3]]);
    expect(taken(1, 2, 2, 2, 3, 4, 4)).toEqual([
      [1, 2, 2, 2],
      [3, 4, 4],
    ]);
  });
});

describe("rows of a page that did not come before", () => {
  const ids = (rows: readonly ModelRow[]): string[] => rows.map(({ id, pbxid }) => `${id}${pbxid}`);
  const page = [row(1, 1), row(2, 2, "a"), row(2, 3, "b"), row(2, 2, "a"), row(2, 3, "b"), row(3, 4)];
  it("come once each, also where several have one id", () => {
    const { added, duplicates } = addedOf(page, undefined);
    expect([ids(added as ModelRow[]), duplicates]).toEqual([["1a", "2a", "2b", "3a"], 2]);
  });
  it("without the end of the page before, which comes again by right", () => {
    const end = { id: 2, rows: new Set([identity(row(2, 2, "a"))]) };
    const { added, duplicates } = addedOf(page.slice(1), end);
    expect([ids(added as ModelRow[]), duplicates]).toEqual([["2b", "3a"], 0]);
  });
  it.each([
    [[row(2, 2), row(1, 1)], "ids do not ascend from page to page"],
    [[{ ...row(1, 1), id: "x" }], "a leg has no numeric id"],
    [[{ ...row(1, 1), id: "" }], "a leg has no numeric id"],
  ])("%j: %s", (rows, reason) => expect(() => addedOf(rows, undefined)).toThrow(reason));
});
