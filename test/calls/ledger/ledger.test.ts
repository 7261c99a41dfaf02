import { describe, expect, it } from "vitest";
import { createLedger, type HeldCall } from "../../../lib/calls/ledger/ledger.ts";
import { type CallState, callTimes, isLegal } from "../../../lib/calls/ledger/record.ts";
import { memoryState } from "../../../lib/local/memory-state.ts";
import { fakeClock } from "../../support/scripted.ts";

const states: readonly CallState[] = ["RESERVED", "SENDING", "PLACED", "REFUSED", "UNKNOWN"];
const legal = [
  "RESERVED -> RESERVED",
  "RESERVED -> SENDING",
  "RESERVED -> REFUSED",
  "SENDING -> SENDING",
  "SENDING -> PLACED",
  "SENDING -> REFUSED",
  "SENDING -> UNKNOWN",
  "REFUSED -> RESERVED",
  "UNKNOWN -> PLACED",
];
const call = {
  id: "c1",
  pbx: "milan",
  caller: "crm",
  fingerprint: "f",
  extension: "108",
  params: { channel: "Local/108@users" },
};
const make = () => {
  const clock = fakeClock();
  const state = memoryState(clock);
  return { clock, state, ledger: createLedger(state, clock) };
};
const held = async (promise: Promise<HeldCall | undefined>): Promise<HeldCall> => {
  const item = await promise;
  if (item === undefined) throw new Error("the call was lost");
  return item;
};
/** A call in a state, by the way that leads there. */
const inState = async (ledger: ReturnType<typeof createLedger>, state: CallState): Promise<HeldCall> => {
  const reserved = await held(ledger.reserve(call, undefined));
  if (state === "RESERVED") return reserved;
  const sending = await held(ledger.move(reserved, "SENDING"));
  return state === "SENDING" ? sending : held(ledger.move(sending, state));
};

describe("the states of a call", () => {
  it("lead from one to another in these ways alone", () => {
    const found = states.flatMap((from) =>
      states.filter((to) => isLegal(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(found.sort()).toEqual([...legal].sort());
  });
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))("%s -> %s", async (from, to) => {
    const { ledger } = make();
    const item = await inState(ledger, from);
    const move = to === "RESERVED" ? () => ledger.reserve(call, item) : () => ledger.move(item, to);
    if (legal.includes(`${from} -> ${to}`)) {
      const moved = await held(move());
      expect(moved.value.state).toBe(to);
      expect(moved.value.steps.at(-1)).toMatchObject({ state: to });
      return;
    }
    const words =
      to === "RESERVED"
        ? `a call that is ${from} cannot be reserved`
        : `a call cannot go from ${from} to ${to}`;
    expect(move).toThrow(words);
  });
  it("are lost to whoever holds an old token", async () => {
    const { ledger } = make();
    const reserved = await held(ledger.reserve(call, undefined));
    expect(await ledger.reserve(call, undefined)).toBeUndefined();
    const sending = await held(ledger.move(reserved, "SENDING"));
    expect(await ledger.move(reserved, "SENDING")).toBeUndefined();
    expect(await ledger.reserve(call, reserved)).toBeUndefined();
    const unknown = await held(ledger.move(sending, "UNKNOWN"));
    expect(await ledger.move(sending, "PLACED")).toBeUndefined();
    expect(await ledger.note(sending, { askedAt: 1 })).toBeUndefined();
    expect((await ledger.read("c1"))?.version).toBe(unknown.version);
  });
  it("have a history with times, notes and what was learnt", async () => {
    const { ledger, clock } = make();
    const arrival = clock.now();
    const reserved = await held(ledger.reserve(call, undefined));
    clock.at += 10;
    const sending = await held(ledger.move(reserved, "SENDING", { note: "x" }));
    clock.at += 10;
    const refused = await held(
      ledger.move(sending, "REFUSED", { reason: "not_sent", detail: "d", because: "b", sends: [7] }),
    );
    expect(refused.value).toStrictEqual({
      ...call,
      state: "REFUSED",
      reason: "not_sent",
      detail: "d",
      because: "b",
      sends: [7],
      reservedAt: arrival,
      changedAt: arrival + 20,
      steps: [
        { state: "RESERVED", at: arrival },
        { state: "SENDING", at: arrival + 10, note: "x" },
        { state: "REFUSED", at: arrival + 20 },
      ],
    });
    expect(refused.expiresAt).toBe(Math.floor((arrival + 20) / 1000) + callTimes.keptSeconds);
    clock.at += 10;
    const again = await held(ledger.reserve(call, refused));
    expect(again.value).toMatchObject({
      state: "RESERVED",
      reservedAt: arrival + 30,
      changedAt: arrival + 30,
      sends: [7],
    });
    expect([again.value.steps.length, again.value.reason]).toEqual([4, undefined]);
  });
  it("of a key that is tried for days do not outgrow the record", async () => {
    const { ledger } = make();
    let item = await held(ledger.reserve(call, undefined));
    for (let n = 0; n < 30; n++) {
      const sending = await held(ledger.move(item, "SENDING", { note: String(n) }));
      item = await held(
        ledger.reserve(call, await held(ledger.move(sending, "REFUSED", { reason: "not_sent" }))),
      );
    }
    expect(item.value.steps).toHaveLength(40);
    expect(item.value.steps.at(-3)).toMatchObject({ note: "29" });
  });
  it("notes change neither state nor time", async () => {
    const { ledger, clock } = make();
    const unknown = await inState(ledger, "UNKNOWN");
    clock.at += 50;
    const noted = await held(ledger.note(unknown, { askedAt: 5, givenUp: true }));
    expect(noted.value).toEqual({ ...unknown.value, askedAt: 5, givenUp: true });
  });
  it("are remembered as open until they are closed", async () => {
    const { ledger, clock } = make();
    await ledger.open("c1");
    await ledger.open("c1");
    await ledger.open("c2");
    const open = await Array.fromAsync(ledger.listOpen());
    expect(open.map(({ id }) => id)).toEqual(["c1", "c2"]);
    expect(open[0]?.expiresAt).toBe(Math.floor(clock.now() / 1000) + callTimes.keptSeconds);
    for (const item of open.slice(0, 1)) expect(await ledger.close(item)).toBe(true);
    expect((await Array.fromAsync(ledger.listOpen())).map(({ id }) => id)).toEqual(["c2"]);
  });
});
