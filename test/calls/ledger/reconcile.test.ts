import { describe, expect, it } from "vitest";
import type { HeldCall } from "../../../lib/calls/ledger/ledger.ts";
import { callTimes, type LedgerCall } from "../../../lib/calls/ledger/record.ts";
import type { CallRecord as HistoryRow } from "../../../lib/wms/operations/history-page.ts";
import type { TransportResult } from "../../../lib/wms/sending/transport.ts";
import { callsWith, crm, openSettings } from "../../support/calls.ts";
import { unknownRecord as record, row } from "../../support/history-rows.ts";
import { answer, lost, ok, type Sent } from "../../support/scripted.ts";

const page = (...records: HistoryRow[]) => ok({ total: records.length, records });
/** Anew each time: an answer can be read once. */
const newest = () => page(row({ id: "9", start: "2023-11-14 23:59:59" }));
const unknownCall = async (fixture: ReturnType<typeof callsWith>, key = "k"): Promise<HeldCall> => {
  const { id, state } = await fixture.placed({ extension: "108", to: "+16144841500" }, { key });
  const held = await fixture.ledger.read(id);
  if (held === undefined || state !== "UNKNOWN") throw new Error(`the call is ${state}`);
  return held;
};
const lookAgain = (fixture: ReturnType<typeof callsWith>, { value }: HeldCall) =>
  fixture.calls.look(value.id, crm);
const query = (sent: Sent | undefined): Record<string, string> =>
  Object.fromEntries(new URL(sent?.target ?? "", "https://pbx").searchParams);

