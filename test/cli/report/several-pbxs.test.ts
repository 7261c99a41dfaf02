import { describe, expect, it } from "vitest";
import type { ReportRow } from "../../../cli/report/database.ts";
import { exportedPbxs } from "../../support/exported-days.ts";
import { questionsOn } from "../../support/questions.ts";
import { e164, type TrueCall } from "../../support/true-calls.ts";

const zones = { rome: "Europe/Rome", york: "America/New_York" } as const;
const days = ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21", "2026-11-22"];
/** The others are read only for calls back. */
const asked = ["2026-11-18", "2026-11-19", "2026-11-20"];
const [from = "", to = ""] = [asked[0], asked.at(-1)];
const { directory, truth } = await exportedPbxs(days, {
  rome: { zone: zones.rome, calls: 300, seed: 5 },
  york: { zone: zones.york, calls: 300, seed: 9 },
});

interface Call extends TrueCall {
  readonly pbx: keyof typeof zones;
  readonly day: string;
  readonly at: number;
}
const all: readonly Call[] = (["rome", "york"] as const).flatMap((pbx) =>
  (truth.get(pbx) ?? []).flatMap(({ day, calls }) =>
    calls.map((call) => ({ ...call, pbx, day, at: Date.parse(call.started) })),
  ),
);
const isAsked = ({ day }: Call): boolean => asked.includes(day);
const numberOf = (number: string): string => e164(number) ?? number;
const callerOf = ({ caller }: TrueCall): string => numberOf(caller);
const inbound = all.filter((call) => call.direction === "inbound" && /\d/.test(call.caller));
const isMissed = ({ outcome }: TrueCall): boolean =>
  ["abandoned", "no_answer", "busy", "failed"].includes(outcome);
const localStart = ({ pbx, at }: Call): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: zones[pbx], dateStyle: "short", timeStyle: "medium" }).format(
    at,
  );
const byTime = (one: Call, other: Call): number => one.at - other.at;
/** Calls by a key, each list by time. */
const by = (calls: readonly Call[], key: (call: Call) => string): [string, Call[]][] =>
  [...Map.groupBy(calls, key)].map(([name, of]) => [name, of.toSorted(byTime)]);

const answer = questionsOn(directory, { from, to }, { from, to });

/** Missed callers without a contact that counts, as rows without a name and a queue. */
const uncalled = (counts: (missed: Call, contact: Call) => boolean) => {
  const contacts = Map.groupBy(
    all.filter(
      (call) =>
        call.direction === "outbound" || (call.direction === "inbound" && call.outcome === "answered"),
    ),
    (call) => (call.direction === "outbound" ? numberOf(call.called) : callerOf(call)),
  );
  const open = inbound
    .filter((call) => isAsked(call) && isMissed(call))
    .filter(
      (missed) =>
        contacts
          .get(callerOf(missed))
          ?.some((contact) => contact.at > missed.at && counts(missed, contact)) !== true,
    );
  return by(open, callerOf)
    .map(([caller, calls]) => ({ caller, calls, last: calls.at(-1) }))
    .map(({ caller, calls, last }) => ({
      caller,
      missed: calls.length,
      last_missed: last === undefined ? "" : localStart(last),
    }));
};
const sorted = (rows: readonly ReportRow[]): ReportRow[] =>
  rows.toSorted((one, other) => (String(one["caller"]) < String(other["caller"]) ? -1 : 1));
const without = (rows: readonly ReportRow[], ...names: readonly string[]): ReportRow[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name))));

const soon = (missed: Call, contact: Call): boolean => contact.at <= missed.at + 86_400_000;
const sameDay = (missed: Call, contact: Call): boolean => contact.day === missed.day;

describe("with two PBXs in two time zones", () => {
  it.each([
    ["never-called-back-24-hours", soon],
    ["never-called-back-same-day", sameDay],
  ] as const)("%s takes a call back from either PBX", async (question, counts) => {
    const rows = without(await answer(question), "name", "queue");
    expect(sorted(rows)).toEqual(sorted(uncalled(counts)));
    const alone = uncalled((missed, contact) => contact.pbx === missed.pbx && counts(missed, contact));
    expect(alone.length).toBeGreaterThan(rows.length);
  });
  it("first-time-answered counts a caller of both PBXs once", async () => {
    const expected = asked.map((day) => {
      const callers = by(
        inbound.filter((call) => call.day === day),
        callerOf,
      );
      const answered = callers.filter(([, [first]]) => first?.outcome === "answered").length;
      return { day, callers: callers.length, answered_first: answered, share: answered / callers.length };
    });
    expect(await answer("first-time-answered")).toEqual(expected);
  });
  it("top-callers and repeat-callers count a caller of both PBXs once, with the times of the PBX that was called", async () => {
    const rowOf = (caller: string, calls: readonly Call[]) => ({
      caller,
      calls: calls.length,
      missed: calls.filter(isMissed).length,
      last_call: localStart(calls.at(-1) as Call),
    });
    const asking = inbound.filter(isAsked);
    const callers = by(asking, callerOf).map(([caller, calls]) => rowOf(caller, calls));
    expect(sorted(without(await answer("top-callers", { top: 9_999 }), "name"))).toEqual(sorted(callers));
    const repeated = by(asking, (call) => `${call.day} ${callerOf(call)}`)
      .filter(([, calls]) => calls.length > 1)
      .map(([key, calls]) => ({
        day: key.slice(0, 10),
        ...rowOf(key.slice(11), calls),
        first_call: localStart(calls[0] as Call),
      }));
    const keyed = (rows: readonly ReportRow[]) =>
      new Map(rows.map((row) => [`${row["day"]} ${row["caller"]}`, row]));
    expect(keyed(without(await answer("repeat-callers"), "name"))).toEqual(keyed(repeated));
  });
  it("counts only calls of the PBX that the parameter names, also calls back", async () => {
    const rows = await answer("never-called-back-24-hours", { pbx: "rome" });
    const missed = rows.reduce((sum, row) => sum + Number(row["missed"]), 0);
    const open = inbound.filter(
      (call) =>
        call.pbx === "rome" &&
        isAsked(call) &&
        isMissed(call) &&
        !all.some(
          (contact) =>
            contact.pbx === "rome" &&
            contact.at > call.at &&
            soon(call, contact) &&
            ((contact.direction === "outbound" && numberOf(contact.called) === callerOf(call)) ||
              (contact.direction === "inbound" &&
                contact.outcome === "answered" &&
                callerOf(contact) === callerOf(call))),
        ),
    );
    expect(missed).toBe(open.length);
  });
});
