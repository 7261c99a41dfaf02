import { describe, expect, it } from "vitest";
import { type CallOfDay, History, type HistoryOptions } from "../../simulator/history/history.ts";
import type { Row } from "../../simulator/history/row.ts";
import { Dice } from "../../simulator/scenes/dice.ts";
import { scenes } from "../../simulator/scenes/scenes.ts";

const historyOf = (options: Partial<HistoryOptions> = {}): History =>
  new History({
    seed: 1,
    zone: "Europe/Rome",
    calls: 300,
    callsOn: {},
    rowsOn: {},
    unanswered: true,
    days: 9,
    now: () => Date.parse("2026-11-24T10:00:00Z") / 1000,
    pbxid: "221100001bab",
    ...options,
  });
const monday = "2026-11-23";
const allCalls = (history: History): CallOfDay[] => history.days().flatMap(({ day }) => history.callsOf(day));
const allRows = (history: History): Row[] =>
  [...history.positions(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 1e9)].map((one) => one.row());
/** Epoch seconds, by the row's own offset. */
const startOf = (row: Row | undefined): number =>
  Date.parse(`${row?.start.replace(" ", "T")}${row?.["timezone"]}`) / 1000;
const rowsById = (history: History): Map<string, Row> =>
  new Map(allRows(history).map((row) => [row.id, row]));

describe("the truth", () => {
  it("has each row in exactly one call, and each call's rows in the order of its legs", () => {
    const history = historyOf();
    const ids = allCalls(history).flatMap((call) => call.ids);
    expect(ids.map(Number).toSorted((a, b) => a - b)).toEqual(allRows(history).map(({ id }) => Number(id)));
    expect(new Set(ids).size).toBe(ids.length);
  });
  it("agrees with the rows: who, when, how long", () => {
    const history = historyOf();
    const rows = rowsById(history);
    for (const { truth, ids } of allCalls(history)) {
      const own = ids.map((id) => rows.get(id));
      expect(Math.min(...own.map(startOf))).toBe(truth.started);
      if (truth.direction !== "inbound") continue;
      expect(own[0]).toMatchObject({
        from_number: truth.caller,
        from_name: truth.callerName,
        dst: truth.did,
      });
    }
  });
  it("has no channel in two calls", () => {
    const history = historyOf();
    const rows = rowsById(history);
    const callOf = new Map<string, string>();
    for (const { key, ids } of allCalls(history))
      for (const id of ids)
        for (const name of ["channel", "dstchannel"]) {
          const channel = String(rows.get(id)?.[name]);
          if (channel === "") continue;
          expect(callOf.get(channel) ?? key).toBe(key);
          callOf.set(channel, key);
        }
  });
  it("leaves out rows that were removed", () => {
    const history = historyOf();
    const call = history.callsOf(monday).find(({ ids }) => ids.length > 1);
    history.remove(Number(call?.ids[0]));
    expect(history.callsOf(monday).find(({ key }) => key === call?.key)?.ids).toEqual(call?.ids.slice(1));
  });
});

describe("how many", () => {
  it.each([0, 1, 7, 50, 777, 20_000])("rows a day has: exactly %i", (rows) => {
    for (const unanswered of [true, false]) {
      const history = historyOf({ rowsOn: { [monday]: rows }, unanswered, days: 4 });
      expect(history.countOf(monday)).toBe(rows);
      expect(history.rowsOf(monday)).toHaveLength(rows);
      expect(history.callsOf(monday).flatMap(({ ids }) => ids)).toHaveLength(rows);
    }
  });
  it.each([0, 1, 2, 19, 20, 500])("calls a day has: exactly %i", (calls) => {
    const history = historyOf({ callsOn: { [monday]: calls } });
    expect(history.callsOf(monday)).toHaveLength(calls);
  });
  it("calls a day has by its weekday: most on Mondays, few at weekends", () => {
    const history = historyOf({ calls: 1_000 });
    const counts = history.days().map(({ day }) => history.callsOf(day).length);
    // from Monday to Monday
    expect(counts.slice(0, 8)).toEqual([1_150, 1_050, 1_000, 1_000, 800, 300, 100, 1_150]);
  });
  it("calls of today are over", () => {
    const history = historyOf();
    const today = history.callsOf("2026-11-24");
    expect(today.length).toBeGreaterThan(20);
    for (const { truth } of today) expect(truth.ended).toBeLessThanOrEqual(history.options.now());
  });
});

describe("a seed", () => {
  it("gives the same calls each time, and another seed others", () => {
    const [first, again, other] = [historyOf(), historyOf(), historyOf({ seed: 2 })];
    expect(again.rowsOf(monday)).toEqual(first.rowsOf(monday));
    expect(again.callsOf(monday)).toEqual(first.callsOf(monday));
    expect(other.rowsOf(monday)).not.toEqual(first.rowsOf(monday));
  });
  it("gives a row the same content, whichever rows were read before", () => {
    const [inOrder, backwards] = [historyOf(), historyOf()];
    const ids = inOrder.rowsOf(monday).map(({ id }) => Number(id));
    const read = (history: History, id: number): Row | undefined =>
      [...history.positions(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, id, id)][0]?.row();
    const rows = ids.map((id) => read(inOrder, id));
    expect(
      ids
        .toReversed()
        .map((id) => read(backwards, id))
        .toReversed(),
    ).toEqual(rows);
  });
});