describe("an unknown call", () => {
  it("is settled by the PBX's history, which is asked for its time by the PBX's clock", async () => {
    const fixture = callsWith({
      script: [answer(500, {}), newest, page(row({ id: "4", from_number: "5" }), row())],
    });
    const call = await unknownCall(fixture);
    fixture.clock.at += 60_000;
    const found = await lookAgain(fixture, call);
    expect(found).toMatchObject({ state: "PLACED", evidence: { kind: "inferred", row: "7" } });
    expect(found.steps.map(({ state }) => state)).toEqual(["RESERVED", "SENDING", "UNKNOWN", "PLACED"]);
    expect(query(fixture.sent[1])).toMatchObject({ sort: "start", dir: "DESC", count: "1" });
    expect(query(fixture.sent[2])).toEqual({
      sort: "id",
      dir: "ASC",
      start: "0",
      count: "500",
      "filter[start][from]": "2023-11-14 23:12:20",
      "filter[start][to]": "2023-11-14 23:14:45",
    });
    expect(fixture.sent.slice(1).map(({ exchange }) => exchange.timeoutMs)).toEqual([5_000, 5_000]);
  });
  it.each([
    ["dmy", "14/11/2023 23:12", "14/11/2023 23:15"],
    ["mdy", "11/14/2023 23:12", "11/14/2023 23:15"],
  ] as const)("of a PBX that writes %s is asked for by whole minutes", async (date_format, from, to) => {
    const fixture = callsWith({
      settings: { ...openSettings, date_format },
      script: [answer(500, {}), newest, page()],
    });
    await lookAgain(fixture, await unknownCall(fixture));
    expect(query(fixture.sent[2])).toMatchObject({ "filter[start][from]": from, "filter[start][to]": to });
  });
  it("is settled by a row without a zone, or with the number as this PBX shows it", async () => {
    const settings = {
      ...openSettings,
      country: "US",
      outside_prefix: "9",
      dial_format: "national",
    } as const;
    for (const shown of [{ timezone: undefined }, { to_number: "96144841500" }]) {
      const fixture = callsWith({ settings, script: [answer(500, {}), newest, page(row(shown))] });
      expect(await lookAgain(fixture, await unknownCall(fixture))).toMatchObject({ evidence: { row: "7" } });
    }
  });
  it("of a PBX without a row, or an offset, is asked for in UTC", async () => {
    for (const nothing of [page(), page(row({ timezone: undefined }))]) {
      const fixture = callsWith({ script: [answer(500, {}), nothing, page()] });
      await lookAgain(fixture, await unknownCall(fixture));
      expect(query(fixture.sent[2])["filter[start][from]"]).toBe("2023-11-14 22:12:20");
    }
  });
  it("is looked for on every page, ten at most", async () => {
    const full = () =>
      page(...Array.from({ length: 500 }, (_, n) => row({ id: String(n), from_number: "1" })));
    const fixture = callsWith({ script: [answer(500, {}), newest, full(), page(row())] });
    expect(await lookAgain(fixture, await unknownCall(fixture))).toMatchObject({ evidence: { row: "7" } });
    expect(query(fixture.sent[3])["start"]).toBe("500");
    const endless = callsWith({ script: [answer(500, {}), newest, ...Array.from({ length: 10 }, full)] });
    expect(await lookAgain(endless, await unknownCall(endless))).toMatchObject({ state: "UNKNOWN" });
    expect(endless.sent).toHaveLength(12);
    expect(endless.logged).toHaveLength(1);
  });
  it("is asked for once in 15 seconds, and the offset once in ten minutes", async () => {
    const fixture = callsWith({ script: [answer(500, {}), newest, page(), page(), newest, page()] });
    const call = await unknownCall(fixture);
    await lookAgain(fixture, call);
    expect(fixture.sent).toHaveLength(3);
    fixture.clock.at += 14_999;
    await lookAgain(fixture, call);
    expect(fixture.sent).toHaveLength(3);
    fixture.clock.at += 1;
    await lookAgain(fixture, call);
    expect(fixture.sent).toHaveLength(4);
    fixture.clock.at += 600_000;
    await lookAgain(fixture, call);
    expect(fixture.sent).toHaveLength(6);
  });
  it("of two who ask at once only one does", async () => {
    const fixture = callsWith({ script: [answer(500, {}), newest, page()] });
    const call = await unknownCall(fixture);
    const seen = await Promise.all([lookAgain(fixture, call), lookAgain(fixture, call)]);
    expect(seen.map(({ askedAt }) => askedAt)).toEqual([fixture.clock.now(), fixture.clock.now()]);
    expect([fixture.sent.length, fixture.logged.length]).toEqual([3, 1]);
  });
  it("stays unknown while the PBX cannot be asked, and is asked again", async () => {
    const fixture = callsWith({ script: [answer(500, {}), answer(403, {}), newest, page(row())] });
    const call = await unknownCall(fixture);
    expect(await lookAgain(fixture, call)).toMatchObject({ state: "UNKNOWN" });
    expect(fixture.logged.at(-1)).toMatchObject({
      message: "call history could not be read for a call",
      call: call.value.id,
      pbx: "milan",
      code: "WMS_FORBIDDEN",
    });
    fixture.clock.at += 15_000;
    expect(await lookAgain(fixture, call)).toMatchObject({ state: "PLACED" });
  });
  it("is given up after six hours, once, and counted", async () => {
    const fixture = callsWith({ script: [answer(500, {}), newest, page()] });
    const call = await unknownCall(fixture);
    fixture.clock.at += callTimes.askForMs - 1;
    expect(await lookAgain(fixture, call)).toMatchObject({ state: "UNKNOWN" });
    expect(fixture.metric("calls_given_up")).toBe(0);
    fixture.clock.at += 15_000;
    const seen = await Promise.all([
      lookAgain(fixture, call),
      lookAgain(fixture, call),
      lookAgain(fixture, call),
    ]);
    expect(seen[0]).toMatchObject({ state: "UNKNOWN", givenUp: true });
    await lookAgain(fixture, call);
    expect([fixture.metric("calls_given_up"), fixture.sent.length]).toEqual([1, 3]);
    expect(fixture.logged.at(-1)).toMatchObject({
      message: "no leg in the call history shows whether a call was placed",
      call: call.value.id,
    });
  });
  it("is settled by no row that settled another", async () => {
    const second = row({ id: "8", start: "2023-11-14 23:13:40" });
    const fixture = callsWith({
      script: [
        answer(500, {}),
        answer(500, {}),
        answer(500, {}),
        newest,
        page(row(), second),
        page(row(), second),
        page(row(), second),
      ],
    });
    const calls = [
      await unknownCall(fixture, "a"),
      await unknownCall(fixture, "b"),
      await unknownCall(fixture, "c"),
    ];
    const found: unknown[] = [];
    for (const call of calls) found.push((await lookAgain(fixture, call)).evidence?.row);
    expect(found).toEqual(["7", "8", undefined]);
    expect(fixture.logged).toHaveLength(3);
    expect(await Array.fromAsync(fixture.state.list("calls/evidence/milan"))).toHaveLength(2);
  });
  it("keeps the row that it took when it is asked again after a crash", async () => {
    let crash = true;
    const fixture = callsWith({
      script: [answer(500, {}), newest, page(row()), page(row())],
      state: (inner) => ({
        ...inner,
        write: async (key, value, expect_, expiresAt) => {
          if (crash && key.partition.startsWith("call/") && (value as LedgerCall).evidence !== undefined) {
            crash = false;
            throw new Error("crashed");
          }
          return inner.write(key, value, expect_, expiresAt);
        },
      }),
    });
    const call = await unknownCall(fixture);
    expect(await lookAgain(fixture, call)).toMatchObject({ state: "UNKNOWN" });
    fixture.clock.at += 15_000;
    expect(await lookAgain(fixture, call)).toMatchObject({ state: "PLACED", evidence: { row: "7" } });
  });
  it("with a mark is known by it, also where another took the row for its own", async () => {
    const settings = { ...openSettings, call_marker: "account" as const };
    const rows: HistoryRow[] = [];
    const fixture = callsWith({
      settings,
      script: [answer(500, {}), answer(500, {}), newest, () => page(...rows), () => page(...rows)],
    });
    const [first, second] = [await unknownCall(fixture, "a"), await unknownCall(fixture, "b")];
    rows.push(row({ userfield: second.value.mark }));
    expect(await lookAgain(fixture, first)).toMatchObject({ evidence: { kind: "inferred", row: "7" } });
    expect(await lookAgain(fixture, second)).toMatchObject({ evidence: { kind: "exact", row: "7" } });
  });
});

