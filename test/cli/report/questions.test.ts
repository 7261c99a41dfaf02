import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { questionNames, readQuestion } from "../../../cli/report/questions.ts";
import { exportedDays } from "../../support/exported-days.ts";
import { questionsOn } from "../../support/questions.ts";
import { e164, localText, type TrueCall } from "../../support/true-calls.ts";

const { directory, truth: days } = await exportedDays([
  "2026-11-20",
  "2026-11-21",
  "2026-11-22",
  "2026-11-23",
]);
const [from = "", to = ""] = [days[0]?.day, days.at(-2)?.day];
/** The days asked for; the last day is read only for calls back. */
const asked = days.slice(0, -1);
const all = asked.flatMap(({ day, calls }) =>
  calls.map((call) => ({ ...call, day, at: Date.parse(call.started) })),
);
type Call = TrueCall & { readonly day: string; readonly at: number };
const everything: readonly Call[] = days.flatMap(({ day, calls }) =>
  calls.map((call) => ({ ...call, day, at: Date.parse(call.started) })),
);
const inbound = all.filter(({ direction }) => direction === "inbound");
/** Callers who hide their number have a word for it. */
const hasNumber = ({ direction, caller }: TrueCall): boolean => direction === "inbound" && /\d/.test(caller);
const isMissed = ({ direction, outcome }: TrueCall): boolean =>
  direction === "inbound" && ["abandoned", "no_answer", "busy", "failed"].includes(outcome);
const hourOf = ({ started }: TrueCall): number => Number(localText(started).slice(11, 13));
const numberOf = (number: string): string => e164(number) ?? number;
const sum = (calls: readonly TrueCall[]): number =>
  calls.reduce((all, { talk_seconds }) => all + talk_seconds, 0);
const is =
  (wanted: string) =>
  ({ outcome }: TrueCall): boolean =>
    outcome === wanted;

/** Calls by a key, the keys in order. */
const by = <T extends TrueCall>(calls: readonly T[], key: (call: T) => string): [string, T[]][] =>
  Object.entries(Object.groupBy(calls, key))
    .map(([name, of]): [string, T[]] => [name, of ?? []])
    .sort(([one], [other]) => (one < other ? -1 : 1));
const queueOf = ({ queue }: TrueCall): string => queue ?? "(no queue)";
const nth = (sorted: readonly number[], share: number): number =>
  sorted[Math.ceil(sorted.length * share) - 1] ?? 0;

const answer = questionsOn(directory, { from, to });

it("each file of sql/ is a question, and its comment names its parameters and columns", async () => {
  const files = (await readdir("sql")).filter((name) => name.endsWith(".sql"));
  const names = files.map((name) => name.replace(/\.sql$/, "")).sort();
  expect(names).toEqual(questionNames);
  for (const name of questionNames) {
    const question = await readQuestion(name);
    expect([name, question.title.endsWith("?")]).toEqual([name, true]);
    const marks = question.sql.replace(/--.*/g, "").match(/\?/g) ?? [];
    expect([name, question.parameters.length]).toEqual([name, marks.length]);
    const [first] = await answer(name);
    expect([name, Object.keys(first ?? {})]).toEqual([name, question.columns]);
  }
});

it("a PBX without calls has no rows in any answer", async () => {
  for (const name of questionNames) expect([name, await answer(name, { pbx: "rome" })]).toEqual([name, []]);
  expect(await answer("calls-by-day", { pbx: "milan" })).toEqual(await answer("calls-by-day"));
});

it("calls-by-day counts calls and missed calls", async () => {
  expect(await answer("calls-by-day")).toEqual(
    asked.map(({ day, calls }) => ({
      day,
      calls: calls.length,
      inbound: calls.filter((call) => call.direction === "inbound").length,
      outbound: calls.filter((call) => call.direction === "outbound").length,
      internal: calls.filter((call) => call.direction === "internal").length,
      answered: calls.filter((call) => call.direction === "inbound" && is("answered")(call)).length,
      missed: calls.filter(isMissed).length,
      voicemail: calls.filter((call) => call.direction === "inbound" && is("voicemail")(call)).length,
      fax: calls.filter((call) => call.direction === "inbound" && is("fax")(call)).length,
      other: 0,
    })),
  );
});

it("calls-by-day-and-hour counts calls by local hour", async () => {
  const expected = by(all, (call) => `${call.day} ${String(hourOf(call)).padStart(2, "0")}`).map(
    ([key, calls]) => ({
      day: key.slice(0, 10),
      weekday: new Date(`${key.slice(0, 10)}T00:00:00Z`).getUTCDay() || 7,
      hour: Number(key.slice(11)),
      calls: calls.length,
      inbound: calls.filter((call) => call.direction === "inbound").length,
      missed: calls.filter(isMissed).length,
    }),
  );
  expect(await answer("calls-by-day-and-hour")).toEqual(expected);
});