describe("the hours", () => {
  it("of a working day are full in the morning and in the afternoon, and nearly empty at night", () => {
    const history = historyOf({ callsOn: { "2026-11-18": 5_000 } });
    const hours = Array.from({ length: 24 }, () => 0);
    for (const { truth } of history.callsOf("2026-11-18")) {
      const hour = (new Date(truth.started * 1000).getUTCHours() + 1) % 24;
      hours[hour] = (hours[hour] ?? 0) + 1;
    }
    const between = (from: number, to: number): number =>
      hours.slice(from, to).reduce((all, one) => all + one, 0);
    expect(between(8, 18)).toBeGreaterThan(4_000);
    expect(between(0, 6)).toBeLessThan(150);
    expect(hours[9]).toBeGreaterThan(hours[12] ?? 0);
    expect(hours[14]).toBeGreaterThan(hours[13] ?? 0);
  });
  it("outside of office hours end in voicemail more often", () => {
    const history = historyOf({ callsOn: { "2026-11-18": 3_000, "2026-11-22": 3_000 } });
    const voicemails = (day: string): number =>
      history.callsOf(day).filter(({ truth }) => truth.outcome === "voicemail").length;
    expect(voicemails("2026-11-22")).toBeGreaterThan(3 * voicemails("2026-11-18"));
  });
});

describe("days that are not ordinary", () => {
  it("a call over midnight belongs to the day on which it began, and has a row on the next", () => {
    const history = historyOf();
    const [call] = history.callsOf(monday).filter(({ truth }) => truth.scene === "over-midnight");
    const rows = rowsById(history);
    expect(call?.ids.map((id) => rows.get(id)?.start.slice(0, 10))).toEqual([monday, "2026-11-24"]);
  });
  it.each([
    ["2026-10-25", "+0200", "+0100"],
    ["2026-03-29", "+0100", "+0200"],
  ])("on %s a call begins at %s and is passed on at %s, and its seconds are right", (day, before, after) => {
    const now = (): number => Date.parse(`${day}T23:30:00Z`) / 1000;
    const history = historyOf({ now, days: 3 });
    const [call] = history.callsOf(day).filter(({ truth }) => truth.scene === "over-clock-change");
    const rows = rowsById(history);
    const [first, second] = call?.ids.map((id) => rows.get(id)) ?? [];
    expect([first?.["timezone"], second?.["timezone"]]).toEqual([before, after]);
    const wall = (field: string): number => Date.parse(`${first?.[field]}Z`) / 1000;
    expect(wall("end") - wall("start") - Number(first?.["duration"])).toBe(before > after ? -3_600 : 3_600);
  });
});

describe("phones that rang for nothing", () => {
  it("leave no row by a switch, and the truth is the same", () => {
    const [all, some] = [historyOf(), historyOf({ unanswered: false })];
    const withoutIds = (history: History) => allCalls(history).map(({ key, truth }) => ({ key, truth }));
    expect(withoutIds(some)).toEqual(withoutIds(all));
    expect(some.countOf(monday)).toBeLessThan(all.countOf(monday) * 0.8);
    const rows = rowsById(some);
    for (const { ids, truth } of allCalls(some)) {
      expect(ids.length).toBeGreaterThan(0);
      expect(Math.min(...ids.map((id) => startOf(rows.get(id))))).toBe(truth.started);
    }
  });
});

describe("fields that a PBX may give or not", () => {
  it("linkedid is one for all legs of a call, and uniqueid one for all legs of a channel", () => {
    const history = historyOf();
    history.show({ callIds: true, channels: true });
    const rows = rowsById(history);
    const linked = new Set<unknown>();
    for (const { ids } of allCalls(history)) {
      const own = ids.map((id) => rows.get(id));
      const [linkedid, ...others] = new Set(own.map((row) => row?.["linkedid"]));
      expect([others, linked.has(linkedid)]).toEqual([[], false]);
      linked.add(linkedid);
      const pairs = new Set(own.map((row) => `${row?.["channel"]} ${row?.["uniqueid"]}`));
      expect(pairs.size).toBe(new Set(own.map((row) => row?.["channel"])).size);
      expect(own[0]?.["uniqueid"]).toBe(linkedid);
    }
  });
  it("channels are empty where the PBX gives none, also those of calls that were placed", () => {
    const history = historyOf();
    const [placed] = scenes["click-to-call"].play(
      { dice: new Dice(1), at: 1, boundary: 2, outsiders: 40, nextChannel: history.nextChannel },
      "click-to-call",
    );
    if (placed) history.add(placed);
    history.show({ callIds: false, channels: false });
    for (const row of allRows(history))
      expect([row["channel"], row["dstchannel"], row["linkedid"]]).toEqual(["", "", undefined]);
    history.show({ callIds: true, channels: true });
    const [second, first] = history.latest(2);
    expect([first?.["linkedid"], second?.["linkedid"]]).toEqual([first?.["uniqueid"], first?.["uniqueid"]]);
  });
});