describe("two who take a call for dead", () => {
  it("note it once, and see the same", async () => {
    const fixture = callsWith();
    const { state: _s, steps: _t, sends: _n, reservedAt: _r, changedAt: _c, ...call } = record;
    const reserved = await fixture.ledger.reserve(call, undefined);
    const sending = reserved && (await fixture.ledger.move(reserved, "SENDING"));
    if (sending === undefined) throw new Error("the call was lost");
    fixture.clock.at += callTimes.settleMs;
    const [first, second] = await Promise.all([
      fixture.reconcile.noteAbandoned(sending),
      fixture.reconcile.noteAbandoned(sending),
    ]);
    expect([first.value.state, second.version]).toEqual(["UNKNOWN", first.version]);
    expect(fixture.metric("calls_unknown")).toBe(1);
  });
  it("of which one comes when it is gone", async () => {
    const fixture = callsWith();
    const { state: _s, steps: _t, sends: _n, reservedAt: _r, changedAt: _c, ...call } = record;
    const reserved = await fixture.ledger.reserve(call, undefined);
    const sending = reserved && (await fixture.ledger.move(reserved, "SENDING"));
    if (sending === undefined) throw new Error("the call was lost");
    fixture.clock.at += callTimes.settleMs;
    await fixture.state.remove({ partition: `call/${call.id}`, id: "call" }, { version: sending.version });
    expect(await fixture.reconcile.noteAbandoned(sending)).toBe(sending);
  });
});

describe("an answer that comes late", () => {
  /** A PBX during whose answer something happens to the record of the call. */
  const during = (answer_: TransportResult, act: (held: HeldCall) => Promise<unknown>) => {
    const fixture = callsWith({
      script: [
        async () => {
          const [open] = await Array.fromAsync(fixture.ledger.listOpen());
          const held = await fixture.ledger.read(open?.id ?? "");
          if (held !== undefined) await act(held);
          return answer_;
        },
      ],
    });
    return fixture;
  };
  it("of a call that was taken for dead: it was placed, and that is known better here", async () => {
    const fixture = during(ok(), (held) => fixture.ledger.move(held, "UNKNOWN"));
    const record_ = await fixture.placed();
    expect(record_).toMatchObject({ state: "PLACED" });
    expect(record_.steps.at(-1)).toMatchObject({ state: "PLACED", note: "answered late" });
  });
  it("and says that nothing rang: it stays unknown, as it was told", async () => {
    const fixture = during(answer(403, {}), (held) => fixture.ledger.move(held, "UNKNOWN"));
    expect(await fixture.placed()).toMatchObject({ state: "UNKNOWN" });
  });
  it("and history was faster: its word stands", async () => {
    const fixture = during(ok(), async (held) => {
      const unknown = await fixture.ledger.move(held, "UNKNOWN");
      const evidence = { kind: "exact", row: "1" } as const;
      return unknown && fixture.ledger.move(unknown, "PLACED", { evidence });
    });
    expect(await fixture.placed()).toMatchObject({ state: "PLACED", evidence: { row: "1" } });
  });
  it("to a record that is gone: what was held is told", async () => {
    const fixture = during(lost("maybeSent"), (held) =>
      fixture.state.remove({ partition: `call/${held.value.id}`, id: "call" }, { version: held.version }),
    );
    expect(await fixture.placed()).toMatchObject({ state: "SENDING" });
  });
});