it("missed-by-queue-and-hour counts missed calls of each queue by local hour", async () => {
  const expected = by(inbound, (call) => `${queueOf(call)}/${String(hourOf(call)).padStart(2, "0")}`).map(
    ([key, calls]) => ({
      queue: key.slice(0, -3),
      hour: Number(key.slice(-2)),
      inbound: calls.length,
      missed: calls.filter(isMissed).length,
    }),
  );
  expect(await answer("missed-by-queue-and-hour")).toEqual(expected);
});

it("waits has the median, the 90th percentile and the longest wait of each queue", async () => {
  const expected = by(inbound, queueOf).map(([queue, calls]) => {
    const waits = calls.map(({ wait_seconds }) => wait_seconds).sort((one, other) => one - other);
    return {
      queue,
      calls: calls.length,
      median_seconds: nth(waits, 0.5),
      p90_seconds: nth(waits, 0.9),
      longest_seconds: waits.at(-1),
    };
  });
  expect(await answer("waits")).toEqual(expected);
});

it.each([
  [20, 5],
  [10, 30],
])("service-level counts answers within %i s, without abandoned calls under %i s", async (within, under) => {
  const expected = by(
    inbound.filter(({ queue }) => queue !== null),
    queueOf,
  ).map(([queue, calls]) => {
    const short = calls.filter((call) => is("abandoned")(call) && call.wait_seconds < under).length;
    const inTime = calls.filter((call) => is("answered")(call) && call.wait_seconds <= within).length;
    const offered = calls.length - short;
    return {
      queue,
      offered,
      in_time: inTime,
      abandoned: calls.filter(is("abandoned")).length - short,
      service_level: offered === 0 ? null : inTime / offered,
      short_abandoned: short,
    };
  });
  expect(await answer("service-level", { within, under })).toEqual(expected);
  if (within === 20) expect(await answer("service-level")).toEqual(expected);
});

it("talk-time-by-agent adds the talk time of each extension", async () => {
  const talks = all.filter((call) => call.direction !== "internal" && is("answered")(call));
  const agentOf = (call: TrueCall): string =>
    call.direction === "inbound" ? (call.answered_by ?? "") : call.caller;
  const expected = by(talks, agentOf)
    .filter(([agent]) => agent !== "")
    .map(([agent, calls]) => ({
      agent,
      inbound: calls.filter((call) => call.direction === "inbound").length,
      outbound: calls.filter((call) => call.direction === "outbound").length,
      talk_seconds: sum(calls),
    }))
    .sort((one, other) => other.talk_seconds - one.talk_seconds || (one.agent < other.agent ? -1 : 1));
  expect(await answer("talk-time-by-agent")).toEqual(expected.map((row) => expect.objectContaining(row)));
});

it("top-callers lists the callers with the most calls", async () => {
  const expected = by(inbound.filter(hasNumber), ({ caller }) => numberOf(caller))
    .map(([caller, calls]) => ({
      caller,
      calls: calls.length,
      missed: calls.filter(isMissed).length,
      last_call: localText(
        calls
          .map(({ started }) => started)
          .sort()
          .at(-1) ?? "",
      ),
    }))
    .sort((one, other) => other.calls - one.calls || (one.caller < other.caller ? -1 : 1));
  expect(await answer("top-callers")).toEqual(
    expected.slice(0, 20).map((row) => expect.objectContaining(row)),
  );
  expect(await answer("top-callers", { top: 3 })).toHaveLength(3);
});

/** Missed calls after which there was no contact; `inTime` says whether a contact came early enough. */
const neverCalledBack = (inTime: (missed: Call, contact: Call) => boolean) => {
  const open = all
    .filter((call) => isMissed(call) && hasNumber(call))
    .filter(
      (missed) =>
        !everything.some(
          (contact) =>
            contact.at > missed.at &&
            inTime(missed, contact) &&
            (contact.direction === "outbound"
              ? numberOf(contact.called) === numberOf(missed.caller)
              : contact.direction === "inbound" &&
                is("answered")(contact) &&
                contact.caller === missed.caller),
        ),
    );
  return by(open, ({ caller }) => numberOf(caller))
    .map(([caller, calls]) => ({ caller, missed: calls.length, at: Math.max(...calls.map(({ at }) => at)) }))
    .sort((one, other) => one.at - other.at || (one.caller < other.caller ? -1 : 1))
    .map(({ caller, missed, at }) => ({
      caller,
      missed,
      last_missed: localText(new Date(at).toISOString()),
    }));
};

