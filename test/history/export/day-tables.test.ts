import { describe, expect, it } from "vitest";
import { canContinue, DayTables } from "../../../lib/history/export/day-tables.ts";
import type { ExportJob } from "../../../lib/history/export/export-job.ts";
import { rulesVersion } from "../../../lib/history/grouping/grouping.ts";
import { formatLocal } from "../../../lib/wms/local-time.ts";
import type { CallRecord } from "../../../lib/wms/operations/history-page.ts";
import { plainStore } from "../../support/plain-store.ts";

const day = "2026-11-23";
const job: ExportJob = { pbx: "milan", zone: "Europe/Rome", day, callIdField: "linkedid" };
const midnight = Date.parse("2026-11-24T00:00:00Z") / 1000;
/** A leg of a call of its own, so many seconds after the end of the day. */
const leg = (id: number, seconds: number, linkedid = `call-${id}`): CallRecord => ({
  id: String(id),
  start: formatLocal(midnight + seconds),
  end: formatLocal(midnight + seconds),
  from_number: `003902${1_000_000 + id}`,
  to_number: "102",
  billsec: "1",
  disposition: "ANSWERED",
  pbxid: "p1",
  timezone: "+0100",
  linkedid,
});
const times = <T>(count: number, of: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => of(at));

/** Adds all rows, and stops where a part ends if `stops`. Returns the rows that were not taken. */
const addAll = async (tables: DayTables, rows: readonly CallRecord[], stops = false) => {
  let left = rows;
  while (left.length > 0) {
    const { completed } = tables;
    left = left.slice(await tables.add(left));
    if (stops && tables.completed > completed) break;
  }
  return left;
};
const said = async (tables: DayTables) =>
  (await tables.finish()).map(({ key, rows, sha256 }) => ({ key, rows, sha256 }));
/** As a manifest has them. */
const asParts = (parts: Awaited<ReturnType<typeof said>>) =>
  parts.map((part) => ({ ...part, etag: "e", size: 1 }));
const keyOf = (dataset: string, part: number): string =>
  `${dataset}/dt=${day}/pbx=milan/part-0000${part}.ndjson.gz`;

describe("the tables of a day", () => {
  it("have the calls that begin on the day, and count them by their certainty", async () => {
    const tables = new DayTables(plainStore(), job);
    await addAll(tables, [leg(1, -90_000), leg(2, -600), leg(3, -300), leg(4, 300)]);
    await tables.end();
    expect(tables.counts).toEqual({ exact: 2, channel: 0, inferred: 0 });
    expect(await said(tables)).toMatchObject([
      { key: keyOf("legs", 1), rows: 2 },
      { key: keyOf("calls", 1), rows: 2 },
    ]);
  });

  it("end the parts of both datasets at the same time", async () => {
    const store = plainStore();
    const callsAreThere = Promise.withResolvers<void>();
    const waiting: typeof store = {
      ...store,
      stage: async (key, bytes) => {
        const staged = await store.stage(key, bytes);
        if (key === keyOf("calls", 1)) callsAreThere.resolve();
        else await callsAreThere.promise;
        return staged;
      },
    };
    const tables = new DayTables(waiting, job);
    await addAll(tables, [leg(1, -600)]);
    await tables.end();
    expect((await said(tables)).map(({ key }) => key)).toEqual([keyOf("legs", 1), keyOf("calls", 1)]);
  });

  it("count rows with an erased number, also over a continuation", async () => {
    const erased = { test: (text: string) => text === "0039021000002", isCurrent: async () => true };
    const tables = new DayTables(plainStore(), { ...job, erased });
    expect(tables.state()).not.toHaveProperty("erased");
    await addAll(tables, [leg(1, -600), leg(2, -300)]);
    await tables.end();
    expect(tables.erased).toEqual({ legs: 1, calls: 1 });
    const state = tables.state();
    expect(state.erased).toEqual({ legs: 1, calls: 1 });
    const next = new DayTables(plainStore(), job, { parts: [], state, findings: tables.findings });
    expect(next.erased).toEqual({ legs: 1, calls: 1 });
  });

  it("give the same parts if legs settle together behind the end of a part, and the run stops there", async () => {
    // all settle at once when a leg comes a minute later, except the last 64
    const rows = [...times(100, (at) => leg(at + 1, -600)), ...times(2, (at) => leg(101 + at, -500 + at))];
    const small = { ...job, rowsPerPart: 20 };
    const whole = new DayTables(plainStore(), small);
    await addAll(whole, rows);
    await whole.end();

    const first = new DayTables(plainStore(), small);
    const left = await addAll(first, rows, true);
    const state = structuredClone(first.state());
    expect(state.legs).toHaveLength(17);
    const parts = await said(first);
    const rest = new DayTables(plainStore(), small, {
      parts: asParts(parts),
      state,
      findings: first.findings,
    });
    await addAll(rest, left);
    await rest.end();
    const byKey = (all: typeof parts) => all.toSorted((a, b) => a.key.localeCompare(b.key));
    expect(byKey([...parts, ...(await said(rest))])).toEqual(byKey(await said(whole)));
    expect(rest.counts).toEqual(whole.counts);
  });

  it("keep a call that ends after the day for the next run if no part is open", async () => {
    const rows = [
      leg(1, -10, "over midnight"),
      { ...leg(2, 20, "over midnight"), from_number: "0039021000001" },
      ...times(100, (at) => leg(at + 3, 60 + at * 300)),
    ];
    const small = { ...job, rowsPerPart: 1 };
    const first = new DayTables(plainStore(), small);
    await addAll(first, rows);
    const state = structuredClone(first.state());
    const parts = await said(first);
    expect(parts).toMatchObject([{ key: keyOf("legs", 1), rows: 1 }]);
    expect([state.legs, state.calls]).toMatchObject([[], [{ leg_ids: ["1", "2"] }]]);

    const rest = new DayTables(plainStore(), small, {
      parts: asParts(parts),
      state,
      findings: first.findings,
    });
    await rest.end();
    expect(await said(rest)).toMatchObject([{ key: keyOf("calls", 1), rows: 1 }]);
  });
});

it("a state of other grouping rules cannot be continued", () => {
  const state = new DayTables(plainStore(), job).state();
  expect(canContinue(state)).toBe(true);
  const other = { ...state, grouper: { ...state.grouper, rules: rulesVersion + 1 } };
  expect(canContinue(other)).toBe(false);
});