describe("the sweep", () => {
  it("looks after what is open, and forgets what is over", async () => {
    const fixture = callsWith({
      script: [ok(), answer(403, {}), answer(500, {}), answer(500, {}), newest, page(row()), page(row())],
    });
    for (const key of ["placed", "refused", "found", "open"])
      await fixture.place({ extension: "108", to: "+16144841500" }, { key });
    await fixture.ledger.open("gone");
    expect(await fixture.reconcile.sweep(Number.POSITIVE_INFINITY)).toEqual({
      open: 1,
      settled: 1,
      givenUp: 0,
    });
    expect(await Array.fromAsync(fixture.ledger.listOpen())).toHaveLength(1);
    fixture.clock.at += callTimes.askForMs;
    expect(await fixture.reconcile.sweep(Number.POSITIVE_INFINITY)).toEqual({
      open: 0,
      settled: 0,
      givenUp: 1,
    });
    expect(await Array.fromAsync(fixture.ledger.listOpen())).toEqual([]);
  });
  it("leaves a PBX that fails alone until the next time", async () => {
    const fixture = callsWith({
      script: [
        ...Array.from({ length: 12 }, () => answer(500, {})),
        ...Array.from({ length: 5 }, () => answer(403, {})),
      ],
    });
    for (let n = 0; n < 12; n++) await unknownCall(fixture, `k${n}`);
    expect(await fixture.reconcile.sweep(Number.POSITIVE_INFINITY)).toEqual({
      open: 12,
      settled: 0,
      givenUp: 0,
    });
    // five at once are asked for before one has failed
    expect(fixture.sent.length).toBeLessThanOrEqual(17);
    expect(
      fixture.logged.filter(({ message }) => message === "call history could not be read for a call").length,
    ).toBeLessThanOrEqual(5);
  });
  it("asks for every call of a PBX that answers", async () => {
    const fixture = callsWith({
      script: [
        ...Array.from({ length: 8 }, () => answer(500, {})),
        newest(),
        ...Array.from({ length: 8 }, () => page()),
      ],
    });
    for (let n = 0; n < 8; n++) await unknownCall(fixture, `k${n}`);
    expect(await fixture.reconcile.sweep(Number.POSITIVE_INFINITY)).toMatchObject({ open: 8 });
    expect(fixture.sent).toHaveLength(8 + 1 + 8);
  });
  it("ends when its time is up", async () => {
    const fixture = callsWith({ script: [answer(500, {})] });
    await unknownCall(fixture);
    expect(await fixture.reconcile.sweep(fixture.clock.now())).toEqual({ open: 0, settled: 0, givenUp: 0 });
    expect(fixture.sent).toHaveLength(1);
  });
  it("finds calls whose function died while it sent", async () => {
    const fixture = callsWith({ script: [newest, page()] });
    const { state: _s, steps: _t, sends: _n, reservedAt: _r, changedAt: _c, ...call } = record;
    const reserved = await fixture.ledger.reserve(call, undefined);
    await fixture.ledger.open(call.id);
    if (reserved !== undefined) await fixture.ledger.move(reserved, "SENDING");
    expect(await fixture.reconcile.sweep(Number.POSITIVE_INFINITY)).toMatchObject({ open: 1 });
    fixture.clock.at += callTimes.settleMs;
    await fixture.reconcile.sweep(Number.POSITIVE_INFINITY);
    expect((await fixture.ledger.read(call.id))?.value).toMatchObject({
      state: "UNKNOWN",
      askedAt: fixture.clock.now(),
    });
  });
});