it("never-called-back-same-day lists missed callers without a contact on their day", async () => {
  const expected = neverCalledBack((missed, contact) => contact.day === missed.day);
  expect(expected.length).toBeGreaterThan(0);
  expect(expected.length).toBeLessThan(new Set(all.filter(isMissed).map(({ caller }) => caller)).size);
  expect(await answer("never-called-back-same-day")).toEqual(
    expected.map((row) => expect.objectContaining(row)),
  );
});

it("never-called-back-24-hours also counts a contact on the day after the last day", async () => {
  const expected = neverCalledBack((missed, contact) => contact.at <= missed.at + 86_400_000);
  expect(await answer("never-called-back-24-hours")).toEqual(
    expected.map((row) => expect.objectContaining(row)),
  );
});

it("busiest-hours lists the hours with the most calls", async () => {
  const expected = by(all, (call) => `${call.day} ${String(hourOf(call)).padStart(2, "0")}`)
    .map(([key, calls]) => ({
      day: key.slice(0, 10),
      hour: Number(key.slice(11)),
      calls: calls.length,
      missed: calls.filter(isMissed).length,
    }))
    .sort((one, other) => other.calls - one.calls);
  expect(await answer("busiest-hours")).toEqual(expected.slice(0, 10));
});

it("voicemail-share divides voicemail by the calls from outside", async () => {
  const expected = by(inbound, queueOf).map(([queue, calls]) => {
    const voicemail = calls.filter(is("voicemail")).length;
    return { queue, inbound: calls.length, voicemail, share: voicemail / calls.length };
  });
  expect(await answer("voicemail-share")).toEqual(expected);
});

it("outbound-by-agent counts the calls of each extension to outside", async () => {
  const expected = by(
    all.filter(({ direction }) => direction === "outbound"),
    ({ caller }) => caller,
  )
    .map(([agent, calls]) => ({
      agent,
      calls: calls.length,
      answered: calls.filter(is("answered")).length,
      talk_seconds: sum(calls),
      share: calls.filter(is("answered")).length / calls.length,
    }))
    .sort((one, other) => other.calls - one.calls);
  expect(await answer("outbound-by-agent")).toEqual(expected.map((row) => expect.objectContaining(row)));
});

it("calls-by-trunk-and-did counts the calls of each trunk and number", async () => {
  const rows = await answer("calls-by-trunk-and-did");
  const inboundRows = rows.filter(({ direction }) => direction === "inbound");
  const expected = by(inbound, ({ trunk, did }) => `${trunk} ${did}`).map(([key, calls]) => [
    key,
    calls.length,
    calls.filter(isMissed).length,
    sum(calls),
  ]);
  expect(
    inboundRows
      .map((row) => [`${row["trunk"]} ${row["did"]}`, row["calls"], row["missed"], row["talk_seconds"]])
      .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
  ).toEqual(expected);
  // some legs of calls that failed name no trunk
  const outbound = all.filter(({ direction }) => direction === "outbound");
  const outboundRows = rows.filter(({ direction }) => direction === "outbound");
  expect(outboundRows.reduce((count, row) => count + Number(row["calls"]), 0)).toBe(outbound.length);
  const counts = rows.map((row) => Number(row["calls"]));
  expect(counts).toEqual(counts.toSorted((one, other) => other - one));
});

it("repeat-callers lists who called more than once on a day", async () => {
  const expected = asked.flatMap(({ day, calls }) =>
    by(calls.filter(hasNumber), ({ caller }) => numberOf(caller))
      .filter(([, of]) => of.length >= 2)
      .map(([caller, of]) => ({ day, caller, calls: of.length, missed: of.filter(isMissed).length }))
      .sort((one, other) => other.calls - one.calls),
  );
  expect(expected.length).toBeGreaterThan(0);
  expect(await answer("repeat-callers")).toEqual(expected.map((row) => expect.objectContaining(row)));
});

it("first-time-answered divides the callers whose first call was answered by all callers", async () => {
  const expected = asked.map(({ day, calls }) => {
    const firsts = by(calls.filter(hasNumber), ({ caller }) => numberOf(caller)).map(
      ([, of]) => of.toSorted((one, other) => (one.started < other.started ? -1 : 1))[0],
    );
    const answered = firsts.filter((call) => call !== undefined && is("answered")(call)).length;
    return { day, callers: firsts.length, answered_first: answered, share: answered / firsts.length };
  });
  expect(await answer("first-time-answered")).toEqual(expected);
});
